// What one operator that stands for many becomes: nodes of operators that the simulator runs.
//
// A rule with `expand` (operators/operator_rule.h) describes such an operator. It reads the node here and makes, in an
// order in which each reads only what was made before, the nodes that replace it. They are named after it
// ("lstm1/step3/gates"), have its place in the file, and are inferred at once. Nothing is folded: the products of a
// recurrent layer with an initial state of zeros run as they do with any other.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "models/operators/node_reader.h"

namespace tessera::models {

class Expansion : public NodeReader {
 public:
  using Attributes = std::map<std::string, Attribute>;

  // `read`: by value, whether anybody needs it; grows with what is made. References to nodes and values, and so what
  // dims() returns, last until something is made.
  Expansion(Graph& graph, NodeId id, std::vector<bool>& read);

  // kNone for an input that was left out.
  [[nodiscard]] ValueId input(std::size_t i) const { return has(i) ? node().inputs[i] : kNone; }
  [[nodiscard]] bool wants(std::size_t output) const;
  [[nodiscard]] const Dims& shape(ValueId v) const { return graph().values[v].dims(); }
  [[nodiscard]] bool constant(ValueId v) const { return graph().values[v].constant; }

  // Constants without numbers, of the element type of `like`: of any shape, and a single number.
  [[nodiscard]] ValueId constant(const std::string& name, Dims dims, ValueId like);
  [[nodiscard]] ValueId number(const std::string& name, ValueId like) { return constant(name, {}, like); }
  // A constant list of integers.
  [[nodiscard]] ValueId integers(const std::string& name, std::vector<std::int64_t>);

  // A node named `<node>/<name>`, and its output.
  ValueId make(const std::string& name, const std::string& type, std::vector<ValueId> inputs, Attributes = {});
  // `v` in another shape: a constant of that shape, `v` itself, or a reshape.
  [[nodiscard]] ValueId reshape(const std::string& name, ValueId v, const Dims&);
  [[nodiscard]] ValueId transpose(const std::string& name, ValueId v, std::vector<std::int64_t> order);
  // `count` elements of an axis from `begin` on: `v` itself where that is all, a constant, or a slice.
  [[nodiscard]] ValueId part(const std::string& name, ValueId v, std::size_t axis, std::int64_t begin,
                             std::int64_t count);
  // `v` cut along an axis into parts of these extents, which are named; `v` itself where there is one.
  [[nodiscard]] std::vector<ValueId> split(const std::string& name, ValueId v, std::size_t axis,
                                           const std::vector<std::int64_t>& extents,
                                           const std::vector<std::string>& parts);
  // Several values joined along an axis; the one value where there is one.
  [[nodiscard]] ValueId concat(const std::string& name, const std::vector<ValueId>& parts, std::int64_t axis);

  // `v` is what the node's output `i` was. Once for each output that is wanted.
  void give(std::size_t i, ValueId v);
  // The nodes that were made, in order.
  [[nodiscard]] const std::vector<NodeId>& made() const { return made_; }

 private:
  ValueId add_value(const std::string& name);
  std::vector<ValueId> make_several(const std::string& name, const std::string& type, std::vector<ValueId> inputs,
                                    Attributes, const std::vector<std::string>& outputs);

  Graph& changed_;
  std::vector<bool>& read_;
  std::string name_;  // of the node
  base::SourceLocation where_;
  std::vector<NodeId> made_;
};

}  // namespace tessera::models
