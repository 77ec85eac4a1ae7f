#include "scheduler/dispatch/journal.h"

#include <algorithm>
#include <array>

namespace tessera::scheduler {

using base::Ps;
using trace::Reason;
using trace::SlotLack;

bool BlockedTimes::set(bool now_blocked, Ps now) {
  if (now_blocked == blocked()) return false;
  if (now_blocked) {
    list_.push_back({now, base::kNever});
    return true;
  }
  list_.back().to = now;  // the caller's side tables count intervals, so one without length stays until pruned
  return false;
}

std::span<const Blocked> BlockedTimes::since(Ps from) const {
  const auto first =
      std::partition_point(list_.begin(), list_.end(), [from](const Blocked& b) { return b.to <= from; });
  return std::span<const Blocked>(list_).subspan(static_cast<std::size_t>(first - list_.begin()));
}

std::size_t BlockedTimes::prune(Ps horizon) {
  const std::size_t keep = since(horizon).size();
  const std::size_t gone = list_.size() - keep;
  list_.erase(list_.begin(), list_.begin() + static_cast<std::ptrdiff_t>(gone));
  return gone;
}

void CoreJournal::region(std::uint32_t operand, const OperandRegion& region, Ps now) {
  held_back_[operand].set(region.holds_back(), now);
  if (!region_[operand].set(region.evictable() == 0, now)) return;
  for (std::uint32_t s = 0; s < region.size(); ++s) contents_[operand].push_back(region[s].block);
}

namespace {

struct Source {
  std::span<const Blocked> times;
  Reason reason;
  SlotLack lack;
};

}  // namespace

void CoreJournal::explain(const Question& question, const OperandRegion* regions, const BlockedTimes& schedulers,
                          Ps from, Ps to, std::vector<Idle>& out) const {
  std::vector<Blocked> slots[2];
  for (std::uint32_t o = 0; o < 2; ++o) {
    if (question.operand[o] == kNoId) continue;
    for (const Blocked& b : region_[o].since(from)) {
      if (b.from >= to) break;
      const std::size_t n = regions[o].size();
      const auto held = std::span<const BlockId>(contents_[o]).subspan(region_[o].index(b) * n, n);
      const bool hit =
          std::any_of(held.begin(), held.end(), [&](BlockId h) { return regions[o].serves(h, question.operand[o]); });
      if (!hit) slots[o].push_back(b);
    }
  }
  const auto held_back = [&](std::uint32_t o) {
    const bool waits = question.operand[o] != kNoId && regions[o].find(question.operand[o]) == kNoSlot;
    return waits ? held_back_[o].since(from) : std::span<const Blocked>{};
  };
  std::array<Source, 7> sources{{{slots[0], Reason::operand_slot, SlotLack::slot},
                                 {slots[1], Reason::operand_slot, SlotLack::slot},
                                 {held_back(0), Reason::operand_slot, SlotLack::slot},
                                 {held_back(1), Reason::operand_slot, SlotLack::slot},
                                 {queue_[question.unit].since(from), Reason::operand_slot, SlotLack::queue},
                                 {{}, Reason::operand_slot, SlotLack::open_groups},
                                 {schedulers.since(from), Reason::scheduler, SlotLack::none}}};
  if (question.new_group) sources[5].times = open_.since(from);
  for (Ps at = from; at < to;) {
    Idle piece{to, Reason::policy, SlotLack::none};
    bool found = false;
    for (Source& s : sources) {
      while (!s.times.empty() && s.times.front().to <= at) s.times = s.times.subspan(1);
      if (s.times.empty()) continue;
      const Blocked& b = s.times.front();
      if (b.from > at) {
        piece.until = std::min(piece.until, b.from);  // a stronger reason, or another, begins there
      } else if (!found) {
        piece = {std::min(piece.until, b.to), s.reason, s.lack};
        found = true;
      }
    }
    at = piece.until;
    if (!out.empty() && out.back().reason == piece.reason && out.back().lack == piece.lack) out.back().until = at;
    else out.push_back(piece);
  }
}

void CoreJournal::prune(Ps horizon) {
  for (auto& q : queue_) q.prune(horizon);
  open_.prune(horizon);
  for (auto& h : held_back_) h.prune(horizon);
  for (std::uint32_t o = 0; o < 2; ++o) {
    const std::size_t before = region_[o].size();
    if (before == 0) continue;
    const std::size_t stride = contents_[o].size() / before;
    const std::size_t gone = region_[o].prune(horizon);
    contents_[o].erase(contents_[o].begin(), contents_[o].begin() + static_cast<std::ptrdiff_t>(gone * stride));
  }
}

std::size_t CoreJournal::size() const {
  return queue_[0].size() + queue_[1].size() + open_.size() + region_[0].size() + region_[1].size() +
         held_back_[0].size() + held_back_[1].size();
}

}  // namespace tessera::scheduler
