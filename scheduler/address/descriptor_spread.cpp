#include "scheduler/address/descriptor_spread.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "arch/transfer/bursts.h"

namespace tessera::scheduler {

using base::ceil_div;

namespace {
// More places than this in a round of channels lie about evenly on them (128 at most), so counting them would only take
// time: a long interleave makes them millions. A stride a few bytes beside whole rounds is the exception, and passed
// over.
constexpr std::int64_t kMostPlaces = 4096;
}  // namespace

std::int64_t packet_count(const arch::Strided& descriptor, std::int64_t burst, std::int64_t max_packet) {
  arch::BurstRuns runs(descriptor, burst);
  const std::int64_t bytes = runs.bytes();
  arch::BurstRun first;
  if (!runs.next(first)) return 0;
  const std::int64_t length = first.end - first.begin;
  return ceil_div(bytes, length) * ceil_div(length, max_packet);
}

Crowding crowding_of(const arch::Strided& d, const arch::DramSpec& dram) {
  const std::int64_t channels = dram.channels, burst = dram.burst.count();
  const std::int64_t interleave = dram.interleave.count(), round = channels * interleave;
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

}  // namespace tessera::scheduler
