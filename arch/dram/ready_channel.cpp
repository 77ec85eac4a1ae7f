#include "arch/dram/ready_channel.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace tessera::arch {

ReadyChannel::ReadyChannel(const DramStandard& standard, const ChannelOptions& options)
    : standard_(standard),
      options_(options),
      timing_(standard),
      limit_{options.read_queue, options.write_queue},
      banks_(static_cast<std::size_t>(standard.banks())),
      units_(static_cast<std::size_t>(standard.units)),
      next_refresh_(options.refresh ? standard.timings.refresh_interval + options.refresh_offset : kNeverCycle) {
  assert(standard.banks() <= kMaxBanksPerChannel);
  const auto capacity = options.read_queue + options.write_queue + standard.banks();
  entries_.resize(static_cast<std::size_t>(capacity));
  for (std::int32_t i = capacity; i-- > 0;) free_.push_back(i);
  for (std::size_t b = 0; b < banks_.size(); ++b) banks_[b].unit = static_cast<std::int32_t>(b) / standard.banks_per_unit();
  active_.reserve(banks_.size());
}

bool ReadyChannel::forward(const BurstRequest& request) const {
  for (auto i = bank_at(request.bank).queues[1].head; i != kNone; i = at(i).next) {
    if (at(i).request.burst == request.burst) return true;
  }
  return false;
}

void ReadyChannel::accept(const BurstRequest& request, DramCycle now, std::vector<BurstAnswer>& answers) {
  if (now > now_) run(now, answers);
  if (!request.write && forward(request)) {
    ++statistics_.forwarded;
    ++statistics_.reads;
    answers.push_back({now_ + 1, now_, request.tag, false});
    return;
  }
  assert(can_accept(request.write));
  const auto i = free_.back();
  free_.pop_back();
  at(i) = {request, now_, accepted_++, kNone, kNone, false};
  auto& bank = bank_at(request.bank);
  auto& queue = bank.queues[request.write];
  at(i).previous = queue.tail;
  (queue.tail == kNone ? queue.head : at(queue.tail).next) = i;
  queue.tail = i;
  ++waiting_[request.write];
  auto& candidate = request.row == bank.row ? queue.hit : queue.other;
  const bool first_of_kind = candidate == kNone;
  if (first_of_kind) {
    candidate = i;
    mark(request.bank, request.write);
  }
  if (plan_.valid) keep_or_drop_plan(at(i), first_of_kind);
}

// A plan holds unless the new burst changes the direction, or could go before what is planned.
void ReadyChannel::keep_or_drop_plan(const Entry& entry, bool candidate) {
  if (!plan_.mode_decided) {
    plan_.valid = !refreshes_due_.empty() || plan_.cycle == plan_.from;
    return;
  }
  const auto& bank = bank_at(entry.request.bank);
  if (drain_mode() != plan_.writes) {
    plan_.valid = false;
  } else if (candidate && entry.request.write == plan_.writes) {
    const Kind kind = bank.row == entry.request.row ? kData : bank.row == kClosed ? kActivate : kPrecharge;
    const auto ready = std::max(now_ + 1, timing_.earliest(command_of(kind, plan_.writes), entry.request.bank));
    const auto& same_bus = kind == kData || !standard_.dual_command_bus ? plan_.column : plan_.row;
    const bool younger = same_bus.cycle == plan_.cycle;
    plan_.valid = ready > plan_.cycle || (ready == plan_.cycle && younger);
  }
}

DramCycle ReadyChannel::next() {
  if (idle()) return kNeverCycle;
  if (!plan_.valid) make_plan();
  return plan_.cycle;
}

// Without work nothing is done: the refreshes of an idle channel are caught up when the next burst comes, so that
// their number does not depend on how far somebody looked ahead.
void ReadyChannel::advance(DramCycle until, std::vector<BurstAnswer>& answers) {
  while (now_ < until && !idle()) {
    if (next() > until) return run(until, answers);
    run(plan_.cycle, answers);
  }
}

void ReadyChannel::idle_until(DramCycle now) {
  std::vector<BurstAnswer> none;
  if (idle()) run(now, none);
}

