#include "arch/dram/simple_memory.h"

#include <algorithm>
#include <cassert>

namespace tessera::arch {

SimpleMemory::SimpleMemory(const DramSpec& spec)
    : spec_(spec.simple), burst_(spec.burst.count()), interleave_(spec.interleave.count()),
      channels_(static_cast<std::size_t>(spec.channels)) {
  assert(spec.channels > 0 && spec_.bytes_per_second > 0 && interleave_ > 0 && burst_ > 0);
}

base::Ps SimpleMemory::serve(Channel& channel, base::Ps arrival, std::int64_t bytes) {
  if (arrival > channel.run_end) {
    channel.busy += channel.run_end - channel.run_start;
    channel.run_start = arrival;
    channel.run_bytes = 0;
  }
  channel.run_bytes += bytes;
  // Rounded up, so that no sum of packets ever beats the peak rate.
  const auto scaled = static_cast<__int128>(channel.run_bytes) * 1'000'000'000'000;
  const auto rate = static_cast<__int128>(spec_.bytes_per_second);
  channel.run_end = channel.run_start + base::Ps{static_cast<std::int64_t>((scaled + rate - 1) / rate)};
  return channel.run_end + spec_.latency;
}

void SimpleMemory::submit(const MemoryRequest& request) {
  base::Ps done{0};
  for (std::int64_t at = request.address, end = request.address + request.bytes; at < end;) {
    const std::int64_t block = at / interleave_;
    const std::int64_t stop = std::min(end, (block + 1) * interleave_);
    auto& channel = channels_[static_cast<std::size_t>(block) % channels_.size()];
    done = std::max(done, serve(channel, request.arrival, stop - at));
    at = stop;
  }
  pending_.push({done, submitted_++, request.tag, request.bytes, request.write});
  if (!request.write) statistics_.read_latency += (done - request.arrival) * base::ceil_div(request.bytes, burst_);
}

base::Ps SimpleMemory::next() const { return pending_.empty() ? base::kNever : pending_.top().time; }

void SimpleMemory::advance(base::Ps until, std::vector<MemoryAnswer>& answers) {
  while (!pending_.empty() && pending_.top().time <= until) {
    const Pending& done = pending_.top();
    answers.push_back({done.time, done.tag});
    (done.write ? statistics_.writes : statistics_.reads) += base::ceil_div(done.bytes, burst_);
    (done.write ? statistics_.write_bytes : statistics_.read_bytes) += done.bytes;
    pending_.pop();
  }
}

MemoryStatistics SimpleMemory::statistics() const {
  MemoryStatistics result = statistics_;
  for (const auto& channel : channels_)
    result.channel_busy.push_back(channel.busy + channel.run_end - channel.run_start);
  return result;
}

}  // namespace tessera::arch
