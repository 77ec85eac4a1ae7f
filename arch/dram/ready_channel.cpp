#include "arch/dram/ready_channel.h"

#include <bit>
#include <cassert>

namespace tessera::arch {

ReadyChannel::ReadyChannel(const DramStandard& standard, const ChannelOptions& options)
    : standard_(standard),
      options_(options),
      timing_(standard),
      limit_{options.read_queue, options.write_queue},
      closed_(~std::uint64_t{0}),
      banks_(static_cast<std::size_t>(standard.banks())),
      best_(static_cast<std::size_t>(standard.units)),
      open_banks_(static_cast<std::size_t>(standard.units)),
      active_in_unit_(static_cast<std::size_t>(standard.units)),
      next_refresh_(options.refresh ? standard.timings.refresh_interval + options.refresh_offset : kNeverCycle) {
  assert(standard.banks() <= kMaxBanksPerChannel);
  const auto capacity = options.read_queue + options.write_queue + standard.banks();
  entries_.resize(static_cast<std::size_t>(capacity));
  for (std::int32_t i = capacity; i-- > 0;) free_.push_back(i);
  for (auto& queue : queues_) queue.resize(banks_.size());
  for (std::size_t b = 0; b < banks_.size(); ++b) banks_[b].unit = static_cast<std::int32_t>(b) / standard.banks_per_unit();
  active_.reserve(banks_.size());
}

bool ReadyChannel::forward(const BurstRequest& request) const {
  for (auto i = queues_[1][static_cast<std::size_t>(request.bank)].head; i != kNone; i = at(i).next) {
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
  plan_.valid = false;
  const auto i = free_.back();
  free_.pop_back();
  auto& entry = at(i);
  entry = {request, now_, accepted_++, kNone, kNone, false};
  auto& queue = queues_[request.write][static_cast<std::size_t>(request.bank)];
  entry.previous = queue.tail;
  (queue.tail == kNone ? queue.head : at(queue.tail).next) = i;
  queue.tail = i;
  auto& candidate = request.row == banks_[static_cast<std::size_t>(request.bank)].row ? queue.hit : queue.other;
  ++waiting_[request.write];
  if (candidate != kNone) return;
  candidate = i;
  mark(request.bank, request.write);
  for (const auto kind : kKinds) offer(request.bank, request.write, kind);
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
    plan_.column = {from, 0, synced_, command, synced_active_};
    return;
  }
  const bool urgent = opening_ != kNone && opening_deadline_ <= from;
  if (!urgent) {
    plan_.column = best_active(from);
    if (refreshes_due_.empty() && (plan_.column.cycle > from || standard_.dual_command_bus)) {
      plan_.mode_decided = true;
      plan_.writes = drain_mode();
      auto column = best_data(plan_.writes, from);
      auto row = best_row(plan_.writes, from);
      if (!standard_.dual_command_bus) {  // one bus: only the better of the two exists
        const bool data_first = column.cycle < row.cycle || (column.cycle == row.cycle && column.order < row.order);
        (data_first ? row : column) = {};
      }
      if (column.cycle < plan_.column.cycle) plan_.column = column;
      plan_.row = row;
    }
    plan_.refresh_command = !refreshes_due_.empty() && refresh_ready(from) != kNeverCycle;
  }
  if (opening_ != kNone && std::min(plan_.column.cycle, plan_.row.cycle) > from &&
      !(plan_.refresh_command && refresh_ready(from) == from)) {
    plan_.row = {from, 0, opening_, DramCommand::activate_2, false};
  }
}

ReadyChannel::Candidate ReadyChannel::best_active(DramCycle from) const {
  Candidate best;
  for (const auto i : active_) {
    const auto& entry = at(i);
    const auto command = entry.request.write ? DramCommand::write : DramCommand::read;
    const DramCycle cycle = std::max(from, timing_.earliest(command, entry.request.bank));
    if (cycle < best.cycle || (cycle == best.cycle && entry.accepted < at(best.entry).accepted)) {
      best = {cycle, 0, i, command, true};
    }
  }
  return best;
}

void ReadyChannel::take_best(bool writes, Kind kind, std::int32_t unit, DramCycle from, Candidate& best) {
  if ((candidates(writes, kind) & banks_of(unit)) == 0) return;
  const auto& found = best_of(writes, kind, unit, from);
  if (found.cycle > best.cycle || (found.cycle == best.cycle && found.order > best.order)) return;
  const auto& queue = queues_[writes][static_cast<std::size_t>(found.bank)];
  best = {found.cycle, found.order, kind == kData ? queue.hit : queue.other, command_of(kind, writes), false};
}

ReadyChannel::Candidate ReadyChannel::best_data(bool writes, DramCycle from) {
  Candidate best;
  if (with_hit_[writes] == 0) return best;
  for (std::int32_t unit = 0; unit < standard_.units; ++unit) take_best(writes, kData, unit, from, best);
  return best;
}

ReadyChannel::Candidate ReadyChannel::best_row(bool writes, DramCycle from) {
  Candidate best;
  if (with_other_[writes] == 0) return best;
  for (std::int32_t unit = 0; unit < standard_.units; ++unit) {
    if (opening_ == kNone) take_best(writes, kActivate, unit, from, best);
    take_best(writes, kPrecharge, unit, from, best);
  }
  return best;
}

const ReadyChannel::Best& ReadyChannel::best_of(bool writes, Kind kind, std::int32_t unit, DramCycle from) {
  auto& best = best_[static_cast<std::size_t>(unit)][writes][kind];
  const auto command = command_of(kind, writes);
  const DramCycle floor = std::max(from, timing_.earliest_in_unit(command, unit));
  if (best.valid && floor < best.rival) {
    best.floor = floor;
    best.cycle = std::max(best.cycle, floor);
    return best;
  }
  best = {true, floor, kNeverCycle, kNeverCycle, 0, kNone};
  for (auto left = candidates(writes, kind) & banks_of(unit); left != 0; left &= left - 1) {
    const auto b = std::countr_zero(left);
    const auto& queue = queues_[writes][static_cast<std::size_t>(b)];
    best.consider(b, timing_.earliest_in_bank(command, b), at(kind == kData ? queue.hit : queue.other).order);
  }
  return best;
}

// The bank may have a new candidate of this kind.
void ReadyChannel::offer(std::int32_t b, bool writes, Kind kind) {
  auto& best = best_[static_cast<std::size_t>(banks_[static_cast<std::size_t>(b)].unit)][writes][kind];
  if (!best.valid || (candidates(writes, kind) >> b & 1) == 0) return;
  const auto& queue = queues_[writes][static_cast<std::size_t>(b)];
  best.consider(b, timing_.earliest_in_bank(command_of(kind, writes), b), at(kind == kData ? queue.hit : queue.other).order);
}

// A command to the bank has delayed it and its group, and may have changed what its bursts want. Times only grow, so
// what was best elsewhere still is, unless this bank now has something better.
void ReadyChannel::command_done(std::int32_t b) {
  auto& unit = best_[static_cast<std::size_t>(banks_[static_cast<std::size_t>(b)].unit)];
  for (const bool writes : {false, true}) {
    const bool wanted = ((with_hit_[writes] | with_other_[writes]) >> b & 1) != 0;
    for (const auto kind : kKinds) {
      auto& best = unit[writes][kind];
      if (best.bank != kNone && timing_.same_group(best.bank, b)) best.valid = false;
      if (wanted) offer(b, writes, kind);
    }
  }
}

DramCycle ReadyChannel::refresh_ready(DramCycle from) const {
  const auto unit = refreshes_due_.front();
  const auto u = static_cast<std::size_t>(unit);
  if (active_in_unit_[u] > 0) return kNeverCycle;
  if (opening_ != kNone && banks_[static_cast<std::size_t>(at(opening_).request.bank)].unit == unit) return kNeverCycle;
  const auto command = open_banks_[u] > 0 ? DramCommand::precharge_all : DramCommand::refresh;
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
    plan_.row = best_row(writes, now);
  }
  if (plan_.row.cycle == now) {
    issue(plan_.row, now, answers);
  } else if (refresh) {
    issue_refresh(now);
  }
}

}  // namespace tessera::arch
