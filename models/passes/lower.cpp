#include "models/passes/lower.h"

#include <fmt/format.h>

#include <set>

#include "models/operators/lowering.h"
#include "models/passes/layout_pass.h"

namespace tessera::models {

Lowering::Lowering(Graph& graph, std::vector<Layout> layouts)
    : graph_(graph), layouts_(std::move(layouts)), readers_(graph.readers()), tensor_of_(graph.values.size(), kNone) {
  network_.name = graph.name;
  network_.file = graph.file;
  network_.notes = graph.notes;
  network_.parameters = graph.parameters;
  network_.file_operators = graph.file_operators;
  for (ValueId v = 0; v < graph.values.size(); ++v)
    if (graph.values[v].network_input) (void)tensor(v);
}

TensorId Lowering::new_tensor(std::string name, const Dims& dims, Layout layout) {
  const auto id = static_cast<TensorId>(network_.tensors.size());
  Tensor t;
  t.name = std::move(name);
  t.dims = dims;
  t.layout = layout;
  t.shape = canonical_shape(dims, layout);
  t.root = id;
  network_.tensors.push_back(std::move(t));
  return id;
}

TensorId Lowering::tensor(ValueId v) {
  if (tensor_of_[v] != kNone) return tensor_of_[v];
  if (value(v).constant) return constant(v, value(v).dims(), Layout::rows);
  const TensorId id = new_tensor(value(v).name, value(v).dims(), layouts_[v]);
  if (value(v).network_output) network_.tensors[id].role = TensorRole::network_output;
  if (value(v).network_input) network_.tensors[id].role = TensorRole::network_input;
  return tensor_of_[v] = id;
}

TensorId Lowering::constant(ValueId v, Dims dims, Layout layout) {
  const auto [at, fresh] = constants_.try_emplace({v, dims, layout}, kNone);
  if (fresh) {
    at->second = new_tensor(value(v).name, dims, layout);
    network_.tensors[at->second].role = TensorRole::constant;
  }
  return at->second;
}

Operator& Lowering::add(const Node& node, Unit unit, TensorId output) {
  Operator op;
  op.name = node.name;
  op.type = node.type;
  op.unit = unit;
  op.output = output;
  network_.tensors[output].producer = static_cast<OperatorId>(network_.operators.size());
  network_.operators.push_back(std::move(op));
  return network_.operators.back();
}

void Lowering::take_posts(const Node& node, Operator& op) {
  for (const FusedPost& p : node.posts) {
    PostOperation post{p.function, kNone, p.name};
    if (p.parameter != kNone && !scalar(p.parameter)) {
      post.parameter = constant(p.parameter, {elements(value(p.parameter).dims())}, Layout::rows);
      op.parameter_elements += elements(value(p.parameter).dims());
    }
    op.posts.push_back(std::move(post));
  }
}

void Lowering::lower(NodeId id) {
  current_ = id;
  const Node& node = graph_.nodes[id];
  const OperatorRule& rule = *find_rule(node);
  switch (rule.kind) {
    case Kind::constant:
      throw NodeError{"its output is needed, but depends on values that only a run of the network knows"};
    case Kind::conv: return conv(node);
    case Kind::gemm: return matrix_product(node, true);
    case Kind::matmul: return matrix_product(node, false);
    case Kind::elementwise: return elementwise(node, rule.function);
    case Kind::pool:
    case Kind::global_pool:
    case Kind::resize: return spatial(node, rule);
    case Kind::reduce: return reduce(node);
    case Kind::lrn:
    case Kind::softmax:
    case Kind::layernorm: return along_axis(node, rule);
    case Kind::batchnorm: return batchnorm(node);
    case Kind::view: return view(node);
    case Kind::transpose: return transpose(node);
    case Kind::concat: return concat(node);
    case Kind::split: return split(node);
    case Kind::slice: return slice(node);
    case Kind::gather: return gather(node);
    case Kind::expand:
    case Kind::tile: return replicate(node);
    case Kind::depth_to_space: return depth_to_space(node);
    case Kind::pad:
      throw NodeError{"padding can be simulated only in front of a convolution or pool that alone reads it"};
  }
}

Network Lowering::finish() && {
  // A root whose view leaves the network is written for the outside.
  for (const Tensor& t : network_.tensors)
    if (t.role == TensorRole::network_output && t.view != Tensor::View::none) {
      Tensor& root = network_.tensors[t.root];
      if (root.role == TensorRole::activation) root.role = TensorRole::network_output;
    }
  return std::move(network_);
}

base::Result<Network> lower(Graph graph) {
  auto layouts = assign_layouts(graph);
  if (!layouts) return layouts.problems();
  Lowering lowering(graph, std::move(*layouts));
  base::Diagnostics problems;
  for (NodeId n = 0; n < graph.nodes.size(); ++n) {
    try {
      lowering.lower(n);
    } catch (const NodeError& e) {
      problems.add(graph.nodes[n].where, describe(graph.nodes[n]) + ": " + e.message);
      return problems;
    }
  }
  return std::move(lowering).finish();
}

}  // namespace tessera::models
