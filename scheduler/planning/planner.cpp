#include "scheduler/planning/planner.h"

#include <algorithm>
#include <iterator>

namespace tessera::scheduler {

using base::Ps;

Planner::Planner(const TileGraph& graph, const arch::NpuSpec& npu, const arch::MachineLimits& limits,
                 const ScheduleSpec& schedule, std::span<const Order> orders, std::uint32_t window, bool prefetch)
    : costs_(graph, npu, limits, schedule), start_(costs_), player_(start_, orders), followed_(start_, prefetch),
      window_(window) {
  if (orders.size() == 1 || window >= kMixing) play_alone(orders);
  else std::ranges::copy_if(orders, std::back_inserter(mixed_), [](Order o) { return !goes_alone(o); });
  if (orders.size() > 1) mix();
}

// --- orders alone ---

void Planner::play_alone(std::span<const Order> orders) {
  MachineModel model = start_;
  const std::uint32_t tiles = model.tiles_left(), quarter = tiles < kShort ? tiles : tiles / 4;
  std::vector<Play> plays(orders.size());
  for (std::size_t i = 0; i < orders.size(); ++i) {
    plays[i].order = orders[i];
    model.mark();
    player_.play(model, plays[i], quarter);
    if (quarter == tiles) plays[i].lost = model.groups_left() == 0 ? model.now() : base::kNever;
    model.rewind(plays[i].there);
  }
  if (quarter != tiles) {
    reject_lone(plays);
    for (Play& p : plays) play_on(model, p);
  }
  std::ranges::stable_sort(plays, {}, &Play::lost);
  const auto best = std::ranges::find_if(plays, [](const Play& p) { return !goes_alone(p.order); });
  const auto lone = std::ranges::find_if(plays, [](const Play& p) { return goes_alone(p.order); });
  const Ps mixable = best == plays.end() ? base::kNever : best->lost;
  for (const Play& p : plays)
    if (!goes_alone(p.order) && p.lost - mixable <= Ps{mixable.count() / kMuch}) mixed_.push_back(p.order);
  const bool clearly =
      lone != plays.end() && (best == plays.end() || lone->lost < mixable - Ps{mixable.count() / kClearly});
  Play& taken = clearly ? *lone : *best;
  plan_.swap(taken.plan);
  makespan_ = taken.lost;
}

// After a quarter: orders that go alone, if they are not clearly before the others.
void Planner::reject_lone(std::vector<Play>& plays) {
  const Play* best = nullptr;
  for (const Play& p : plays)
    if (!goes_alone(p.order) && (best == nullptr || p.lost < best->lost)) best = &p;
  if (best == nullptr) return;
  const Ps least = best->lost - Ps{best->reached.count() / kClearly};
  std::erase_if(plays, [&](const Play& p) { return goes_alone(p.order) && p.lost > least; });
}

// From where the play was left to the end of the run.
void Planner::play_on(MachineModel& model, Play& p) {
  Play rest;
  rest.order = p.order;
  model.go_to(p.there);
  model.mark();
  player_.play(model, rest, model.dispatched() + model.tiles_left());
  p.lost = model.groups_left() == 0 ? model.now() : base::kNever;
  model.rewind(rest.there);
  model.go_back(p.there);
  p.plan.insert(p.plan.end(), rest.plan.begin(), rest.plan.end());
}

// --- mixtures ---

// The narrow ones first: of plans that are expected to end together theirs stays.
void Planner::mix() {
  if (!plan_.empty()) expected_ = followed_.makespan(plan_, base::kNever);
  const Ps alone = makespan_;
  for (std::uint32_t w = window_ < kMixing ? 1 : kMixing;; w = std::min(window_, w * kWider)) {
    Mixture mixture(start_, player_, mixed_, w);
    mixture.plan(alone);
    if (mixture.makespan() != base::kNever) weigh(mixture, w > kWide ? kTold : 0);
    if (w == window_) return;
  }
}

void Planner::weigh(Mixture& mixture, std::int64_t margin) {
  const Ps limit = plan_.empty() || margin == 0 ? expected_ : expected_ - Ps{expected_.count() / margin};
  const Ps end = followed_.makespan(mixture.choices(), limit);
  if (!plan_.empty() && (end == base::kNever || end == expected_)) return;
  plan_.swap(mixture.choices());
  makespan_ = mixture.makespan();
  expected_ = end;
}

std::span<const PlanChoice> Planner::next() {
  const std::size_t from = given_;
  given_ = std::min(plan_.size(), from + window_);
  return std::span(plan_).subspan(from, given_ - from);
}

}  // namespace tessera::scheduler
