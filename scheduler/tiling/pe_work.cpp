#include "scheduler/tiling/pe_work.h"

#include <algorithm>

namespace tessera::scheduler {

using base::ceil_div;
using base::Cycles;

namespace {

Cycles cost(const arch::VectorUnitSpec& unit, std::int64_t elements, base::Function f) {
  return Cycles{ceil_div(elements, unit.lanes) * unit.cycles_per_element[static_cast<std::size_t>(f)]};
}

Cycles post_cycles(const arch::VectorUnitSpec& unit, const models::Operator& op, const arch::ArrayShape& s) {
  Cycles sum{0};
  for (const auto& post : op.posts) sum += cost(unit, s.m * s.n * s.groups, post.function);
  return sum;
}

// A multiply-accumulate takes a lane as long as a multiplication, at least one cycle.
Cycles mac_cycles(const arch::VectorUnitSpec& unit, const arch::ArrayShape& s) {
  const std::int64_t macs = s.m * s.n * s.channels * s.taps * s.groups;
  return unit.start_up + std::max(cost(unit, macs, base::Function::mul), Cycles{ceil_div(macs, unit.lanes)});
}

}  // namespace

bool pe_on_vector(const arch::NpuSpec& npu, const models::PeGeometry& p) {
  return p.groups > 1 && npu.core.pe_array.grouped == arch::Grouped::vector;
}

arch::ArrayShape pe_shape(const models::PeGeometry& p, const PeBlock& t) {
  return {.m = (t.b1 - t.b0) * (t.h1 - t.h0) * (t.w1 - t.w0),
          .n = t.n1 - t.n0,
          .channels = t.c1 - t.c0,
          .taps = p.kernel_h * p.kernel_w,
          .groups = t.g1 - t.g0,
          .accumulates = t.c0 > 0};
}

Cycles pe_vector_cycles(const arch::NpuSpec& npu, const models::Operator& op, const PeBlock& t) {
  const auto& unit = npu.core.vector_unit;
  const arch::ArrayShape shape = pe_shape(op.pe, t);
  const Cycles posts = t.c1 == op.pe.channels ? post_cycles(unit, op, shape) : Cycles{0};
  if (pe_on_vector(npu, op.pe)) return mac_cycles(unit, shape) + posts;
  return posts > Cycles{0} ? posts + unit.start_up : posts;
}

}  // namespace tessera::scheduler
