// Operators of the PE array: convolutions and matrix products.
#include <fmt/format.h>

#include "models/operators/lowering.h"
#include "models/operators/window.h"

namespace tessera::models {

namespace {

// Kernel, stride and pads of a resolved window; one spatial axis is height.
void set_window(PeGeometry& g, const std::vector<WindowAxis>& window) {
  const WindowAxis& h = window.front();
  const WindowAxis w = window.size() > 1 ? window[1] : WindowAxis{};
  g.in_h = h.in, g.out_h = h.out, g.kernel_h = h.kernel, g.stride_h = h.stride, g.dilation_h = h.dilation;
  g.pad_top = h.pad_begin, g.pad_bottom = h.pad_end;
  g.in_w = w.in, g.out_w = w.out, g.kernel_w = w.kernel, g.stride_w = w.stride, g.dilation_w = w.dilation;
  g.pad_left = w.pad_begin, g.pad_right = w.pad_end;
}

}  // namespace

TensorId Lowering::weight(ValueId v, const PeGeometry& g) {
  const Shape shape{g.groups * g.n, g.kernel_h, g.kernel_w, g.channels};
  const auto [at, fresh] = weights_.try_emplace({v, shape}, kNone);
  if (fresh) {
    at->second = new_tensor(value(v).name, value(v).dims(), Layout::rows);
    network_.tensors[at->second].role = TensorRole::constant;
    network_.tensors[at->second].shape = shape;
  }
  return at->second;
}

void Lowering::conv(const Node& node) {
  if (node.inputs.size() > 2) throw NodeError{"its bias is no constant of one number for each output channel"};
  const Dims &in = value(node.inputs[0]).dims(), &kernel = value(node.inputs[1]).dims();
  PeGeometry g;
  const auto group = node.attributes.find("group");
  g.groups = group == node.attributes.end() ? 1 : group->second.ints.front();
  g.batch = in[0];
  g.n = kernel[0] / g.groups;
  g.channels = kernel[1];
  set_window(g, resolve_window(Inference(graph_, current_), Dims(kernel.begin() + 2, kernel.end())));
  const TensorId input = tensor(node.inputs[0]), weights = weight(node.inputs[1], g);
  Operator& op = add(node, Unit::pe, tensor(node.outputs[0]));
  op.inputs = {input, weights};
  op.pe = g;
  op.parameter_elements = elements(kernel);
  take_posts(node, op);
}

void Lowering::matrix_product(const Node& node, bool gemm) {
  const auto flag = [&](const char* name) {
    const auto at = node.attributes.find(name);
    return gemm && at != node.attributes.end() && !at->second.ints.empty() && at->second.ints.front() != 0;
  };
  if (node.inputs.size() > 2 && node.inputs[2] != kNone)
    throw NodeError{"its third input is no constant of one number for each output column"};
  if (flag("transA")) throw NodeError{"transA is not supported: transpose the input in the network"};
  const Value &a = value(node.inputs[0]), &b = value(node.inputs[1]);
  const bool transposed = flag("transB");
  const Dims& out = value(node.outputs[0]).dims();
  PeGeometry g;
  g.channels = a.dims().back();
  const std::int64_t rows = a.dims().size() > 1 ? a.dims()[a.dims().size() - 2] : 1;
  g.in_h = g.out_h = rows;
  g.n = b.dims().size() == 1 ? 1 : b.dims()[b.dims().size() - (transposed ? 2 : 1)];
  g.batch = elements(out) / (rows * g.n);
  const std::int64_t b_matrices = elements(b.dims()) / (g.n * g.channels),
                     a_matrices = elements(a.dims()) / (rows * g.channels);
  if ((b_matrices != 1 && b_matrices != g.batch) || (a_matrices != 1 && a_matrices != g.batch))
    throw NodeError{
        fmt::format("matrices {} and {} broadcast over a part of the batch", describe(a.dims()), describe(b.dims()))};
  g.weight_is_activation = !b.constant || b_matrices > 1;
  g.weight_batch = b_matrices;
  g.weight_transposed = g.weight_is_activation && transposed;
  const TensorId input = tensor(node.inputs[0]);
  const TensorId second = g.weight_is_activation ? tensor(node.inputs[1]) : weight(node.inputs[1], g);
  Operator& op = add(node, Unit::pe, tensor(node.outputs[0]));
  op.inputs = {input, second};
  op.pe = g;
  if (b.constant) op.parameter_elements = elements(b.dims());
  take_posts(node, op);
}

}  // namespace tessera::models
