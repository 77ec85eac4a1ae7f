// The state of one lowering; its steps lie in lower.cpp (tensors), lower_pe.cpp, lower_vector.cpp and lower_moves.cpp.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "models/network/layout.h"
#include "models/operators/inference.h"
#include "models/operators/operators.h"

namespace tessera::models {

class Lowering {
 public:
  Lowering(Graph& graph, std::vector<Layout> layouts);
  // One node; throws NodeError.
  void lower(NodeId);
  [[nodiscard]] Network finish() &&;

 private:
  // Tensors.
  [[nodiscard]] const Value& value(ValueId v) const { return graph_.values[v]; }
  [[nodiscard]] bool scalar(ValueId v) const {
    return v == kNone || (value(v).constant && elements(value(v).dims()) == 1);
  }
  [[nodiscard]] TensorId tensor(ValueId);                       // an activation or input, once
  [[nodiscard]] TensorId constant(ValueId, Dims dims, Layout);  // a constant seen with that shape
  [[nodiscard]] TensorId new_tensor(std::string name, const Dims&, Layout);
  Operator& add(const Node&, Unit, TensorId output);
  void take_posts(const Node&, Operator&);

  // PE.
  void conv(const Node&);
  void matrix_product(const Node&, bool gemm);
  [[nodiscard]] TensorId weight(ValueId, const PeGeometry&);

  // Vector.
  void elementwise(const Node&, base::Function);
  void binary(const Node&, base::Function, const std::vector<ValueId>& operands, TensorId output, bool last);
  [[nodiscard]] TensorId operand(ValueId, const Tensor& output);
  void spatial(const Node&, const OperatorRule&);
  void along_axis(const Node&, const OperatorRule&);
  void reduce(const Node&);
  void batchnorm(const Node&);

  // Views and movement.
  void view(const Node&);
  void transpose(const Node&);
  void concat(const Node&);
  void split(const Node&);
  void slice(const Node&);
  void gather(const Node&);
  void replicate(const Node&);
  void depth_to_space(const Node&);
  Operator& move(const Node&, TensorId source, TensorId output, std::vector<AxisMap> map);
  // `source` cut along one channel-like axis is a place in its root; false where it must be copied.
  [[nodiscard]] bool window_of(TensorId source, std::size_t axis, std::int64_t offset, TensorId output);
  void linear_view(const Node&, TensorId source, TensorId output);
  [[nodiscard]] bool may_alias(TensorId part) const;
  void place(TensorId part, TensorId root, const Shape& offset);
  void note(const Node& node, std::string what) { network_.notes.push_back({node.name, std::move(what)}); }
  [[nodiscard]] std::vector<std::int64_t> ints(const Node&, std::size_t input, const std::string& attribute) const;

  Graph& graph_;
  NodeId current_ = 0;
  std::vector<Layout> layouts_;
  std::vector<std::vector<NodeId>> readers_;
  Network network_;
  std::vector<TensorId> tensor_of_;                                  // by value
  std::map<std::tuple<ValueId, Dims, Layout>, TensorId> constants_;  // as vector operands and tables
  std::map<std::pair<ValueId, Shape>, TensorId> weights_;            // of PE operators
};

// The identity map of an element-wise operand of `source` extents read by an output of `out` extents.
[[nodiscard]] std::vector<AxisMap> broadcast_map(const Dims& source, const Dims& out);

}  // namespace tessera::models
