#include "arch/energy/time_bins.h"

#include <algorithm>
#include <cassert>

namespace tessera::arch {

using base::Ps;

TimeBins::TimeBins(std::size_t tracks, std::size_t bins, Ps width)
    : tracks_(tracks), bins_(std::max<std::size_t>(2, bins + bins % 2)), width_(width), amounts_(tracks_ * bins_, 0) {
  assert(width > Ps{0});
}

std::size_t TimeBins::used() const {
  return std::min(bins_, static_cast<std::size_t>(base::ceil_div(end_.count(), width_.count())));
}

void TimeBins::extend(Ps end) {
  while (end.count() > width_.count() * static_cast<std::int64_t>(bins_)) double_width();
  end_ = std::max(end_, end);
}

void TimeBins::double_width() {
  for (std::size_t t = 0; t < tracks_; ++t) {
    std::int64_t* row = amounts_.data() + t * bins_;
    for (std::size_t i = 0; i < bins_ / 2; ++i) row[i] = row[2 * i] + row[2 * i + 1];
    std::fill(row + bins_ / 2, row + bins_, 0);
  }
  width_ = width_ * 2;
}

void TimeBins::add(std::size_t track, Ps start, Ps end, std::int64_t amount) {
  // A moment lies in the bin that begins at or before it.
  extend(std::max(end, start + Ps{1}));
  std::int64_t* row = amounts_.data() + track * bins_;
  const std::int64_t w = width_.count(), from = start.count(), length = end.count() - from;
  if (length == 0) {
    row[from / w] += amount;
    return;
  }
  std::int64_t before = 0;
  for (std::int64_t bin = from / w; bin * w < end.count(); ++bin) {
    // Differences of the rounded running share telescope, so merging bins gives what wider bins would have had.
    const std::int64_t covered = std::min(end.count(), (bin + 1) * w) - from;
    const auto share = static_cast<std::int64_t>(static_cast<__int128>(amount) * covered / length);
    row[bin] += share - before;
    before = share;
  }
}

}  // namespace tessera::arch
