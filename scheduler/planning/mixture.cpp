#include "scheduler/planning/mixture.h"

#include <algorithm>

namespace tessera::scheduler {

using base::Ps;

Mixture::Mixture(const MachineModel& start, Player& player, std::span<const Order> orders, std::uint32_t window)
    : player_(player), model_(start), window_(window), orders_(orders.size()) {
  for (std::size_t i = 0; i < orders.size(); ++i) orders_[i].play.order = orders_[i].further.order = orders[i];
}

void Mixture::plan(Ps limit) {
  choices_.reserve(model_.tiles_left());
  while (model_.tiles_left() != 0) {
    play_window(std::min(window_, model_.tiles_left()));
    if (weighed_.empty()) return;
    planned_ = weighed_.front();
    Play& first = weighed_.front()->play;
    model_.go_to(first.there);
    choices_.insert(choices_.end(), first.plan.begin(), first.plan.end());
    if (model_.now() > limit) return;
  }
  if (model_.groups_left() == 0) makespan_ = model_.now();
}

// Leaves the best at the front.
void Mixture::play_window(std::uint32_t whole) {
  const std::uint32_t from = model_.dispatched();
  weighed_.clear();
  for (Choice& c : orders_) {
    play(c, from + std::min((whole + 1) / 2, kStep));
    if (!c.play.plan.empty()) weighed_.push_back(&c);
  }
  const auto lost = [](const Choice* c) { return c->play.lost; };
  std::ranges::stable_sort(weighed_, {}, lost);
  // Of orders that did the same one goes on: what is decided is the same.
  std::size_t kept = 0;
  for (std::size_t i = 0; i < weighed_.size() && kept < kGoOn; ++i) {
    const auto same = [&](const Choice* c) { return c->play.plan == weighed_[i]->play.plan; };
    if (std::none_of(weighed_.begin(), weighed_.begin() + static_cast<std::ptrdiff_t>(kept), same))
      weighed_[kept++] = weighed_[i];
  }
  weighed_.resize(kept);
  if (kept < 2 || whole < 2) return;
  look_further(from + whole);
  std::ranges::stable_sort(weighed_, {}, [](const Choice* c) { return c->further.lost; });
}

void Mixture::play(Choice& c, std::uint32_t until) {
  if (planned_ == &c && c.from == model_.dispatched() && c.until == until) {
    // What its tiles need was taken off together with what those before them need.
    c.further.lost += c.play.needed;
    c.further.needed -= c.play.needed;
    std::swap(c.play, c.further);
  } else {
    c.play.needed = Ps{0};
    model_.mark();
    player_.play(model_, c.play, until);
    model_.rewind(c.play.there);
  }
  c.until = 0;
}

void Mixture::look_further(std::uint32_t until) {
  for (Choice* c : weighed_) {
    model_.go_to(c->play.there);
    model_.mark();
    c->from = model_.dispatched();
    c->until = until;
    c->further.needed = c->play.needed;
    player_.play(model_, c->further, until);
    model_.rewind(c->further.there);
    model_.go_back(c->play.there);
  }
}

}  // namespace tessera::scheduler
