#include "trace/export/even_rate.h"

#include <algorithm>
#include <limits>

namespace tessera::trace {
namespace {

using Point = MovedBytes;

// Positive: the way a -> b -> c turns up at b, to a higher rate; 0: it is straight.
__int128 turn(const Point& a, const Point& b, const Point& c) {
  const auto dx = [](const Point& p, const Point& q) { return static_cast<__int128>((q.at - p.at).count()); };
  const auto dy = [](const Point& p, const Point& q) { return static_cast<__int128>(q.bytes - p.bytes); };
  return dx(a, b) * dy(b, c) - dy(a, b) * dx(b, c);
}

// The shortest way through a row of gates, from left to right (the funnel method). From the last corner that is settled
// two chains lead to the latest gate: one along the upper ends of the gates, one along the lower ends.
class Funnel {
 public:
  explicit Funnel(Point start) : corners_{start}, upper_{kUp, {start}}, lower_{kDown, {start}} {}

  void gate(base::Ps at, std::int64_t least, std::int64_t most) {
    extend(upper_, lower_, {at, most});
    extend(lower_, upper_, {at, least});
  }
  std::vector<Point> finish(Point end) {
    extend(upper_, lower_, end);
    corners_.insert(corners_.end(), upper_.points.begin() + static_cast<std::ptrdiff_t>(upper_.front) + 1,
                    upper_.points.end());
    return std::move(corners_);
  }

 private:
  static constexpr int kUp = 1, kDown = -1;
  struct Chain {
    int side;  // the upper chain turns up at its corners, the lower one down
    std::vector<Point> points;
    std::size_t front = 0;  // of points; the last settled corner
    [[nodiscard]] std::size_t size() const { return points.size() - front; }
  };

  void extend(Chain& own, Chain& other, Point p) {
    while (own.size() > 1 && own.side * turn(own.points[own.points.size() - 2], own.points.back(), p) <= 0)
      own.points.pop_back();
    if (own.size() == 1) {
      // Seen from the corner, p lies beyond the other chain: the way goes along it.
      while (other.size() > 1 && own.side * turn(other.points[other.front], other.points[other.front + 1], p) < 0) {
        ++other.front;
        corners_.push_back(other.points[other.front]);
      }
      own.points.assign(1, other.points[other.front]);
      own.front = 0;
    }
    own.points.push_back(p);
  }

  std::vector<Point> corners_;
  Chain upper_, lower_;
};

struct Step {
  base::Ps at;
  std::int64_t begun = 0, ended = 0;  // bytes of windows that begin and end here
};

// A trace may claim more bytes than there are numbers for.
void add(std::int64_t& sum, std::int64_t bytes) {
  if (__builtin_add_overflow(sum, bytes, &sum)) sum = std::numeric_limits<std::int64_t>::max();
}

std::vector<Step> steps_of(const std::vector<ByteWindow>& windows) {
  std::vector<Step> steps;
  steps.reserve(2 * windows.size());
  for (const ByteWindow& w : windows) {
    const std::int64_t bytes = std::max<std::int64_t>(0, w.bytes);
    steps.push_back({w.begin, bytes, 0});
    steps.push_back({std::max(w.end, w.begin + base::Ps{1}), 0, bytes});
  }
  std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.at < b.at; });
  std::size_t last = 0;
  for (std::size_t i = 1; i < steps.size(); ++i) {
    if (steps[i].at != steps[last].at) {
      steps[++last] = steps[i];
    } else {
      add(steps[last].begun, steps[i].begun);
      add(steps[last].ended, steps[i].ended);
    }
  }
  steps.resize(steps.empty() ? 0 : last + 1);
  return steps;
}

}  // namespace

std::vector<MovedBytes> even_curve(const std::vector<ByteWindow>& windows) {
  const std::vector<Step> steps = steps_of(windows);
  if (steps.empty()) return {};
  Funnel funnel({steps.front().at, 0});
  std::int64_t begun = steps.front().begun, ended = 0;
  for (std::size_t i = 1; i + 1 < steps.size(); ++i) {
    add(ended, steps[i].ended);
    funnel.gate(steps[i].at, ended, begun);  // what begins here has not moved before
    add(begun, steps[i].begun);
  }
  return funnel.finish({steps.back().at, begun});
}

}  // namespace tessera::trace
