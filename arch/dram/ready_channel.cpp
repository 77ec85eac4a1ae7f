#include "arch/dram/ready_channel.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "arch/dram/idle_refreshes.h"

namespace tessera::arch {

ReadyChannel::ReadyChannel(const DramStandard& standard, const ChannelOptions& options)
    : standard_(standard), options_(options), timing_(standard), limit_{options.read_queue, options.write_queue},
      next_refresh_(options.refresh ? standard.timings.refresh_interval + options.refresh_offset : kNeverCycle),
      wake_(next_refresh_) {
  assert(standard.banks() <= kMaxBanksPerChannel);
  assert(!standard.dual_command_bus ||
         (standard.timings.activate_2_within == 0 && standard.timings.sync_postamble < 0));
  const auto capacity = options.read_queue + options.write_queue + standard.banks();
  assert(capacity <= std::numeric_limits<Index>::max());
  entries_.resize(static_cast<std::size_t>(capacity));
  for (std::int32_t i = capacity; i-- > 0;) free_.push_back(static_cast<Index>(i));
  for (std::size_t b = 0; b < banks_.size(); ++b) {
    banks_[b].unit = static_cast<std::uint8_t>(static_cast<std::int32_t>(b) / standard.banks_per_unit());
  }
  active_.reserve(static_cast<std::size_t>(standard.banks()));
}

bool ReadyChannel::forward(const BurstRequest& request) const {
  for (auto i = bank_at(request.bank).queues[1].head; i != kNone; i = at(i).next) {
    if (at(i).burst == request.burst) return true;
  }
  return false;
}

void ReadyChannel::accept(const BurstRequest& request, DramCycle now, std::vector<BurstAnswer>& answers) {
  if (now > now_) run(now, answers);
  if (!request.write && waiting_[1] > 0 && forward(request)) {
    ++statistics_.forwarded;
    answers.push_back({now_ + 1, now_, request.tag, false, BurstData::forwarded});
    return;
  }
  assert(can_accept(request.write));
  settle_direction(now_);
  const auto i = free_.back();
  free_.pop_back();
  const auto b = static_cast<std::uint8_t>(request.bank);
  auto& bank = banks_[b];
  auto& queue = bank.queues[request.write];
  at(i) = {request.burst, now_, accepted_++, request.tag, request.row, kNone, queue.tail, b, request.write, false};
  (queue.tail == kNone ? queue.head : at(queue.tail).next) = i;
  queue.tail = i;
  ++waiting_[request.write];
  ++open_bursts_;
  queues_changed();
  const bool hit = request.row == bank.row;
  auto& candidate = hit ? queue.hit : queue.other;
  if (candidate != kNone) return;
  candidate = i;
  if (!hit && bank.held_open) return;
  const Kind kind = hit ? kData : bank.row == kClosed ? kActivate : kPrecharge;
  list(b, request.write, kind, i);
  if (request.write == next_writes_)
    wake_ = std::min(wake_, std::max(now_ + 1, timing_.earliest(command_of(kind, request.write), b)));
}

// Without work nothing is done: the refreshes of an idle channel are caught up when the next burst comes, so that
// their number does not depend on how far somebody looked ahead. Nearly all time is spent here: as one piece of code a
// visit takes a twentieth less (measured on HBM2).
[[gnu::flatten]] void ReadyChannel::advance(DramCycle until, std::vector<BurstAnswer>& answers) {
  while (wake_ <= until && !idle()) visit(wake_, answers);
  if (!idle()) now_ = std::max(now_, until);
}

void ReadyChannel::idle_until(DramCycle now) {
  std::vector<BurstAnswer> none;
  if (idle()) run(now, none);
}

void ReadyChannel::run(DramCycle until, std::vector<BurstAnswer>& answers) {
  IdleRefreshes idle_refreshes(standard_);
  while (wake_ <= until) {
    if (wake_ == next_refresh_) {
      statistics_.refreshes += idle_refreshes.skip(at_rest(), next_refresh_, until);
      wake_ = next_refresh_;
    }
    visit(wake_, answers);
  }
  now_ = std::max(now_, until);
}

bool ReadyChannel::at_rest() const {
  if (log_ != nullptr || !idle() || !refreshes_due_.empty()) return false;
  for (std::int32_t u = 0; u < standard_.units; ++u) {
    if (units_[static_cast<std::size_t>(u)].open_banks > 0) return false;
  }
  return can_refresh_all(timing_, standard_, next_refresh_);
}

void ReadyChannel::turn(bool writes) {
  next_writes_ = writes;
  soon_.fill(0);
  wake_ = std::min(wake_, now_ + 1);
}

void ReadyChannel::visit(DramCycle now, std::vector<BurstAnswer>& answers) {
  settle_direction(now - 1);
  for (; next_refresh_ <= now; next_refresh_ += standard_.timings.refresh_interval) {
    for (std::int32_t u = 0; u < standard_.units; ++u) refreshes_due_.push_back(u);
  }
  if (standard_.dual_command_bus) {
    visit_two_buses(now, answers);
  } else {
    visit_one_bus(now, answers);
  }
  now_ = settled_ = now;
  wake_ = next_visit(now);
}

template <ReadyChannel::Kind kind>
ReadyChannel::Pick ReadyChannel::look_for_older(DramCycle now, Pick best) {
  const auto command = command_of(kind, writing_);
  for (std::int32_t u = 0; u < standard_.units; ++u) {
    auto& candidates = units_[static_cast<std::size_t>(u)].candidates[writing_][kind];
    if (candidates.not_before > now || timing_.earliest_in_unit(command, u) > now) continue;
    DramCycle soonest = kNeverCycle;
    for (auto b = candidates.first; b != kEnd;) {
      const auto& place = this->place(b, writing_, kind);
      const DramCycle ready = timing_.earliest_in_bank(command, b);
      soonest = std::min(soonest, ready);
      if (ready <= now) {
        if (best.bank == kEnd || older(place.order, best.order)) best = {place.order, b, kind};
        break;
      }
      b = place.next;
    }
    candidates.not_before = soonest;
  }
  return best;
}

void ReadyChannel::visit_one_bus(DramCycle now, std::vector<BurstAnswer>& answers) {
  if (opening_ != kNone && opening_deadline_ <= now) return finish_opening(now);
  if (synced_ != kNone) return issue_data(synced_, synced_active_, now, answers);
  if (const auto active = ready_active(now); active != kNone) return issue_data(active, true, now, answers);
  if (refreshes_due_.empty()) {
    decide_direction();
    auto pick = pick_oldest<kData>(now, {});
    if (opening_ == kNone) pick = pick_oldest<kActivate>(now, pick);
    pick = pick_oldest<kPrecharge>(now, pick);
    if (pick.bank != kEnd) return issue(pick, now, answers);
  } else if (refresh_ready() <= now) {
    return issue_refresh(now);
  }
  if (opening_ != kNone) finish_opening(now);
}

// The row bus decides after the column bus: the queues have changed, and so may the direction.
void ReadyChannel::visit_two_buses(DramCycle now, std::vector<BurstAnswer>& answers) {
  const auto active = ready_active(now);
  if (active != kNone) issue_data(active, true, now, answers);
  if (!refreshes_due_.empty()) {
    if (refresh_ready() <= now) issue_refresh(now);
    return;
  }
  decide_direction();
  if (active == kNone) {
    if (const auto data = pick_oldest<kData>(now, {}); data.bank != kEnd) {
      issue_data(banks_[data.bank].queues[writing_].hit, false, now, answers);
      decide_direction();
    }
  }
  if (const auto row = pick_oldest<kPrecharge>(now, pick_oldest<kActivate>(now, {})); row.bank != kEnd)
    issue(row, now, answers);
}

ReadyChannel::Index ReadyChannel::oldest_ready_active(DramCycle now) {
  active_not_before_ = kNeverCycle;
  for (const auto& active : active_) {
    const DramCycle ready = timing_.earliest(active.command, active.bank);
    active_not_before_ = std::min(active_not_before_, ready);
    if (ready <= now) return active.entry;
  }
  return kNone;
}

// The bound of one kind, made exact as far as units go if it has been reached.
template <ReadyChannel::Kind kind>
DramCycle ReadyChannel::soonest(DramCycle now) {
  if (soon_[kind] > now) return soon_[kind];
  const auto command = command_of(kind, next_writes_);
  DramCycle soonest = kNeverCycle;
  for (std::int32_t u = 0; u < standard_.units; ++u) {
    const auto& candidates = units_[static_cast<std::size_t>(u)].candidates[next_writes_][kind];
    soonest = std::min(soonest, std::max(candidates.not_before, timing_.earliest_in_unit(command, u)));
  }
  return soon_[kind] = soonest;
}

// When the next cycle must be visited if nothing is accepted before. Times only grow, so what is later than now stays a
// bound; new candidates have lowered it.
DramCycle ReadyChannel::next_visit(DramCycle now) {
  if (synced_ != kNone || opening_ != kNone) return now + 1;
  const DramCycle next = std::min(next_refresh_, active_not_before_);
  if (!refreshes_due_.empty()) return std::max(now + 1, std::min(next, refresh_ready()));
  return std::max(now + 1, std::min({next, soonest<kData>(now), soonest<kActivate>(now), soonest<kPrecharge>(now)}));
}

DramCycle ReadyChannel::refresh_ready() const {
  const auto unit = refreshes_due_.front();
  const auto u = static_cast<std::size_t>(unit);
  if (units_[u].active > 0) return kNeverCycle;
  if (opening_ != kNone && bank_at(at(opening_).bank).unit == unit) return kNeverCycle;
  return timing_.earliest_in_unit(units_[u].open_banks > 0 ? DramCommand::precharge_all : DramCommand::refresh, unit);
}

}  // namespace tessera::arch
