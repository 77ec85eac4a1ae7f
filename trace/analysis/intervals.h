// Sets of time as sorted, disjoint intervals: unions and intersections, calculated once at the end of a trace.
#pragma once

#include <algorithm>
#include <vector>

#include "base/units.h"

namespace tessera::trace {

struct Interval {
  base::Ps begin{0}, end{0};  // [begin, end)
  friend bool operator==(const Interval&, const Interval&) = default;
};

class IntervalSet {
 public:
  // Neighbours that touch or overlap the last one are joined at once, so that back-to-back spans cost nothing.
  void add(base::Ps begin, base::Ps end) {
    if (end <= begin) return;
    if (!list_.empty() && begin >= list_.back().begin && begin <= list_.back().end) {
      list_.back().end = std::max(list_.back().end, end);
      return;
    }
    sorted_ = sorted_ && (list_.empty() || begin > list_.back().end);
    list_.push_back({begin, end});
  }
  void add(const IntervalSet& other) {
    for (const Interval& i : other.list_) add(i.begin, i.end);
  }
  // The union: sorted and disjoint.
  [[nodiscard]] const std::vector<Interval>& joined() {
    if (sorted_) return list_;
    std::sort(list_.begin(), list_.end(), [](const Interval& a, const Interval& b) { return a.begin < b.begin; });
    std::size_t n = 0;
    for (const Interval& i : list_) {
      if (n > 0 && i.begin <= list_[n - 1].end) {
        list_[n - 1].end = std::max(list_[n - 1].end, i.end);
      } else {
        list_[n++] = i;
      }
    }
    list_.resize(n);
    sorted_ = true;
    return list_;
  }
  [[nodiscard]] base::Ps length() {
    base::Ps sum{0};
    for (const Interval& i : joined()) sum += i.end - i.begin;
    return sum;
  }

 private:
  std::vector<Interval> list_;
  bool sorted_ = true;
};

// |a n b|
[[nodiscard]] inline base::Ps overlap(IntervalSet& a, IntervalSet& b) {
  const auto &x = a.joined(), &y = b.joined();
  base::Ps sum{0};
  for (std::size_t i = 0, j = 0; i < x.size() && j < y.size();) {
    const base::Ps begin = std::max(x[i].begin, y[j].begin), end = std::min(x[i].end, y[j].end);
    if (end > begin) sum += end - begin;
    (x[i].end < y[j].end ? i : j) += 1;
  }
  return sum;
}

}  // namespace tessera::trace
