#include "scheduler/planning/mixture.h"

#include <algorithm>

namespace tessera::scheduler {

using base::Ps;

Mixture::Mixture(const PlanCosts& costs, Player& player, std::span<const Order> orders, std::uint32_t window)
    : player_(player), model_(costs), window_(window), plays_(orders.size()) {
  for (std::size_t i = 0; i < orders.size(); ++i) plays_[i].order = orders[i];
}

void Mixture::plan(Ps limit) {
  choices_.reserve(model_.tiles_left());
  while (model_.tiles_left() != 0) {
    play_window(std::min(window_, model_.tiles_left()));
    if (weighed_.empty()) return;
    model_.go_to(weighed_.front()->there);
    choices_.insert(choices_.end(), weighed_.front()->plan.begin(), weighed_.front()->plan.end());
    if (model_.now() > limit) return;
  }
  if (model_.groups_left() == 0) makespan_ = model_.now();
}

// Leaves the best at the front.
void Mixture::play_window(std::uint32_t whole) {
  const std::uint32_t from = model_.dispatched();
  weighed_.clear();
  for (Play& p : plays_) {
    model_.mark();
    p.needed = Ps{0};
    player_.play(model_, p, from + std::min((whole + 1) / 2, kStep));
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

void Mixture::look_further(std::uint32_t until) {
  for (Play* p : weighed_) {
    model_.go_to(p->there);
    model_.mark();
    further_.order = p->order;
    further_.needed = p->needed;
    player_.play(model_, further_, until);
    p->lost = further_.lost;
    model_.rewind(further_.there);
    model_.go_back(p->there);
  }
  std::ranges::stable_sort(weighed_, {}, &Play::lost);
}

}  // namespace tessera::scheduler
