// The network under construction, as the rules of operators add to it: one node after the other, producers first.
//
// A rule reads its node (NodeReader), makes the tensors that the node reads and writes, and adds the operators that the
// simulator runs for it. A node that only rearranges data becomes a place in another tensor where that is possible.
// What was fused behind the node joins the last operator that its rule added.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "models/network/layout.h"
#include "models/operators/node_reader.h"
#include "models/operators/operators.h"

namespace tessera::models {

class Lowering : public NodeReader {
 public:
  // `layouts` by value (assign_layouts()).
  Lowering(const Graph&, std::vector<Layout> layouts);
  // Follows the rule of one node; throws NodeError. A node whose output has no elements adds nothing; empty parts of a
  // concat are left out; any other operator that reads an empty tensor fails.
  void lower(NodeId);
  [[nodiscard]] Network finish() &&;
  // An operator of the PE array as add(), with its geometry. Fails where the network's MACs become too many to count.
  Operator& add_product(TensorId output, const PeGeometry&);

  // The vector function of the node's operator.
  [[nodiscard]] base::Function function() const { return known_->function; }
  // The nodes that read `v`, ascending.
  [[nodiscard]] const std::vector<NodeId>& readers(ValueId v) const { return readers_[v]; }
  [[nodiscard]] const Value& value(ValueId v) const { return graph().values[v]; }
  // Whether anybody needs that output of the node.
  [[nodiscard]] bool is_used(ValueId v) const { return v != kNone && (!readers(v).empty() || value(v).network_output); }
  // A constant of one element or an input that was left out: no tensor, the vector unit holds it in a register.
  [[nodiscard]] bool scalar(ValueId v) const {
    return v == kNone || (value(v).constant && elements(value(v).dims()) == 1);
  }

  // Where the tensor of a value lies.
  [[nodiscard]] Layout layout_of(ValueId v) const { return layouts_[v]; }

  // Tensors; each is made by the first call that asks for it.
  // Valid until the next tensor is made.
  [[nodiscard]] const Tensor& at(TensorId t) const { return network_.tensors[t]; }
  [[nodiscard]] TensorId tensor(ValueId);
  [[nodiscard]] TensorId input(std::size_t i = 0) { return tensor(node().inputs[i]); }
  [[nodiscard]] TensorId output(std::size_t i = 0) { return tensor(node().outputs[i]); }
  // A constant that is read as a tensor of that shape.
  [[nodiscard]] TensorId constant(ValueId, Dims, Layout);
  // The operand of a vector operator: a constant takes rank and layout of `output`, so that its axes correspond.
  [[nodiscard]] TensorId operand(ValueId, TensorId output);
  // The operand of a vector operator that has one number for each element of axis 1 of `output`.
  [[nodiscard]] TensorId channel_operand(ValueId, TensorId output);
  // The constant second operand of a PE operator, in the order in which its tiles read it.
  [[nodiscard]] TensorId weight(ValueId, const PeGeometry&);
  [[nodiscard]] TensorId new_tensor(std::string name, const Dims&, Layout);

  // Operators.
  // An operator named as the node, without inputs yet; valid until the next operator is added.
  Operator& add(Unit, TensorId output);
  // The last operator makes `output`, though it writes it under another shape.
  void made(TensorId output) {
    network_.tensors[output].producer = static_cast<OperatorId>(network_.operators.size() - 1);
  }
  // Copies `source` to `output`, which takes its elements by `map`; without map in the file's order.
  Operator& move(TensorId source, TensorId output, std::vector<AxisMap> map = {});
  // The copy of a value that tasks of the host read; the value itself, where the host has it anyhow. The first call
  // makes the copy.
  [[nodiscard]] TensorId on_host(ValueId);
  // What a task of the host makes of a value, and its copy for the machine where operators of that read it.
  [[nodiscard]] TensorId made_on_host(ValueId);
  void copy_back(ValueId);
  // The operator that was added last.
  [[nodiscard]] Operator& last() { return network_.operators.back(); }
  void note(std::string what) { network_.notes.push_back({node().name, std::move(what)}); }

  // Places.
  // Makes `part` the box at `offset` of `of`, whatever `of` itself is a box of; all that lies in `part` moves along.
  void place(TensorId part, TensorId of, const Shape& offset);
  // Whether place() is allowed for a tensor that has been written: it owns its memory and stays inside the network.
  [[nodiscard]] bool may_be_placed(TensorId part) const;
  // Places `output` in `source` at `offset` of `axis`. False where that is no box of it, so must be copied.
  [[nodiscard]] bool place_part(TensorId source, std::size_t axis, std::int64_t offset, TensorId output);
  // `part` holds the elements of `of` in the same canonical order, and owns no memory from now on.
  void place_linear(TensorId part, TensorId of);
  // The tensor with other canonical extents: itself, or a view that reads and writes it in the same order.
  [[nodiscard]] TensorId seen_as(TensorId, const Shape&);
  // The tensor with its elements in the file's order: itself, or what it takes to read it so, a view or a copy.
  [[nodiscard]] TensorId as_rows(TensorId);
  // `output` holds the elements of `source` in the same canonical order: a view, or a copy where it cannot be one.
  void place_reshaped(TensorId source, TensorId output);
  // "view of" the root of `output`.
  void note_view(TensorId output);

 private:
  // Of a value, with the format of its elements.
  [[nodiscard]] TensorId new_tensor(ValueId, const Dims&, Layout);
  // A copy as the tensor lies, to or from the host's memory.
  void copy(TensorId source, TensorId output, const char* type, const char* suffix);
  void complete_precisions();
  // Whether there is nothing to do since the node's first output has no elements.
  [[nodiscard]] bool makes_nothing();
  // Fuses what the node has behind it to the last of the operators from `first` on that calculates.
  void take_posts(std::size_t first);

  const KnownOperator* known_ = nullptr;  // of the node
  std::vector<Layout> layouts_;
  std::vector<std::vector<NodeId>> readers_;
  Network network_;
  std::int64_t macs_left_ = kMaxMacs;
  std::vector<TensorId> tensor_of_;                                  // by value
  std::vector<std::vector<TensorId>> members_;                       // by root: itself and all that lies in it
  std::map<TensorId, TensorId> rows_;                                // images as rows
  std::map<ValueId, TensorId> on_host_;                              // values in the host's memory
  std::map<std::tuple<ValueId, Dims, Layout>, TensorId> constants_;  // as vector operands and tables
  std::map<std::pair<ValueId, Shape>, TensorId> weights_;            // of PE operators
};

// The format in which a machine keeps elements of a type; none: the file does not say.
[[nodiscard]] std::optional<base::Precision> precision_of(ElementType);

// The map of an operand of `source` extents that an output of `out` extents reads element by element, broadcast.
[[nodiscard]] std::vector<AxisMap> broadcast_map(const Dims& source, const Dims& out);

}  // namespace tessera::models
