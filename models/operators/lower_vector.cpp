// Operators of the vector unit.
#include <fmt/format.h>

#include <algorithm>

#include "models/operators/lowering.h"
#include "models/operators/window.h"

namespace tessera::models {

std::vector<AxisMap> broadcast_map(const Dims& source, const Dims& out) {
  std::vector<AxisMap> map(source.size());
  const std::size_t shift = out.size() - source.size();
  for (std::size_t a = 0; a < source.size(); ++a)
    if (source[a] != 1 || out[a + shift] == 1) map[a].from = static_cast<int>(a + shift);
  return map;
}

// A constant takes the output's rank and layout, so that its axes correspond; an activation has its own.
TensorId Lowering::operand(ValueId v, const Tensor& output) {
  if (!value(v).constant) return tensor(v);
  Dims dims = value(v).dims();
  if (dims.size() < output.dims.size()) dims.insert(dims.begin(), output.dims.size() - dims.size(), 1);
  return constant(v, std::move(dims), output.layout);
}

void Lowering::binary(const Node& node, base::Function function, const std::vector<ValueId>& operands, TensorId output,
                      bool last) {
  std::vector<TensorId> inputs;
  for (const ValueId v : operands) inputs.push_back(operand(v, network_.tensors[output]));
  Operator& op = add(node, Unit::vector, output);
  op.function = function;
  op.inputs = std::move(inputs);
  op.access = Operator::Access::axes;
  for (const TensorId t : op.inputs) {
    op.maps.push_back(broadcast_map(network_.tensors[t].dims, network_.tensors[output].dims));
    if (network_.tensors[t].role == TensorRole::constant) op.parameter_elements += elements(network_.tensors[t].dims);
  }
  if (last) take_posts(node, op);
}

void Lowering::elementwise(const Node& node, base::Function function) {
  std::vector<ValueId> operands;
  for (const ValueId v : node.inputs)
    if (!scalar(v)) operands.push_back(v);
  // The input region takes what is produced, the weight region what is constant.
  std::stable_sort(operands.begin(), operands.end(),
                   [&](ValueId a, ValueId b) { return !value(a).constant && value(b).constant; });
  const TensorId output = tensor(node.outputs[0]);
  if (operands.size() <= 2) return binary(node, function, operands, output, true);
  const bool chains =
      function == base::Function::add || function == base::Function::min || function == base::Function::max;
  if (!chains) throw NodeError{fmt::format("it has {} tensor operands, the vector unit reads two", operands.size())};
  // More operands: one operator after the other through intermediate tensors of the output's shape.
  TensorId sum = kNone;
  for (std::size_t i = 1; i < operands.size(); ++i) {
    const bool last = i + 1 == operands.size();
    const Tensor out = network_.tensors[output];
    const TensorId into = last ? output : new_tensor(fmt::format("{}#{}", out.name, i), out.dims, out.layout);
    if (i == 1) binary(node, function, {operands[0], operands[1]}, into, last);
    else {
      const TensorId second = operand(operands[i], out);
      Operator& op = add(node, Unit::vector, into);
      op.function = function;
      op.inputs = {sum, second};
      op.access = Operator::Access::axes;
      op.maps = {broadcast_map(out.dims, out.dims), broadcast_map(network_.tensors[second].dims, out.dims)};
      if (last) take_posts(node, op);
    }
    if (!last) network_.operators.back().name += fmt::format("#{}", i);
    sum = into;
  }
}

// Pools and resize: by rows with halo; a global pool keeps the image whole.
void Lowering::spatial(const Node& node, const OperatorRule& rule) {
  const TensorId input = tensor(node.inputs[0]), output = tensor(node.outputs[0]);
  const Tensor &in = network_.tensors[input], &out = network_.tensors[output];
  VectorGeometry g;
  Operator& op = add(node, Unit::vector, output);
  op.function = rule.function;
  op.inputs = {input};
  if (rule.kind == Kind::pool) {
    const auto window = resolve_window(Inference(graph_, current_), node.attributes.at("kernel_shape").ints);
    const WindowAxis& h = window.front();
    const WindowAxis w = window.size() > 1 ? window[1] : WindowAxis{};
    g.kernel_h = h.kernel, g.stride_h = h.stride, g.dilation_h = h.dilation, g.pad_top = h.pad_begin,
    g.pad_bottom = h.pad_end;
    g.kernel_w = w.kernel, g.stride_w = w.stride, g.dilation_w = w.dilation, g.pad_left = w.pad_begin,
    g.pad_right = w.pad_end;
    g.reducing = true;
  } else if (rule.kind == Kind::global_pool) {
    g.reduced[kH] = g.reduced[kW] = g.reducing = true;
    op.access = Operator::Access::axes;
    op.maps = {broadcast_map(in.dims, out.dims)};
    for (std::size_t a = 2; a < in.dims.size(); ++a) op.maps[0][a] = {};
  } else {
    const auto mode = node.attributes.find("mode");
    const std::string how = mode == node.attributes.end() ? "nearest" : mode->second.text;
    g.reach = how == "cubic" ? 2 : how == "nearest" ? 0 : 1;
    g.scale_h = static_cast<double>(out.shape[kH]) / static_cast<double>(in.shape[kH]);
    g.scale_w = static_cast<double>(out.shape[kW]) / static_cast<double>(in.shape[kW]);
  }
  op.vector = g;
}

// Softmax, layer normalization, LRN: an output element needs the whole of some axes.
void Lowering::along_axis(const Node& node, const OperatorRule& rule) {
  const TensorId input = tensor(node.inputs[0]), output = tensor(node.outputs[0]);
  const Dims dims = network_.tensors[input].dims;
  const Layout layout = network_.tensors[input].layout;
  const bool flattens = rule.kind == Kind::softmax && graph_.opset < 13;  // older softmax takes all axes from `axis` on
  const auto at = node.attributes.find("axis");
  std::int64_t axis = at != node.attributes.end() && !at->second.ints.empty() ? at->second.ints.front()
                      : flattens                                              ? 1
                                                                              : -1;
  if (rule.kind == Kind::lrn) axis = 1;
  const auto first = static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(dims.size()) : axis);
  const std::size_t last = flattens || rule.kind == Kind::layernorm ? dims.size() : first + 1;
  std::vector<TensorId> inputs{input};
  std::int64_t parameters = 0;
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    if (scalar(node.inputs[i])) continue;
    if (!value(node.inputs[i]).constant) throw NodeError{"its scale or shift is no constant"};
    // Scale and shift lie together; the weight region takes them as one operand.
    if (inputs.size() == 1) inputs.push_back(operand(node.inputs[i], network_.tensors[output]));
    parameters += elements(value(node.inputs[i]).dims());
  }
  Operator& op = add(node, Unit::vector, output);
  op.function = rule.function;
  op.inputs = std::move(inputs);
  op.access = Operator::Access::axes;
  op.parameter_elements = parameters;
  op.vector.reducing = true;
  for (const TensorId t : op.inputs) op.maps.push_back(broadcast_map(network_.tensors[t].dims, dims));
  for (std::size_t a = first; a < last; ++a) {
    op.maps[0][a] = {};
    op.vector.reduced[static_cast<std::size_t>(canonical_axis(a, dims.size(), layout))] = true;
  }
  take_posts(node, op);
}