void ReadyChannel::run(DramCycle until, std::vector<BurstAnswer>& answers) {
  while (now_ < until) {
    if (!plan_.valid) make_plan();
    if (plan_.cycle > until) break;
    if (plan_.cycle == next_refresh_ && !plan_.refresh_command && plan_.column.cycle > plan_.cycle && plan_.row.cycle > plan_.cycle) {
      commit_mode(plan_.cycle - 1);  // a refresh falls due: decide anew with it
      now_ = plan_.cycle - 1;
      plan_.valid = false;
      continue;
    }
    if (standard_.dual_command_bus) {
      execute_dual(answers);
    } else {
      execute(answers);
    }
    now_ = plan_.cycle;
    plan_.valid = false;
  }
  if (until > now_) {
    commit_mode(until);
    now_ = until;
  }
}

// The drain decision belongs to the first cycle that the plan looked at; it holds once that cycle has passed.
void ReadyChannel::commit_mode(DramCycle passed) {
  if (plan_.valid && plan_.mode_decided && plan_.from <= passed) writing_ = plan_.writes;
}

bool ReadyChannel::drain_mode() const {
  if (writing_) return !(waiting_[1] < options_.drain_below && waiting_[0] != 0);
  return waiting_[1] > options_.drain_above || waiting_[0] == 0;
}

void ReadyChannel::make_plan() {
  const DramCycle from = now_ + 1;
  while (next_refresh_ <= from) {
    for (std::int32_t u = 0; u < standard_.units; ++u) refreshes_due_.push_back(u);
    next_refresh_ += standard_.timings.refresh_interval;
  }
  plan_ = {};
  plan_.valid = true;
  plan_.from = from;
  plan_commands(from);
  plan_.cycle = std::min(plan_.column.cycle, plan_.row.cycle);
  if (plan_.refresh_command) plan_.cycle = std::min(plan_.cycle, refresh_ready(from));
  if (next_refresh_ <= plan_.cycle) {
    // The refresh is seen before anything else of that cycle is decided.
    plan_.cycle = next_refresh_;
    plan_.column = plan_.row = {};
    plan_.refresh_command = false;
  }
}

void ReadyChannel::plan_commands(DramCycle from) {
  if (synced_ != kNone) {
    const auto command = at(synced_).request.write ? DramCommand::write : DramCommand::read;
    plan_.column = {from, synced_, command, synced_active_};
    return;
  }
  const bool urgent = opening_ != kNone && opening_deadline_ <= from;
  if (!urgent) {
    if (active_not_before_ <= from || !refreshes_due_.empty()) look_at_active(from, plan_.column);
    if (refreshes_due_.empty() && (plan_.column.cycle > from || standard_.dual_command_bus)) plan_queues(from);
    plan_.refresh_command = !refreshes_due_.empty() && refresh_ready(from) != kNeverCycle;
  }
  if (opening_ != kNone && std::min(plan_.column.cycle, plan_.row.cycle) > from &&
      !(plan_.refresh_command && refresh_ready(from) == from)) {
    plan_.row = {from, opening_, DramCommand::activate_2, false};
  }
}

// Bursts in the queues, together with those active ones that are not ready yet: of one cycle the active go first.
void ReadyChannel::plan_queues(DramCycle from) {
  plan_.mode_decided = true;
  plan_.writes = drain_mode();
  const Ticket data = first(kData, plan_.writes, from, kNoTicket);
  auto column = choice_of(kData, plan_.writes, from, data);
  if (standard_.dual_command_bus) {
    // A row command that comes later than the column's is decided later.
    const Ticket soon = data == kNoTicket ? data : data | ((Ticket{1} << kWaitShift) - 1);
    plan_.row = best_row(plan_.writes, from, soon);
  } else {
    const auto row = best_row(plan_.writes, from, data);
    (row.entry == kNone ? plan_.row : column) = {};
    plan_.row = row;
  }
  if (active_not_before_ <= std::min(column.cycle, plan_.row.cycle)) look_at_active(from, plan_.column);
  if (column.cycle < plan_.column.cycle) plan_.column = column;
}

void ReadyChannel::look_at_active(DramCycle from, Choice& best) {
  DramCycle accepted = kNeverCycle;
  active_not_before_ = kNeverCycle;
  best = {};
  for (const auto& active : active_) {
    const DramCycle cycle = std::max(from, timing_.earliest(active.command, active.bank));
    active_not_before_ = std::min(active_not_before_, cycle);
    if (cycle < best.cycle || (cycle == best.cycle && active.accepted < accepted)) {
      best = {cycle, active.entry, active.command, true};
      accepted = active.accepted;
    }
  }
}

