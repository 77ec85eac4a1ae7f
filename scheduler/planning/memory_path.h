// The way between the cores and the memory, as the planner's model sees it: DMA channels, one or two directions of the
// interconnect, a shared SRAM if there is one, and all DRAM channels together. Each serves transfers in order; a
// transfer takes its share of each as a whole. Of the shared SRAM all is left out but the age of what it holds.
#pragma once

#include <cstdint>

#include "scheduler/planning/plan_costs.h"
#include "scheduler/planning/undo_words.h"

namespace tessera::scheduler {

class MemoryPath {
 public:
  explicit MemoryPath(const PlanCosts&);

  // A load or a store that is issued now; when it is answered.
  [[nodiscard]] base::Ps move(BlockId, bool write, base::Ps now);
  [[nodiscard]] base::Ps free(base::Ps now) const;  // when all is done that was issued
  // A tile has its operand: what no tile loads any more leaves the shared SRAM.
  void used_up(BlockId);
  void stored(GroupId);

  // When each part is free.
  struct State {
    static constexpr std::uint32_t kMostChannels = 16;
    base::Ps issue[kMostChannels] = {};
    base::Ps path[2] = {}, shared{0}, dram{0};
    std::int64_t shared_clock = 0;  // bytes that entered the shared SRAM, dead ones taken off
    friend bool operator==(const State&, const State&) = default;
  };
  struct Branch {
    State state;
    UndoWords::Changes words;
  };
  void mark();
  void rewind(Branch& left);
  void go_to(Branch&);
  void go_back(Branch&);
  friend bool operator==(const MemoryPath& a, const MemoryPath& b) {
    return a.state_ == b.state_ && a.words_ == b.words_;
  }

 private:
  [[nodiscard]] bool on_chip(BlockId) const;
  [[nodiscard]] std::uint32_t age() const { return static_cast<std::uint32_t>(state_.shared_clock / 256) + 1; }

  const PlanCosts& costs_;
  std::uint32_t channels_, parts_;
  State state_, marked_;
  // With a shared SRAM: its clock at stores by group and at loads by block, operands left by buffer.
  UndoWords words_;
  std::size_t stored_ = 0, loaded_ = 0, uses_ = 0;
};

}  // namespace tessera::scheduler
