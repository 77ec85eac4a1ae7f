#include "scheduler/address/placement.h"

#include <algorithm>

namespace tessera::scheduler {

namespace {

using base::ceil_div;
using base::packed_bytes;
using base::round_up;

// A descriptor under construction: repeats from the inside out, dense ones swallowed by the run.
struct Nest {
  arch::Strided where;
  std::size_t used = 0;
  // False: no dimension is left.
  bool repeat(std::int64_t count, std::int64_t stride) {
    if (count == 1) return true;
    if (used == 0 && stride == where.run_bytes) {
      where.run_bytes *= count;
      return true;
    }
    if (used > 0 && stride == where.stride[used - 1] * where.count[used - 1]) {
      where.count[used - 1] *= count;
      return true;
    }
    if (used == where.count.size()) return false;
    where.count[used] = count;
    where.stride[used] = stride;
    ++used;
    return true;
  }
};

struct Level {
  std::int64_t count, stride;
};

bool build(Nest& nest, std::initializer_list<Level> levels) {
  return std::ranges::all_of(levels, [&](const Level& l) { return nest.repeat(l.count, l.stride); });
}

}  // namespace

Placement place(const arch::LayoutSpec& layout, const models::Shape& shape, std::int64_t bits, bool packed,
                std::int64_t base) {
  const std::int64_t align = packed ? 1 : layout.align.count();
  const auto [n, h, w, c] = shape;
  Placement p;
  p.base = base;
  p.bits = bits;
  p.shape = shape;
  switch (layout.kind) {
    case arch::LayoutKind::nhwc:
      p.block = c;
      p.pitch_w = round_up(packed_bytes(c, bits), align);
      p.pitch_h = w * p.pitch_w;
      p.pitch_n = h * p.pitch_h;
      p.pitch_block = p.pitch_w;
      break;
    case arch::LayoutKind::nchw:
      p.block = 1;
      p.planes = true;
      p.pitch_w = packed_bytes(1, bits);
      p.pitch_h = packed_bytes(w, bits);
      p.pitch_block = round_up(h * p.pitch_h, align);
      p.pitch_n = c * p.pitch_block;
      break;
    case arch::LayoutKind::nchw_c:
      p.block = layout.channel_block;
      p.pitch_w = round_up(packed_bytes(p.block, bits), align);
      p.pitch_h = w * p.pitch_w;
      p.pitch_block = h * p.pitch_h;
      p.pitch_n = ceil_div(c, p.block) * p.pitch_block;
      break;
  }
  p.bytes = n * p.pitch_n;
  return p;
}

namespace {

// Bytes of what is contiguous: from the first element's byte to the last one's.
std::int64_t run_bytes(const Placement& p, const models::Box& b, std::int64_t w) {
  const auto stretch = [&](std::int64_t first, std::int64_t count) {
    return packed_bytes(first + count, p.bits) - first * p.bits / 8;
  };
  if (p.packs_rows()) return stretch(b.begin[2], w);
  return stretch(b.begin[3] % p.block, p.block == 1 ? 1 : std::min(b.extent(3), p.block));
}

}  // namespace

arch::Strided describe(const Placement& p, const models::Box& box) {
  const std::int64_t n = box.extent(models::kN), h = box.extent(models::kH);
  models::Box part = box;
  std::int64_t w = box.extent(models::kW);
  const std::int64_t first = part.begin[3] / p.block, last = (part.end[3] - 1) / p.block;
  const std::int64_t blocks = last - first + 1;
  if (blocks > 1 && p.block > 1) {
    // Channels of several blocks: whole blocks move, for a run may not change its length.
    part.begin[3] = first * p.block;
    part.end[3] = (last + 1) * p.block;
  }
  const auto start = [&](const models::Box& b) {
    Nest nest;
    nest.where.base = p.address(b.begin);
    nest.where.run_bytes = run_bytes(p, b, w);
    if (p.packs_rows()) w = 1;  // the run covers them
    return nest;
  };
  Nest nest = start(part);
  if (build(nest, {{w, p.pitch_w}, {h, p.pitch_h}, {blocks, p.pitch_block}, {n, p.pitch_n}})) return nest.where;
  // Four strides (only channel blocks over several images): whole rows make width and height one.
  part.begin[2] = 0;
  w = p.shape[2];
  nest = start(part);
  if (build(nest, {{w, p.pitch_w}, {h, p.pitch_h}, {blocks, p.pitch_block}, {n, p.pitch_n}})) return nest.where;
  part.begin[1] = 0;
  w = p.shape[2];
  nest = start(part);
  build(nest, {{w, p.pitch_w}, {p.shape[1], p.pitch_h}, {blocks, p.pitch_block}, {n, p.pitch_n}});
  return nest.where;
}

}  // namespace tessera::scheduler
