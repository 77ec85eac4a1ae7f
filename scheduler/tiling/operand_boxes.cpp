#include "scheduler/tiling/operand_boxes.h"

namespace tessera::scheduler {

using models::Box;
using models::kC;
using models::kH;

Box pe_output_box(const models::PeGeometry& g, const PeBlock& k) {
  return {{k.b0, k.h0, k.w0, k.g0 * g.n + k.n0}, {k.b1, k.h1, k.w1, (k.g1 - 1) * g.n + k.n1}};
}

Box pe_input_box(const models::Network& network, const models::Operator& op, const PeBlock& k) {
  Box box = models::source_box(network, op, 0, pe_output_box(op.pe, k));
  if (k.whole_input) {
    const auto& shape = network.tensors[op.inputs[0]].shape;
    for (const std::size_t axis : {models::kH, models::kW, models::kC}) {
      box.begin[axis] = 0;
      box.end[axis] = shape[axis];
    }
    return box;
  }
  if (k.c1 - k.c0 < op.pe.channels) {  // then the block lies in one group
    const auto axis = static_cast<std::size_t>(op.pe.input_transposed ? kH : kC);
    box.end[axis] = box.begin[axis] + k.c1;
    box.begin[axis] += k.c0;
  }
  return box;
}

Box pe_weight_box(const models::Network& network, const models::Operator& op, const PeBlock& k) {
  const auto& g = op.pe;
  Box box = models::source_box(network, op, 1, pe_output_box(g, k));
  const auto axis =
      static_cast<std::size_t>(g.weight_is_activation && !g.weight_transposed && !g.weight_is_kernel ? kH : kC);
  box.end[axis] = box.begin[axis] + k.c1;
  box.begin[axis] += k.c0;
  return box;
}

}  // namespace tessera::scheduler
