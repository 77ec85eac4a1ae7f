// When a DMA channel with a rate cap may send its next packet (docs/semantics.md 8.9, 8.16).
//
// At r bytes per cycle a packet of b bytes takes b / r cycles, and packets go on clock edges only. What is left of a
// cycle counts for the next packet, so that a busy channel moves r bytes per cycle, however r and b divide, and at no
// edge more than that since it became busy. All in whole thousandths of a byte; nothing is rounded but to the edge.
#pragma once

#include <algorithm>

#include "base/byte_rate.h"
#include "base/clock.h"

namespace tessera::arch {

class RateCap {
 public:
  // The edge before which no packet goes.
  [[nodiscard]] base::Ps until() const { return until_; }

  // A channel that was empty has a packet again, at edge `now`: it is owed nothing for the time before.
  void joined(base::Ps now) {
    if (until_ > now) return;
    until_ = now;
    early_ = 0;
  }

  // A packet of `bytes` bytes goes at edge `now`, until() or later. A channel that was held up from elsewhere makes up
  // for less than one cycle of it.
  void sent(base::Ps now, std::int64_t bytes, base::ByteRate rate, const base::Clock& clock) {
    early_ = now > until_ ? rate.thousandths - 1 : std::min(early_, rate.thousandths - 1);
    const std::int64_t needed = std::max<std::int64_t>(0, bytes * 1000 - early_);
    const std::int64_t cycles = base::ceil_div(needed, rate.thousandths);
    early_ += cycles * rate.thousandths - bytes * 1000;
    until_ = clock.after(now, base::Cycles{cycles});
  }

  // From edge `now` on the rate is `to` instead of `from`: what the channel still owes for bytes that it has sent, it
  // pays at the new rate. Without a rate (none()) before or behind, nothing is owed.
  void changed(base::Ps now, base::ByteRate from, base::ByteRate to, const base::Clock& clock) {
    if (from.none() || to.none()) {
      until_ = to.none() ? base::Ps{0} : now;
      early_ = 0;
      return;
    }
    const std::int64_t cycles = (clock.first_edge(until_) - clock.first_edge(now)).count();
    const __int128 owed = static_cast<__int128>(cycles) * from.thousandths - early_;  // < 0: it could have sent more
    until_ = now;
    if (owed <= 0) {
      early_ = static_cast<std::int64_t>(std::min<__int128>(-owed, std::int64_t{1} << 62));
      return;
    }
    const std::int64_t wait = base::ceil_div(static_cast<std::int64_t>(owed), to.thousandths);
    early_ = wait * to.thousandths - static_cast<std::int64_t>(owed);
    until_ = clock.after(now, base::Cycles{wait});
  }

 private:
  base::Ps until_{0};
  std::int64_t early_ = 0;  // thousandths of a byte that it could have sent before until(); counts below the rate
};

}  // namespace tessera::arch
