// What issuing a command changes: banks, lists, statistics. When and which is decided in ready_channel.cpp.
#include "arch/dram/ready_channel.h"

namespace tessera::arch {

void ReadyChannel::issue(const Candidate& candidate, DramCycle now, std::vector<BurstAnswer>& answers) {
  const auto i = candidate.entry;
  auto& entry = at(i);
  const auto b = entry.request.bank;
  auto& bank = banks_[static_cast<std::size_t>(b)];
  switch (candidate.command) {
    case DramCommand::read:
    case DramCommand::write: return issue_data(candidate, now, answers);
    case DramCommand::activate_2: return finish_opening(now);
    case DramCommand::precharge:
      count_row(entry);
      record(now, candidate.command, bank.unit, b, -1);
      ++statistics_.precharges;
      timing_.issue(candidate.command, b, now);
      set_row(b, kClosed);
      return command_done(b);
    default: break;
  }
  count_row(entry);
  record(now, DramCommand::activate, bank.unit, b, entry.request.row);
  ++statistics_.activates;
  timing_.issue(DramCommand::activate, b, now);
  unlink(i);
  if (standard_.timings.activate_2_within > 0) {
    set_row(b, kOpening);
    opening_ = i;
    opening_deadline_ = now + standard_.timings.activate_2_within;
  } else {
    set_row(b, entry.request.row);
    active_.push_back(i);
    ++bank.active;
    ++active_in_unit_[static_cast<std::size_t>(bank.unit)];
  }
  held_open_ |= std::uint64_t{1} << b;
  command_done(b);
}

void ReadyChannel::finish_opening(DramCycle now) {
  const auto& request = at(opening_).request;
  auto& bank = banks_[static_cast<std::size_t>(request.bank)];
  record(now, DramCommand::activate_2, bank.unit, request.bank, request.row);
  set_row(request.bank, request.row);
  active_.push_back(opening_);
  ++bank.active;
  ++active_in_unit_[static_cast<std::size_t>(bank.unit)];
  opening_ = kNone;
  command_done(request.bank);
}

void ReadyChannel::issue_data(const Candidate& candidate, DramCycle now, std::vector<BurstAnswer>& answers) {
  const auto i = candidate.entry;
  const auto request = at(i).request;
  auto& bank = banks_[static_cast<std::size_t>(request.bank)];
  const auto& t = standard_.timings;
  if (t.sync_postamble >= 0 && synced_ == kNone && now >= clock_running_until_) {
    // Two slots in a row, sync and data: not if that would miss the second half of an activate.
    if (opening_ != kNone && opening_deadline_ <= now + 1) return finish_opening(now);
    record(now, DramCommand::sync, bank.unit, request.bank, -1);
    synced_ = i;
    synced_active_ = candidate.active;
    return;
  }
  synced_ = kNone;
  const DramCycle latency = request.write ? t.write_latency : t.read_latency;
  if (t.sync_postamble >= 0) clock_running_until_ = std::max(clock_running_until_, now + latency + t.burst + t.sync_postamble);
  count_row(at(i));
  record(now, candidate.command, bank.unit, request.bank, -1);
  timing_.issue(candidate.command, request.bank, now);
  if (candidate.active) {
    std::erase(active_, i);
    if (--bank.active == 0) held_open_ &= ~(std::uint64_t{1} << request.bank);
    --active_in_unit_[static_cast<std::size_t>(bank.unit)];
  } else {
    unlink(i);
  }
  command_done(request.bank);
  // A write is done when its command goes: what follows is ordered behind it by the bank.
  answers.push_back({request.write ? now : now + t.read_latency + t.burst, at(i).accepted, request.tag, request.write});
  ++(request.write ? statistics_.writes : statistics_.reads);
  if (last_direction_ == !request.write) ++statistics_.turnarounds;
  last_direction_ = request.write;
  free_.push_back(i);
}

void ReadyChannel::issue_refresh(DramCycle now) {
  const auto unit = refreshes_due_.front();
  const auto u = static_cast<std::size_t>(unit);
  if (open_banks_[u] > 0) {
    record(now, DramCommand::precharge_all, unit, -1, -1);
    timing_.issue_in_unit(DramCommand::precharge_all, unit, now);
    statistics_.precharges += open_banks_[u];
    const auto first = unit * standard_.banks_per_unit();
    for (auto b = first; b < first + standard_.banks_per_unit(); ++b) set_row(b, kClosed);
    for (auto& kinds : best_[u]) kinds.fill({});
    return;
  }
  record(now, DramCommand::refresh, unit, -1, -1);
  timing_.issue_in_unit(DramCommand::refresh, unit, now);
  ++statistics_.refreshes;
  refreshes_due_.erase(refreshes_due_.begin());
}

void ReadyChannel::count_row(Entry& entry) {
  if (entry.counted) return;
  entry.counted = true;
  const auto row = banks_[static_cast<std::size_t>(entry.request.bank)].row;
  ++(row == entry.request.row ? statistics_.row_hits : row >= 0 ? statistics_.row_conflicts : statistics_.row_misses);
}

void ReadyChannel::unlink(std::int32_t i) {
  const auto& entry = at(i);
  const bool write = entry.request.write;
  const auto bank = entry.request.bank;
  auto& queue = queues_[write][static_cast<std::size_t>(bank)];
  (entry.previous == kNone ? queue.head : at(entry.previous).next) = entry.next;
  (entry.next == kNone ? queue.tail : at(entry.next).previous) = entry.previous;
  // The next of the same kind is younger, so it lies behind.
  const auto row = banks_[static_cast<std::size_t>(bank)].row;
  if (queue.hit == i) {
    queue.hit = entry.next;
    while (queue.hit != kNone && at(queue.hit).request.row != row) queue.hit = at(queue.hit).next;
  } else if (queue.other == i) {
    queue.other = entry.next;
    while (queue.other != kNone && at(queue.other).request.row == row) queue.other = at(queue.other).next;
  }
  mark(bank, write);
  --waiting_[write];
}

void ReadyChannel::set_row(std::int32_t b, std::int32_t row) {
  auto& bank = banks_[static_cast<std::size_t>(b)];
  open_banks_[static_cast<std::size_t>(bank.unit)] += static_cast<int>(row != kClosed) - static_cast<int>(bank.row != kClosed);
  bank.row = row;
  const auto bit = std::uint64_t{1} << b;
  closed_ = row == kClosed ? closed_ | bit : closed_ & ~bit;
  for (const bool writes : {false, true}) find_candidates(b, writes);
}

void ReadyChannel::find_candidates(std::int32_t bank, bool writes) {
  auto& queue = queues_[writes][static_cast<std::size_t>(bank)];
  queue.hit = queue.other = kNone;
  const auto row = banks_[static_cast<std::size_t>(bank)].row;
  for (auto i = queue.head; i != kNone && (queue.hit == kNone || queue.other == kNone); i = at(i).next) {
    auto& candidate = at(i).request.row == row ? queue.hit : queue.other;
    if (candidate == kNone) candidate = i;
  }
  mark(bank, writes);
}

void ReadyChannel::mark(std::int32_t bank, bool writes) {
  const auto& queue = queues_[writes][static_cast<std::size_t>(bank)];
  const auto bit = std::uint64_t{1} << bank;
  with_hit_[writes] = queue.hit == kNone ? with_hit_[writes] & ~bit : with_hit_[writes] | bit;
  with_other_[writes] = queue.other == kNone ? with_other_[writes] & ~bit : with_other_[writes] | bit;
}

void ReadyChannel::record(DramCycle now, DramCommand command, std::int32_t unit, std::int32_t bank, std::int32_t row) {
  if (log_ != nullptr) log_->push_back({now, command, unit, bank, row});
}

}  // namespace tessera::arch
