// What a check found: violations by invariant, a line for each.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "trace/analysis/invariants.h"
#include "trace/record/record.h"

namespace tessera::trace {

class Judgement {
 public:
  static constexpr std::size_t kLines = 100;
  static constexpr std::uint64_t kEnough = 1000;  // violations after which the rest is not looked at

  void violated(Invariant i, std::string line) {
    ++of_[static_cast<std::size_t>(i)];
    if (total_++ < kLines) lines_.push_back(std::string(spec(i).key) + ": " + std::move(line));
  }
  [[nodiscard]] bool enough() const { return total_ >= kEnough; }
  [[nodiscard]] bool holds(Invariant i) const { return of_[static_cast<std::size_t>(i)] == 0; }
  // The lines, and how many more violations there are.
  void close() {
    if (total_ > kLines) {
      lines_.push_back("and " + std::to_string(total_ - kLines) + (enough() ? " more, and perhaps others" : " more"));
    }
  }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::array<std::uint64_t, kInvariantCount> of_{};
  std::uint64_t total_ = 0;
  std::vector<std::string> lines_;
};

[[nodiscard]] inline std::string text(base::Ps t) { return std::to_string(t.count()) + " ps"; }
// "record 12 (compute [310, 400) ps, tile 7)"
[[nodiscard]] inline std::string text(std::uint64_t id, const Record& r) {
  return "record " + std::to_string(id) + " (" + std::string(to_string(r.name)) + " [" +
         std::to_string(r.start.count()) + ", " + std::to_string(r.end.count()) + ") ps" +
         (r.tile == kNoTile ? "" : ", tile " + std::to_string(r.tile)) + ")";
}

}  // namespace tessera::trace
