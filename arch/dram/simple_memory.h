// Latency and bandwidth, for quick studies.
//
// Each channel moves the bytes of its packets in order of arrival at a fixed rate; the answer follows a fixed latency
// later. Reads and writes are alike. Left out on purpose: banks, rows, queues of limited depth, turnaround, refresh.
#pragma once

#include <queue>
#include <vector>

#include "arch/dram/memory.h"

namespace tessera::arch {

class SimpleMemory final : public Memory {
 public:
  // channels, simple.bytes_per_second, burst and interleave positive.
  explicit SimpleMemory(const DramSpec& spec);

  void submit(const MemoryRequest& request) override;
  [[nodiscard]] base::Ps next() const override;
  void advance(base::Ps until, std::vector<MemoryAnswer>& answers) override;
  [[nodiscard]] MemoryStatistics statistics() const override;

 private:
  // A stretch in which the channel is never idle: its end is one division, so rounding does not add up.
  struct Channel {
    base::Ps run_start{0};
    std::int64_t run_bytes = 0;
    base::Ps run_end{0};
    base::Ps busy{0};  // of earlier runs
  };
  struct Pending {
    base::Ps time{0};
    std::uint64_t order = 0;
    std::uint32_t tag = 0;
    std::int32_t bytes = 0;
    bool write = false;
    friend bool operator>(const Pending& a, const Pending& b) {
      return a.time != b.time ? a.time > b.time : a.order > b.order;
    }
  };

  [[nodiscard]] base::Ps serve(Channel& channel, base::Ps arrival, std::int64_t bytes);

  SimpleDramSpec spec_;
  std::int64_t burst_;
  std::int64_t interleave_;
  std::vector<Channel> channels_;
  std::priority_queue<Pending, std::vector<Pending>, std::greater<>> pending_;
  std::uint64_t submitted_ = 0;
  MemoryStatistics statistics_;
};

}  // namespace tessera::arch
