// Why a tile could not have been dispatched earlier: what was at its limit, when.
//
// Which task ends an idle gap is known only when it is dispatched, so the past must answer then: "was a Dispatch of
// this tile on this core legal at that time?" Legality changes only where a limit is reached or left, and the contents
// of a region cannot change while it has no victim; so the journal keeps intervals, not states. It is pruned to what a
// tile that is ready now, or later, can still ask about.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/units.h"
#include "scheduler/dispatch/operand_region.h"
#include "scheduler/tiles/tile_graph.h"
#include "trace/record/record.h"

namespace tessera::scheduler {

struct Blocked {
  base::Ps from{0};
  base::Ps to = base::kNever;  // kNever = still
};

class BlockedTimes {
 public:
  // Tells the state from now on. True if an interval begins.
  bool set(bool blocked, base::Ps now);
  [[nodiscard]] bool blocked() const { return !list_.empty() && list_.back().to == base::kNever; }
  // Intervals that end after `from`, ascending.
  [[nodiscard]] std::span<const Blocked> since(base::Ps from) const;
  [[nodiscard]] std::size_t index(const Blocked& b) const { return static_cast<std::size_t>(&b - list_.data()); }
  [[nodiscard]] std::size_t size() const { return list_.size(); }
  // Forgets what ended before the horizon; returns how many intervals went.
  std::size_t prune(base::Ps horizon);

 private:
  std::vector<Blocked> list_;
};

// A part of an idle gap and why the unit was idle.
struct Idle {
  base::Ps until{0};
  trace::Reason reason = trace::Reason::policy;
  trace::SlotLack lack = trace::SlotLack::none;
};

class CoreJournal {
 public:
  void queue(std::uint32_t unit, bool full, base::Ps now) { queue_[unit].set(full, now); }
  void open_groups(bool at_limit, base::Ps now) { open_.set(at_limit, now); }
  // After every change of a region that can alter whether it has a victim.
  void region(std::uint32_t operand, const OperandRegion&, base::Ps now);

  struct Question {
    std::uint32_t unit = 0;  // 0 array, 1 vector unit
    bool new_group = true;   // needs an output slot
    BlockId operand[2] = {kNoId, kNoId};
  };
  // Reasons of [from, to) in which the tile was ready: a Dispatch illegal, the schedulers busy, or the policy.
  void explain(const Question&, const OperandRegion* regions, const BlockedTimes& schedulers, base::Ps from,
               base::Ps to, std::vector<Idle>& out) const;
  void prune(base::Ps horizon);
  [[nodiscard]] std::size_t size() const;

 private:
  BlockedTimes queue_[2], open_, region_[2];
  BlockedTimes held_back_[2];         // slots without reference, but all keep weights
  std::vector<BlockId> contents_[2];  // of each interval of region_: what its slots held
};

}  // namespace tessera::scheduler