void Lowering::reduce(const Node& node) {
  const TensorId input = tensor(node.inputs[0]), output = tensor(node.outputs[0]);
  const Tensor in = network_.tensors[input];
  const std::size_t rank = in.dims.size();
  std::vector<std::size_t> axes = Inference(graph_, current_).axes(1, rank);
  if (axes.empty())
    for (std::size_t a = 0; a < rank; ++a) axes.push_back(a);
  const bool keep = network_.tensors[output].dims.size() == rank;
  Operator& op = add(node, Unit::vector, output);
  op.function = base::Function::reduce;
  op.inputs = {input};
  op.access = Operator::Access::axes;
  op.vector.reducing = true;
  op.maps.resize(1);
  int next = 0;
  for (std::size_t a = 0; a < rank; ++a) {
    AxisMap map;
    const bool reduced = std::binary_search(axes.begin(), axes.end(), a);
    if (reduced) op.vector.reduced[static_cast<std::size_t>(canonical_axis(a, rank, in.layout))] = true;
    else map.from = next;
    if (!reduced || keep) ++next;
    op.maps[0].push_back(map);
  }
  take_posts(node, op);
}

void Lowering::batchnorm(const Node& node) {
  const TensorId input = tensor(node.inputs[0]), output = tensor(node.outputs[0]);
  const Tensor out = network_.tensors[output];
  Dims channels(out.dims.size(), 1);
  channels[1] = out.dims[1];
  // Four vectors in the file; what runs is one multiply-add with two numbers for each channel.
  const TensorId scale = constant(node.inputs[1], channels, out.layout);
  Operator& op = add(node, Unit::vector, output);
  op.function = base::Function::batchnorm;
  op.inputs = {input, scale};
  op.access = Operator::Access::axes;
  op.maps = {broadcast_map(out.dims, out.dims), broadcast_map(channels, out.dims)};
  op.parameter_elements = 4 * channels[1];
  take_posts(node, op);
}

}  // namespace tessera::models
