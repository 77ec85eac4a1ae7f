// Which bursts a strided descriptor touches: the one law that the DMA's packets, the moved bytes of a block and the
// tests share.
//
// A descriptor's runs ascend and may end or begin in the middle of a burst. BurstRuns walks them as burst-aligned
// intervals; a burst that two neighbouring runs touch belongs to one interval, and intervals that meet are one. Runs
// whose gaps are shorter than a burst are joined before walking, so that a dense block of any size is one step.
#pragma once

#include <cstdint>

#include "arch/transfer/transfer.h"
#include "base/units.h"

namespace tessera::arch {

// Half-open interval of byte addresses; both ends are multiples of the burst.
struct BurstRun {
  std::int64_t begin = 0, end = 0;
  friend bool operator==(const BurstRun&, const BurstRun&) = default;
};

// The descriptor's starts must ascend: each stride >= the span of the dimensions inside it.
class BurstRuns {
 public:
  BurstRuns(const Strided& where, std::int64_t burst_bytes) : where_(where), burst_(burst_bytes) {
    join_dense();
    left_ = where_.run_bytes > 0 ? where_.count[0] * where_.count[1] * where_.count[2] : 0;
    if (left_ > 0) pending_ = take();
  }

  // Bytes of all intervals. Equal runs that share no burst need no walk.
  [[nodiscard]] std::int64_t bytes() const {
    BurstRuns walk = *this;
    if (regular())
      return (walk.pending_.end - walk.pending_.begin) * where_.count[0] * where_.count[1] * where_.count[2];
    std::int64_t sum = 0;
    for (BurstRun run; walk.next(run);) sum += run.end - run.begin;
    return sum;
  }

  // The next interval in ascending order; false at the end.
  bool next(BurstRun& out) {
    if (pending_.end == pending_.begin) return false;
    out = pending_;
    pending_ = {};
    while (left_ > 0) {
      const BurstRun following = take();
      if (following.begin > out.end) {
        pending_ = following;
        break;
      }
      out.end = following.end;
    }
    return true;
  }

 private:
  // Whether every run lies alike in its bursts and no burst is shared: then it suffices to count.
  [[nodiscard]] bool regular() const {
    std::int64_t span = where_.run_bytes;
    for (std::size_t d = 0; d < 3; ++d) {
      if (where_.count[d] == 1) continue;
      if (where_.stride[d] % burst_ != 0 || where_.stride[d] - span < burst_) return false;
      span += where_.stride[d] * (where_.count[d] - 1);
    }
    return true;
  }
  void join_dense() {
    for (std::size_t d = 0; d < 3; ++d) {
      if (where_.count[d] == 1) continue;
      // A gap below one burst: the bursts of both neighbours meet or are the same one, wherever the run lies.
      if (where_.stride[d] - where_.run_bytes >= burst_) return;
      where_.run_bytes += where_.stride[d] * (where_.count[d] - 1);
      where_.count[d] = 1;
    }
  }
  BurstRun take() {
    const std::int64_t start =
        where_.base + index_[0] * where_.stride[0] + index_[1] * where_.stride[1] + index_[2] * where_.stride[2];
    for (std::size_t d = 0; d < 3; ++d) {
      if (++index_[d] < where_.count[d]) break;
      index_[d] = 0;
    }
    --left_;
    return {base::round_down(start, burst_), base::round_up(start + where_.run_bytes, burst_)};
  }

  Strided where_;
  std::int64_t burst_;
  std::int64_t index_[3] = {0, 0, 0};
  std::int64_t left_ = 0;
  BurstRun pending_;
};

}  // namespace tessera::arch
