#include "scheduler/planning/planner.h"

#include <algorithm>

namespace tessera::scheduler {

using base::Ps;

Planner::Planner(const TileGraph& graph, const arch::NpuSpec& npu, const arch::MachineLimits& limits,
                 const ScheduleSpec& schedule, std::span<const Order> orders, std::uint32_t window)
    : costs_(graph, npu, limits, schedule), model_(costs_), pick_(costs_, orders), window_(window),
      plays_(orders.size()) {
  for (std::size_t i = 0; i < orders.size(); ++i) plays_[i].order = orders[i];
  const std::size_t tiles = costs_.tiles.size();
  needs_.assign(tiles, Ps{0});
  for (TileId t = 0; t < tiles; ++t) {
    const PlanTile& tile = costs_.tiles[t];
    std::int64_t path = 0;
    for (const BlockId b : tile.block) {
      if (b == kNoId) continue;
      const PlanBlock& block = costs_.blocks[b];
      const std::int64_t times = std::min<std::int64_t>(block.readers, model_.ready().homes(tile.stage));
      path += block.move.share(costs_.channels).count() * times / block.readers;
    }
    if (tile.last) path += costs_.blocks[graph.groups[tile.group].output].move.share(costs_.channels).count();
    if (tile.kind == TileKind::host) path = 0;
    const std::int64_t unit = costs_.occupancy(t).count() / costs_.cores;
    needs_[t] = std::max({Ps{path}, Ps{unit}, Ps{costs_.decision.count() / costs_.schedulers}});
  }
  play_alone();
  if (plays_.size() > 1) mix();
}

Ps Planner::lost(Ps needed) const {
  if (model_.groups_left() == 0) return model_.now() - needed;
  Ps arrays{0};
  for (std::uint32_t c = 0; c < costs_.cores; ++c)
    arrays += std::max(model_.busy_until(c, 0), model_.busy_until(c, 1)) - model_.now();
  const Ps work = model_.now() + Ps{arrays.count() / costs_.cores}, path = model_.path_free();
  return std::max(work, path) + Ps{std::min(work, path).count() / 8} - needed;
}

// With the last tile the run is played to its end: nothing is left to be estimated.
bool Planner::ended(std::uint32_t until) const {
  return model_.dispatched() == until && (model_.tiles_left() != 0 || model_.groups_left() == 0);
}

void Planner::play(Play& p, std::uint32_t until) {
  p.plan.clear();
  do {
    while (model_.may_decide() && model_.dispatched() < until) {
      const auto choice = pick_.pick(model_, p.order);
      if (!choice) break;
      model_.dispatch(choice->tile, choice->core);
      p.needed += needs_[choice->tile];
      p.plan.push_back(*choice);
    }
  } while (!ended(until) && model_.advance());
  p.lost = lost(p.needed);
}

void Planner::play_alone() {
  for (Play& p : plays_) {
    model_.mark();
    play(p, model_.tiles_left());
    p.lost = model_.groups_left() == 0 ? model_.now() : base::kNever;
    model_.rewind(p.there);
  }
  std::ranges::stable_sort(plays_, {}, &Play::lost);
  plan_.swap(plays_.front().plan);
  makespan_ = plays_.front().lost;
}

void Planner::mix() {
  std::erase_if(plays_, [&](const Play& p) { return p.lost - makespan_ > Ps{makespan_.count() / kMuch}; });
  std::vector<PlanChoice> mixed;
  mixed.reserve(model_.tiles_left());
  while (model_.tiles_left() != 0) {
    play_window(std::min(window_, model_.tiles_left()));
    if (weighed_.empty()) return;
    model_.go_to(weighed_.front()->there);
    mixed.insert(mixed.end(), weighed_.front()->plan.begin(), weighed_.front()->plan.end());
    if (model_.now() > makespan_) return;
  }
  if (model_.groups_left() != 0 || model_.now() > makespan_) return;
  plan_.swap(mixed);
  makespan_ = model_.now();
}

// Leaves the best at the front.
void Planner::play_window(std::uint32_t whole) {
  const std::uint32_t from = model_.dispatched();
  weighed_.clear();
  for (Play& p : plays_) {
    model_.mark();
    p.needed = Ps{0};
    play(p, from + std::min((whole + 1) / 2, kStep));
    model_.rewind(p.there);
    if (!p.plan.empty()) weighed_.push_back(&p);
  }
  std::ranges::stable_sort(weighed_, {}, &Play::lost);
  // Of orders that did the same one goes on: what is decided is the same.
  std::size_t kept = 0;
  for (std::size_t i = 0; i < weighed_.size() && kept < kGoOn; ++i) {
    const auto same = [&](const Play* p) { return p->plan == weighed_[i]->plan; };
    if (std::none_of(weighed_.begin(), weighed_.begin() + static_cast<std::ptrdiff_t>(kept), same))
      weighed_[kept++] = weighed_[i];
  }
  weighed_.resize(kept);
  if (kept > 1 && whole > 1) look_further(from + whole);
}

void Planner::look_further(std::uint32_t until) {
  for (Play* p : weighed_) {
    model_.go_to(p->there);
    model_.mark();
    further_.order = p->order;
    further_.needed = p->needed;
    play(further_, until);
    p->lost = further_.lost;
    model_.rewind(further_.there);
    model_.go_back(p->there);
  }
  std::ranges::stable_sort(weighed_, {}, &Play::lost);
}

std::span<const PlanChoice> Planner::next() {
  const std::size_t from = given_;
  given_ = std::min(plan_.size(), from + window_);
  return std::span(plan_).subspan(from, given_ - from);
}

}  // namespace tessera::scheduler
