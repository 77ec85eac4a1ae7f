#include "scheduler/address/descriptor_spread.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "arch/transfer/bursts.h"
#include "arch/transfer/packet_cuts.h"

namespace tessera::scheduler {

namespace {
// More places than this in a round of channels lie about evenly on them (128 at most), so counting them would only take
// time: a long interleave makes them millions. A stride a few bytes beside whole rounds is the exception, and passed
// over.
constexpr std::int64_t kMostPlaces = 4096;
// Runs that stand for all of a descriptor: enough for a pitch of a few odd bursts to pass every place in a packet.
constexpr int kSampledRuns = 8;
}  // namespace

std::int64_t packet_count(const arch::Strided& descriptor, std::int64_t burst, std::int64_t max_packet) {
  const arch::PacketCuts cuts(max_packet);
  arch::BurstRuns runs(descriptor, burst);
  const std::int64_t bytes = runs.bytes();
  std::int64_t walked = 0, packets = 0;
  arch::BurstRun run;
  for (int i = 0; i < kSampledRuns && runs.next(run); ++i) {
    walked += run.end - run.begin;
    packets += cuts.of(run.begin, run.end);
  }
  if (walked == bytes) return packets;
  return walked == 0 ? 0 : static_cast<std::int64_t>((static_cast<__int128>(bytes) * packets + walked - 1) / walked);
}

std::vector<std::int64_t> channel_bytes(const arch::Strided& d, const arch::DramSpec& dram) {
  const std::int64_t channels = dram.channels, burst = dram.burst.count();
  const std::int64_t interleave = dram.interleave.count(), round = channels * interleave;
  const bool dense = d.count[0] == 1 || d.stride[0] - d.run_bytes < burst || d.run_bytes >= round;
  if (channels == 1 || dense) return {};
  // After this many runs the channels repeat.
  const std::int64_t runs = std::min(round / std::gcd(d.stride[0], round), round / burst);
  if (runs > kMostPlaces) return {};
  std::vector<std::int64_t> moved(static_cast<std::size_t>(channels), 0);
  for (std::int64_t i = 0; i < runs; ++i) {
    const std::int64_t start = d.base % round + i * d.stride[0], end = base::round_up(start + d.run_bytes, burst);
    for (std::int64_t at = base::round_down(start, burst); at < end;) {
      const std::int64_t next = std::min(end, base::round_down(at, interleave) + interleave);
      moved[static_cast<std::size_t>(at / interleave % channels)] += next - at;
      at = next;
    }
  }
  return moved;
}

Crowding crowding_of(const arch::Strided& d, const arch::DramSpec& dram) {
  // Of equal descriptors at other places in a round, the fullest channel has as many: only the place in a burst counts.
  arch::Strided here = d;
  here.base %= dram.burst.count();
  const auto moved = channel_bytes(here, dram);
  if (moved.empty()) return {};
  return {dram.channels * *std::ranges::max_element(moved),
          std::accumulate(moved.begin(), moved.end(), std::int64_t{0})};
}

}  // namespace tessera::scheduler
