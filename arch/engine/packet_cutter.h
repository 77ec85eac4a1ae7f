// Cuts one transfer into packets: burst-aligned pieces of at most max_packet bytes that never cross a multiple of
// max_packet, in ascending order of address.
#pragma once

#include <algorithm>
#include <cstdint>

#include "arch/transfer/bursts.h"
#include "arch/transfer/transfer.h"

namespace tessera::arch {

struct PacketSpan {
  std::int64_t address = 0;
  std::int32_t bytes = 0;
};

class PacketCutter {
 public:
  // max_packet: a multiple of the burst. `request.bytes` > 0.
  PacketCutter(const TransferRequest& request, std::int64_t burst_bytes, std::int64_t max_packet)
      : runs_(request.where, burst_bytes), max_packet_(max_packet), left_(request.bytes) {
    skip(request.first_byte);
    measure();
  }

  [[nodiscard]] bool empty() const { return left_ == 0; }
  // The packet that goes next; not to be called when empty.
  [[nodiscard]] PacketSpan front() const { return {run_.begin, front_bytes_}; }
  void pop() {
    run_.begin += front_bytes_;
    left_ -= front_bytes_;
    if (left_ == 0) return;
    if (run_.begin == run_.end) runs_.next(run_);
    measure();
  }

 private:
  void skip(std::int64_t bytes) {
    runs_.next(run_);
    while (bytes >= run_.end - run_.begin) {
      bytes -= run_.end - run_.begin;
      if (!runs_.next(run_)) return;
    }
    run_.begin += bytes;
  }
  void measure() {
    const std::int64_t stop = base::round_down(run_.begin, max_packet_) + max_packet_;
    front_bytes_ = static_cast<std::int32_t>(std::min({stop - run_.begin, run_.end - run_.begin, left_}));
  }

  BurstRuns runs_;
  BurstRun run_;
  std::int64_t max_packet_;
  std::int64_t left_;
  std::int32_t front_bytes_ = 0;
};

}  // namespace tessera::arch
