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
  std::int64_t positions = 0;  // times the taps of each
  for (const arch::ArrayShape& part : s.parts()) positions += part.m * part.taps;
  const std::int64_t macs = positions * s.n * s.channels * s.groups;
  return unit.start_up + std::max(cost(unit, macs, base::Function::mul), Cycles{ceil_div(macs, unit.lanes)});
}

}  // namespace

bool pe_on_vector(const arch::NpuSpec& npu, const models::PeGeometry& p) {
  return p.groups > 1 && npu.core.pe_array.grouped == arch::Grouped::vector;
}

namespace {

// Outputs of a range and the taps of their phase, by phase.
std::vector<arch::ArrayPhase> phases_of(const models::TransposedAxis& axis, std::int64_t begin, std::int64_t end) {
  std::vector<arch::ArrayPhase> phases;
  for (std::int64_t o = begin; o < std::min(end, begin + axis.stride); ++o)
    phases.push_back({ceil_div(end - o, axis.stride), axis.taps(o)});
  return phases;
}

void transpose(arch::ArrayShape& shape, const models::PeGeometry& p, const PeBlock& t, arch::Transposed how) {
  const std::int64_t d = t.b0 % p.out_d;
  shape.macs = shape.n * shape.channels * shape.groups * p.axis_d().useful(d, d + 1) * p.axis_h().useful(t.h0, t.h1) *
               p.axis_w().useful(t.w0, t.w1);
  if (how == arch::Transposed::zero_insertion) return;
  for (const auto& h : phases_of(p.axis_h(), t.h0, t.h1))
    for (const auto& w : phases_of(p.axis_w(), t.w0, t.w1))
      shape.phases.push_back({h.m * w.m, p.axis_d().taps(d) * h.taps * w.taps});
}

}  // namespace

arch::ArrayShape pe_shape(const arch::NpuSpec& npu, const models::PeGeometry& p, const PeBlock& t) {
  arch::ArrayShape shape{.m = (t.b1 - t.b0) * (t.h1 - t.h0) * (t.w1 - t.w0),
                         .n = t.n1 - t.n0,
                         .channels = t.c1 - t.c0,
                         .taps = p.taps(),
                         .groups = t.g1 - t.g0,
                         .accumulates = t.c0 > 0};
  if (p.transposed) transpose(shape, p, t, npu.core.pe_array.transposed_convolution);
  return shape;
}

Cycles pe_vector_cycles(const arch::NpuSpec& npu, const models::Operator& op, const PeBlock& t) {
  const auto& unit = npu.core.vector_unit;
  const arch::ArrayShape shape = pe_shape(npu, op.pe, t);
  const Cycles posts = t.c1 == op.pe.channels ? post_cycles(unit, op, shape) : Cycles{0};
  if (pe_on_vector(npu, op.pe)) return mac_cycles(unit, shape) + posts;
  return posts > Cycles{0} ? posts + unit.start_up : posts;
}

}  // namespace tessera::scheduler