// The least ticket of this kind, if it is less than `best`; else `best`.
ReadyChannel::Ticket ReadyChannel::first(Kind kind, bool writes, DramCycle from, Ticket best) {
  const auto command = command_of(kind, writes);
  for (std::int32_t u = 0; u < standard_.units; ++u) {
    auto& candidates = units_[static_cast<std::size_t>(u)].candidates[writes][kind];
    if (candidates.banks == 0) continue;
    const DramCycle floor = std::max({from, candidates.not_before, timing_.earliest_in_unit(command, u)});
    if (ticket(floor - from, 0, 0) > best) continue;
    Ticket least = kNoTicket;
    for (auto left = candidates.banks; left != 0; left &= left - 1) {
      const auto b = std::countr_zero(left);
      const auto& queue = bank_at(b).queues[writes];
      const auto order = kind == kData ? queue.hit_order : queue.other_order;
      least = std::min(least, ticket(std::max(floor, timing_.earliest_in_bank(command, b)) - from, order, b));
    }
    candidates.not_before = from + static_cast<DramCycle>(least >> kWaitShift);
    best = std::min(best, least);
  }
  return best;
}

ReadyChannel::Choice ReadyChannel::choice_of(Kind kind, bool writes, DramCycle from, Ticket ticket) const {
  if (ticket == kNoTicket) return {};
  const auto& queue = bank_at(static_cast<std::int32_t>(ticket & (kMaxBanksPerChannel - 1))).queues[writes];
  return {from + static_cast<DramCycle>(ticket >> kWaitShift), kind == kData ? queue.hit : queue.other, command_of(kind, writes), false};
}

// The best row command with a ticket less than `best`; none if there is none.
ReadyChannel::Choice ReadyChannel::best_row(bool writes, DramCycle from, Ticket best) {
  const Ticket activate = opening_ == kNone ? first(kActivate, writes, from, best) : best;
  const Ticket row = first(kPrecharge, writes, from, activate);
  if (row == best) return {};
  return choice_of(row == activate ? kActivate : kPrecharge, writes, from, row);
}

DramCycle ReadyChannel::refresh_ready(DramCycle from) const {
  const auto unit = refreshes_due_.front();
  const auto u = static_cast<std::size_t>(unit);
  if (units_[u].active > 0) return kNeverCycle;
  if (opening_ != kNone && bank_at(at(opening_).request.bank).unit == unit) return kNeverCycle;
  const auto command = units_[u].open_banks > 0 ? DramCommand::precharge_all : DramCommand::refresh;
  return std::max(from, timing_.earliest_in_unit(command, unit));
}

void ReadyChannel::execute(std::vector<BurstAnswer>& answers) {
  commit_mode(plan_.cycle);
  const DramCycle now = plan_.cycle;
  // An active burst's command goes before the refresh's, and that before the second half of an activate.
  if (plan_.column.cycle == now) return issue(plan_.column, now, answers);
  if (plan_.refresh_command && refresh_ready(plan_.from) == now) return issue_refresh(now);
  issue(plan_.row, now, answers);
}

void ReadyChannel::execute_dual(std::vector<BurstAnswer>& answers) {
  commit_mode(plan_.cycle);
  const DramCycle now = plan_.cycle;
  const bool refresh = plan_.refresh_command && refresh_ready(plan_.from) == now;
  if (plan_.column.cycle == now) {
    issue(plan_.column, now, answers);
    if (!plan_.mode_decided) {
      if (refresh) issue_refresh(now);
      return;
    }
    // The row bus decides after the column bus: the queues have changed, and so may the direction.
    const bool writes = drain_mode();
    if (plan_.row.cycle != now && writes == writing_) return;
    writing_ = writes;
    plan_.row = best_row(writes, now, (Ticket{1} << kWaitShift) - 1);
  }
  if (plan_.row.cycle == now) {
    issue(plan_.row, now, answers);
  } else if (refresh) {
    issue_refresh(now);
  }
}

}  // namespace tessera::arch
