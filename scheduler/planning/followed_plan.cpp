#include "scheduler/planning/followed_plan.h"

#include <algorithm>
#include <bit>

namespace tessera::scheduler {

using base::Ps;

FollowedPlan::FollowedPlan(const MachineModel& start, bool prefetch)
    : start_(start), costs_(start.costs()), prefetches_(prefetch), cores_(costs_.cores),
      core_of_(costs_.graph->groups.size(), 0) {}

void FollowedPlan::deal(std::span<const PlanChoice> plan) {
  plan_ = plan;
  std::ranges::fill(cores_, Mine{});
  for (const PlanChoice& c : plan) {
    ++cores_[c.core].end;
    core_of_[costs_.tiles[c.tile].group] = c.core;
  }
  std::uint32_t sum = 0;
  for (Mine& m : cores_) {
    m.begin = m.head = sum;
    sum += m.end;
    m.end = m.begin;
  }
  places_.resize(plan.size());
  for (std::uint32_t i = 0; i < plan.size(); ++i) places_[cores_[plan[i].core].end++] = i;
  dispatched_.assign(plan.size(), false);
  fetching_.assign((costs_.cores + 63) / 64, 0);
}

Ps FollowedPlan::makespan(std::span<const PlanChoice> plan, Ps limit) {
  deal(plan);
  MachineModel model = start_;
  model.wake_at(core_of_);
  while (model.advance()) {
    if (model.now() > limit) return base::kNever;
    while (model.may_decide() && (dispatch(model) || (prefetches_ && prefetch(model)))) {
    }
  }
  return model.groups_left() == 0 ? model.now() : base::kNever;
}

bool FollowedPlan::dispatch(MachineModel& model) {
  std::uint32_t first = kNoId;
  for (std::uint32_t c = model.next_awake(0); c != kNoId; c = model.next_awake(c + 1)) {
    const std::uint32_t place = next_of(model, c, first);
    if (place == kNoId) model.sleep(c);
    else if (place < first) first = place;
  }
  if (first == kNoId) return false;
  const PlanChoice& c = plan_[first];
  model.dispatch(c.tile, c.core);
  dispatched_[first] = true;
  Mine& mine = cores_[c.core];
  while (mine.head < mine.end && dispatched_[places_[mine.head]]) ++mine.head;
  fetching_[c.core / 64] |= std::uint64_t{1} << c.core % 64;
  return true;
}

// The place of the core's tile that goes next; kNoId: none may. No need to look beyond `before`.
std::uint32_t FollowedPlan::next_of(const MachineModel& model, std::uint32_t core, std::uint32_t before) {
  const Mine& mine = cores_[core];
  int left = kPassedOver;
  for (std::uint32_t i = mine.head; i < mine.end && left > 0; ++i) {
    const std::uint32_t place = places_[i];
    if (dispatched_[place]) continue;
    if (place > before) return before;
    --left;
    const TileId t = plan_[place].tile;
    const PlanTile& tile = costs_.tiles[t];
    if (tile.first ? !model.ready().contains(tile.group)
                   : std::ranges::find(model.continuations(core), t) == model.continuations(core).end())
      continue;
    if (model.legal(t, core)) return place;
  }
  return kNoId;
}

bool FollowedPlan::prefetch(MachineModel& model) {
  model.take_stirred(fetching_);
  for (std::size_t w = 0; w < fetching_.size(); ++w) {
    while (fetching_[w] != 0) {
      const auto bit = static_cast<std::uint32_t>(std::countr_zero(fetching_[w]));
      if (prefetch_at(model, static_cast<std::uint32_t>(w * 64) + bit)) return true;
      fetching_[w] &= fetching_[w] - 1;
    }
  }
  return false;
}

bool FollowedPlan::prefetch_at(MachineModel& model, std::uint32_t core) const {
  const Mine& mine = cores_[core];
  // No more distinct blocks than there are slots; of several, one stays for what runs.
  std::int64_t room = std::max<std::int64_t>(1, std::int64_t{costs_.slots[1]} - 1);
  BlockId last = kNoId;
  int left = kPrefetched;
  for (std::uint32_t i = mine.head; i < mine.end && left > 0 && room > 0; ++i, --left) {
    if (dispatched_[places_[i]]) continue;
    const BlockId b = costs_.tiles[plan_[places_[i]].tile].block[1];
    if (b == kNoId || b == last || !costs_.blocks[b].constant) continue;
    last = b;
    --room;
    if (model.prefetch(b, 1, core)) return true;
    if (!model.holds(core, 1, b)) return false;
  }
  return false;
}

}  // namespace tessera::scheduler
