// Bytes that a PE tile of given sizes needs of its slots.
#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "arch/transfer/bursts.h"
#include "scheduler/tiling/block_grid.h"
#include "scheduler/tiling/pe_sizes.h"

namespace tessera::scheduler {

using base::ceil_div;

namespace {
// More places than this in a round of channels lie about evenly on them (128 at most), so counting them would only take
// time: a long interleave makes them millions. A stride a few bytes beside whole rounds is the exception, and passed
// over.
constexpr std::int64_t kMostPlaces = 4096;
}  // namespace

PeCounts::PeCounts(const models::PeGeometry& p, const PeSizes& s)
    : b(p.batch), g(ceil_div(p.groups, s.g)), n(ceil_div(p.n, s.n)), m(ceil_div(p.out_h, s.m)),
      w(ceil_div(p.out_w, s.w)), k(ceil_div(p.channels, s.k)) {}

PeBlock pe_block(const models::PeGeometry& p, const PeSizes& s, std::int64_t b, std::int64_t g, std::int64_t n,
                 std::int64_t m, std::int64_t w, std::int64_t k) {
  PeBlock t;
  t.b = b;
  t.g0 = g * s.g;
  t.g1 = std::min(t.g0 + s.g, p.groups);
  t.n0 = n * s.n;
  t.n1 = std::min(t.n0 + s.n, p.n);
  t.h0 = m * s.m;
  t.h1 = std::min(t.h0 + s.m, p.out_h);
  t.w0 = w * s.w;
  t.w1 = std::min(t.w0 + s.w, p.out_w);
  t.c0 = k * s.k;
  t.c1 = std::min(t.c0 + s.k, p.channels);
  t.whole_input = s.whole_input;
  return t;
}

PeNeeds::PeNeeds(const models::Network& network, const arch::NpuSpec& npu, AddressPlan& addresses,
                 const models::Operator& op)
    : network_(network), npu_(npu), addresses_(addresses), op_(op), weight_is_data_(op.pe.weight_is_activation) {
  for (const auto& other : network.operators) heirs_ += inherits_block(other) && other.inputs[0] == op.output;
}

arch::Strided PeNeeds::where(models::TensorId tensor, const models::Box& box) const {
  const auto root = addresses_.root(tensor);
  return describe(addresses_.placement(root), root == tensor ? box : network_.root_box(tensor, box));
}

std::int64_t PeNeeds::input_bytes(const PeSizes& s, std::int64_t limit) const {
  const PeCounts c(op_.pe, s);
  std::int64_t most = 0;
  // Interior before corner; steps of at least 1, for the two are one where there is a single tile.
  for (std::int64_t m = c.m / 2; m >= 0; m -= std::max<std::int64_t>(1, c.m / 2))
    for (std::int64_t w = c.w / 2; w >= 0; w -= std::max<std::int64_t>(1, c.w / 2))
      for (std::int64_t k = c.k / 2; k >= 0 && most <= limit; k -= std::max<std::int64_t>(1, c.k / 2))
        most = std::max(most, moved_input(s, 0, m, w, k));
  return most;
}

std::int64_t PeNeeds::least_input_bytes(const PeSizes& s) const {
  const PeCounts c(op_.pe, s);
  return pe_input_box(network_, op_, pe_block(op_.pe, s, 0, 0, 0, c.m / 2, c.w / 2, c.k / 2)).elements() *
         addresses_.element_bytes();
}

std::int64_t PeNeeds::moved_input(const PeSizes& s, std::int64_t g, std::int64_t m, std::int64_t w,
                                  std::int64_t k) const {
  return arch::moved_bytes(where(op_.inputs[0], pe_input_box(network_, op_, pe_block(op_.pe, s, 0, g, 0, m, w, k))),
                           addresses_.burst());
}

std::int64_t PeNeeds::input_bytes_exact(const PeSizes& s) const {
  if (s.whole_input) return input_bytes(s);
  const PeCounts c(op_.pe, s);
  std::int64_t most = 0;
  for (std::int64_t g = 0; g < c.g; ++g)
    for (std::int64_t m = 0; m < c.m; ++m)
      for (std::int64_t w = 0; w < c.w; ++w)
        for (std::int64_t k = 0; k < c.k; ++k) most = std::max(most, moved_input(s, g, m, w, k));
  return most;
}

std::int64_t PeNeeds::parameter_bytes(const PeBlock& t) const {
  const std::int64_t channels = (t.g1 - t.g0 - 1) * op_.pe.n + t.n1 - t.n0;
  std::int64_t elements = 0;
  for (const auto& post : op_.posts) {
    if (post.parameter == models::kNone) continue;
    elements += network_.tensors[post.parameter].shape[models::kC] == 1 ? 1 : channels;
  }
  return elements * npu_.accumulator_bytes;
}

std::int64_t PeNeeds::tail_bytes(const models::Box& box) const {
  return weight_is_data_ ? 0 : addresses_.weight_tail_bytes(addresses_.root(op_.inputs[1]), box);
}

std::int64_t PeNeeds::weight_bytes(const PeSizes& s) const {
  const PeCounts c(op_.pe, s);
  std::int64_t most = 0;
  // The last block of all is the one with the tensor's padding.
  for (const auto& [g, n] :
       {std::pair{std::int64_t{0}, std::int64_t{0}}, {std::int64_t{0}, c.n / 2}, {c.g - 1, c.n - 1}})
    for (const std::int64_t k : {std::int64_t{0}, c.k / 2, c.k - 1}) {
      const PeBlock t = pe_block(op_.pe, s, 0, g, n, 0, 0, k);
      const std::int64_t parameters =
          (k == c.k - 1 ? parameter_bytes(t) : 0) + tail_bytes(pe_weight_box(network_, op_, t));
      const std::int64_t bytes =
          weight_is_data_
              ? arch::moved_bytes(where(op_.inputs[1], pe_weight_box(network_, op_, t)), addresses_.burst())
              : base::round_up(pe_weight_box(network_, op_, t).elements() * addresses_.element_bytes() + parameters,
                               addresses_.burst());
      most = std::max(most, bytes);
    }
  return most;
}

std::int64_t PeNeeds::output_bytes(const PeSizes& s) const { return s.m * s.w * s.n * s.g * npu_.accumulator_bytes; }

std::int64_t PeNeeds::least_stored_bytes(const PeSizes& s) const {
  return s.m * s.w * s.n * s.g * addresses_.element_bytes();
}

std::int64_t PeNeeds::stored_bytes(const PeSizes& s) const {
  return arch::moved_bytes(where(op_.output, pe_output_box(op_.pe, pe_block(op_.pe, s, 0, 0, 0, 0, 0, 0))),
                           addresses_.burst());
}

std::int64_t PeNeeds::packets(const arch::Strided& descriptor) const {
  arch::BurstRuns runs(descriptor, addresses_.burst());
  const std::int64_t bytes = runs.bytes();
  arch::BurstRun first;
  if (!runs.next(first)) return 0;
  const std::int64_t length = first.end - first.begin;  // the first interval stands for all
  return ceil_div(bytes, length) * ceil_div(length, npu_.dma.max_packet.count());
}

Crowding PeNeeds::crowded(const arch::Strided& d) const {
  const auto& dram = npu_.dram;
  const bool simple = dram.kind == arch::DramSpec::Kind::simple;
  const std::int64_t channels = simple ? dram.simple.channels : dram.bank_state.channels;
  const std::int64_t burst = addresses_.burst(), interleave = dram.interleave.count(), round = channels * interleave;
  const bool dense = d.count[0] == 1 || d.stride[0] - d.run_bytes < burst || d.run_bytes >= round;
  if (channels == 1 || dense) return {};
  // After this many runs the channels repeat.
  const std::int64_t runs = std::min(round / std::gcd(d.stride[0], round), round / burst);
  if (runs > kMostPlaces) return {};
  std::vector<std::int64_t> moved(static_cast<std::size_t>(channels), 0);
  std::int64_t all = 0, most = 0;
  for (std::int64_t i = 0; i < runs; ++i) {
    const std::int64_t start = d.base % burst + i * d.stride[0], end = base::round_up(start + d.run_bytes, burst);
    for (std::int64_t at = base::round_down(start, burst); at < end;) {
      const std::int64_t next = std::min(end, base::round_down(at, interleave) + interleave);
      auto& channel = moved[static_cast<std::size_t>(at / interleave % channels)];
      channel += next - at;
      all += next - at;
      most = std::max(most, channel);
      at = next;
    }
  }
  return {channels * most, all};
}

Crowding PeNeeds::crowded_inputs(const PeSizes& s, std::int64_t slices) const {
  PeSizes together = s;
  together.k = std::min(op_.pe.channels, s.k * slices);
  const PeCounts c(op_.pe, s);
  const PeBlock inner = pe_block(op_.pe, together, 0, 0, 0, c.m / 2, c.w / 2, 0);
  return crowded(where(op_.inputs[0], pe_input_box(network_, op_, inner)));
}

Crowding PeNeeds::crowded_stores(const PeSizes& s) const {
  return crowded(where(op_.output, pe_output_box(op_.pe, pe_block(op_.pe, s, 0, 0, 0, 0, 0, 0))));
}

std::int64_t PeNeeds::input_packets(const PeSizes& s) const {
  const PeCounts c(op_.pe, s);
  return packets(where(op_.inputs[0], pe_input_box(network_, op_, pe_block(op_.pe, s, 0, 0, 0, c.m / 2, c.w / 2, 0))));
}

std::int64_t PeNeeds::stored_packets(const PeSizes& s) const {
  return packets(where(op_.output, pe_output_box(op_.pe, pe_block(op_.pe, s, 0, 0, 0, 0, 0, 0))));
}

}  // namespace tessera::scheduler
