// One node as its operator's rule reads it: the shapes and known numbers of its inputs, and its attributes with their
// defaults.
//
// A rule states what must hold and throws NodeError, one sentence, where it does not. The passes catch the exception
// and add node, operator and file; it never leaves models/.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/graph/graph.h"

namespace tessera::models {

// Why the numbers of a tensor are not known, as the end of a sentence: "'x' is computed by node 'y' (Add) from ...".
[[nodiscard]] std::string why_unknown(const Graph&, ValueId);

struct NodeError {
  std::string message;
  bool host_could = false;  // what is lacking is known when the network runs, so the host could run the node
};

class NodeReader {
 public:
  NodeReader(const Graph& graph, NodeId id) : graph_(&graph), id_(id) {}

  [[nodiscard]] const Graph& graph() const { return *graph_; }
  [[nodiscard]] const Node& node() const { return graph_->nodes[id_]; }
  [[nodiscard]] std::int64_t opset() const { return graph_->opset; }

  // Inputs. `has` is false for one that was left out; the others fail there.
  [[nodiscard]] std::size_t input_count() const { return node().inputs.size(); }
  [[nodiscard]] bool has(std::size_t i) const { return i < node().inputs.size() && node().inputs[i] != kNone; }
  [[nodiscard]] const Value& in(std::size_t i) const;
  [[nodiscard]] const Dims& dims(std::size_t i) const { return in(i).dims(); }
  // Fails where the rank lies outside [least, most].
  const Dims& dims(std::size_t i, std::size_t least, std::size_t most) const;
  // The integers of a constant input, `what` for the message ("shape"); fails where they are not known.
  [[nodiscard]] const std::vector<std::int64_t>& ints(std::size_t i, std::string_view what) const;
  [[nodiscard]] std::size_t output_count() const { return node().outputs.size(); }

  // Attributes. All of these fail where the attribute is there without a value or with one of another kind, so that no
  // rule meets an attribute that it has not checked. `otherwise` is the operator's default where it is absent.
  [[nodiscard]] bool has_attribute(const std::string& name) const { return node().attributes.count(name) != 0; }
  // Fails where it is absent.
  void require_attribute(const std::string& name) const;
  // An integer within [least, most].
  [[nodiscard]] std::int64_t integer(const std::string& name, std::int64_t otherwise, std::int64_t least,
                                     std::int64_t most) const;
  [[nodiscard]] double real(const std::string& name) const;  // fails where it is absent
  [[nodiscard]] double real_or(const std::string& name, double otherwise) const;
  [[nodiscard]] bool flag(const std::string& name, bool otherwise) const;  // 0 or 1
  // Any text; fails where it is absent.
  [[nodiscard]] const std::string& text(const std::string& name) const;
  // One of the words.
  [[nodiscard]] std::string word(const std::string& name, const std::string& otherwise,
                                 std::initializer_list<std::string_view> words) const;
  // A list of integers, of numbers, of words, a tensor; null where it is absent.
  [[nodiscard]] const std::vector<std::int64_t>* integers(const std::string& name) const;
  [[nodiscard]] const std::vector<double>* reals(const std::string& name) const;
  [[nodiscard]] const std::vector<std::string>* words(const std::string& name) const;
  [[nodiscard]] const Literal* tensor_attribute(const std::string& name) const;
  // `count` integers, each within [least, 2^31); `otherwise` for all where the attribute is absent.
  [[nodiscard]] std::vector<std::int64_t> integers(const std::string& name, std::size_t count, std::int64_t least,
                                                   std::int64_t otherwise) const;
  // A list that newer operator sets have as input `input`, older ones as an attribute; nothing where there is neither.
  [[nodiscard]] std::optional<std::vector<std::int64_t>> input_or_attribute(std::size_t input,
                                                                            const std::string& name) const;

  // A (possibly negative) axis of a tensor of that rank; `what` says where it stands ("attribute 'axis'").
  [[nodiscard]] std::size_t axis(std::int64_t a, std::size_t rank, std::string_view what) const;
  // The attribute `axis`.
  [[nodiscard]] std::size_t axis_attribute(std::int64_t otherwise, std::size_t rank) const;
  // Axes from the attribute, or from input `input` as newer operator sets have them; sorted, distinct. Absent: empty.
  [[nodiscard]] std::vector<std::size_t> axes(std::size_t input, std::size_t rank) const;

  [[noreturn]] void fail(std::string message) const { throw NodeError{std::move(message)}; }
  void require(bool holds, const char* message) const {
    if (!holds) fail(message);
  }

 protected:
  void go_to(NodeId id) { id_ = id; }

 private:
  // The attribute, of that kind; null where it is absent.
  [[nodiscard]] const Attribute* find(const std::string& name, Attribute::Kind) const;

  const Graph* graph_;
  NodeId id_;
};

}  // namespace tessera::models
