// Which groups are ready and not dispatched, as the orders ask for them: by stage (an operator of a request), by the
// home that the graph gives them, and by the kind of their tiles. Bits, so that a question costs a word or two however
// many groups, cores and stages there are.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "scheduler/planning/plan_costs.h"
#include "scheduler/planning/undo_words.h"

namespace tessera::scheduler {

class ReadyGroups {
 public:
  explicit ReadyGroups(const PlanCosts&);

  void insert(GroupId);
  void take(GroupId);  // dispatched
  [[nodiscard]] bool contains(GroupId g) const { return words_.holds(groups_, g); }

  // Stages with a ready group, ascending from `from` and descending below `to`; kNoId: no more.
  [[nodiscard]] std::uint32_t next_stage(TileKind kind, std::uint32_t from) const {
    return words_.lowest(kinds_ + static_cast<std::size_t>(kind) * stage_words_, from, stages_);
  }
  [[nodiscard]] std::uint32_t last_stage(TileKind kind, std::uint32_t to) const {
    return words_.highest(kinds_ + static_cast<std::size_t>(kind) * stage_words_, 0, to);
  }
  // Those in which this core is home to a ready group.
  [[nodiscard]] std::uint32_t next_stage_at(std::uint32_t home, std::uint32_t from) const {
    return words_.lowest(homes_ + home * stage_words_, from, stages_);
  }
  [[nodiscard]] std::uint32_t last_stage_at(std::uint32_t home, std::uint32_t to) const {
    return words_.highest(homes_ + home * stage_words_, 0, to);
  }

  // Ready groups of a stage; kNoId: none, or too far behind others that are not ready: a home goes through its groups
  // in their order, but for a few.
  [[nodiscard]] GroupId first(std::uint32_t stage) const {
    const std::uint32_t end = group_end_[stage];
    const std::uint32_t from = words_.lowest(waiting_, group_begin_[stage], end);
    return from == kNoId ? kNoId : words_.lowest(groups_, from, std::min(end, from + kFar));
  }
  [[nodiscard]] GroupId first(std::uint32_t stage, std::uint32_t home) const {
    const std::size_t i = place(stage, home);
    const std::uint32_t at = words_.lowest(dealt_, deal_begin_[i], deal_begin_[i + 1]);
    return at != kNoId && waiting_before(i, at) < kPassed ? deal_[at] : kNoId;
  }
  [[nodiscard]] GroupId last(std::uint32_t stage, std::uint32_t home) const {
    const std::size_t i = place(stage, home);
    const std::uint32_t end = words_.highest(dealt_waiting_, deal_begin_[i], deal_begin_[i + 1]);
    if (end == kNoId) return kNoId;
    const std::uint32_t at = words_.highest(dealt_, std::max(deal_begin_[i], end < kFar ? 0 : end - kFar + 1), end + 1);
    return at == kNoId ? kNoId : deal_[at];
  }
  // From its first group that is not dispatched to its last, some between perhaps dispatched.
  [[nodiscard]] std::uint32_t left(std::uint32_t stage, std::uint32_t home) const {
    const std::size_t i = place(stage, home);
    const std::uint32_t from = words_.lowest(dealt_waiting_, deal_begin_[i], deal_begin_[i + 1]);
    return from == kNoId ? 0 : words_.highest(dealt_waiting_, from, deal_begin_[i + 1]) + 1 - from;
  }
  // Cores that are home to groups of the stage.
  [[nodiscard]] std::uint32_t homes(std::uint32_t stage) const { return home_count_[stage]; }

  void mark() { words_.mark(); }
  void undo_to_mark(UndoWords::Changes& undone) { words_.undo_to_mark(undone); }
  void redo(UndoWords::Changes& changes) { words_.redo(changes); }
  void undo(UndoWords::Changes& changes) { words_.undo(changes); }
  friend bool operator==(const ReadyGroups& a, const ReadyGroups& b) { return a.words_ == b.words_; }

 private:
  static constexpr std::uint32_t kFar = 48;    // groups
  static constexpr std::uint32_t kPassed = 6;  // groups that are not ready
  // Groups of a place that are before `at` and not dispatched; none of them is ready.
  [[nodiscard]] std::uint32_t waiting_before(std::size_t place, std::uint32_t at) const {
    return words_.count(dealt_waiting_, deal_begin_[place], at, kPassed);
  }
  [[nodiscard]] std::size_t place(std::uint32_t stage, std::uint32_t home) const {
    return std::size_t{stage} * cores_ + home;
  }

  const PlanCosts& costs_;
  std::uint32_t stages_, cores_;
  std::size_t stage_words_;
  std::vector<GroupId> deal_;                                        // groups by stage and home, ascending
  std::vector<std::uint32_t> dealt_at_;                              // by group: where it is in deal_
  std::vector<std::uint32_t> deal_begin_;                            // by place
  std::vector<std::uint32_t> group_begin_, group_end_, home_count_;  // by stage
  // In words_, as bits: groups that are ready, those that are not dispatched, both again in the order of the deal;
  // stages with ready groups, by kind and by home. As numbers: ready groups by stage.
  UndoWords words_;
  std::size_t groups_ = 0, waiting_ = 0, dealt_ = 0, dealt_waiting_ = 0, ready_ = 0, kinds_ = 0, homes_ = 0;
};

}  // namespace tessera::scheduler
