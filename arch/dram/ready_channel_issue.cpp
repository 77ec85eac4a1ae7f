// What issuing a command changes: banks, lists, statistics. When and which is decided in ready_channel.cpp.
#include "arch/dram/ready_channel.h"

#include <algorithm>

namespace tessera::arch {

void ReadyChannel::issue(const Pick& pick, DramCycle now, std::vector<BurstAnswer>& answers) {
  const auto& queue = bank_at(pick.bank).queues[writing_];
  switch (pick.kind) {
    case kData: return issue_data(queue.hit, false, now, answers);
    case kActivate: return issue_activate(queue.other, now);
    case kPrecharge: return issue_precharge(queue.other, now);
  }
}

void ReadyChannel::issue_precharge(std::int32_t i, DramCycle now) {
  const auto b = at(i).request.bank;
  count_row(at(i));
  record(now, DramCommand::precharge, bank_at(b).unit, b, -1);
  ++statistics_.precharges;
  timing_.issue(DramCommand::precharge, b, now);
  set_row(b, kClosed);
}

void ReadyChannel::issue_activate(std::int32_t i, DramCycle now) {
  const auto request = at(i).request;
  auto& bank = bank_at(request.bank);
  count_row(at(i));
  record(now, DramCommand::activate, bank.unit, request.bank, request.row);
  ++statistics_.activates;
  timing_.issue(DramCommand::activate, request.bank, now);
  bank.held_open = true;
  unlink(i);
  if (standard_.timings.activate_2_within > 0) {
    set_row(request.bank, kOpening);
    opening_ = i;
    opening_deadline_ = now + standard_.timings.activate_2_within;
  } else {
    set_row(request.bank, request.row);
    make_active(i);
  }
}

void ReadyChannel::finish_opening(DramCycle now) {
  const auto& request = at(opening_).request;
  record(now, DramCommand::activate_2, bank_at(request.bank).unit, request.bank, request.row);
  set_row(request.bank, request.row);
  make_active(opening_);
  opening_ = kNone;
}

void ReadyChannel::make_active(std::int32_t i) {
  const auto& entry = at(i);
  const auto b = entry.request.bank;
  const Active active{entry.accepted, i, b, entry.request.write ? DramCommand::write : DramCommand::read};
  const auto younger = [&](const Active& other) { return other.accepted > active.accepted; };
  active_.insert(std::find_if(active_.begin(), active_.end(), younger), active);
  active_not_before_ = std::min(active_not_before_, timing_.earliest_in_bank(active.command, b));
  ++unit_of(bank_at(b)).active;
}

void ReadyChannel::leave_active(std::int32_t i) {
  const auto b = at(i).request.bank;
  active_.erase(std::find_if(active_.begin(), active_.end(), [i](const Active& a) { return a.entry == i; }));
  active_not_before_ = kNeverCycle;
  for (const auto& a : active_) active_not_before_ = std::min(active_not_before_, timing_.earliest(a.command, a.bank));
  auto& bank = bank_at(b);
  --unit_of(bank).active;
  bank.held_open = false;
  for (const bool writes : {false, true}) list(b, writes, kPrecharge, bank.queues[writes].other);
}

void ReadyChannel::issue_data(std::int32_t i, bool active, DramCycle now, std::vector<BurstAnswer>& answers) {
  const auto& entry = at(i);
  const auto b = entry.request.bank;
  const bool write = entry.request.write;
  const auto command = write ? DramCommand::write : DramCommand::read;
  const auto& t = standard_.timings;
  if (t.sync_postamble >= 0 && synced_ == kNone && now >= clock_running_until_) {
    // Two slots in a row, sync and data: not if that would miss the second half of an activate.
    if (opening_ != kNone && opening_deadline_ <= now + 1) return finish_opening(now);
    record(now, DramCommand::sync, bank_at(b).unit, b, -1);
    synced_ = i;
    synced_active_ = active;
    return;
  }
  synced_ = kNone;
  const DramCycle latency = write ? t.write_latency : t.read_latency;
  if (t.sync_postamble >= 0) clock_running_until_ = std::max(clock_running_until_, now + latency + t.burst + t.sync_postamble);
  count_row(at(i));
  record(now, command, bank_at(b).unit, b, -1);
  timing_.issue(command, b, now);
  if (active) {
    leave_active(i);
  } else {
    unlink(i);
    list(b, write, kData, bank_at(b).queues[write].hit);
  }
  // A write is done when its command goes: what follows is ordered behind it by the bank.
  answers.push_back({write ? now : now + t.read_latency + t.burst, entry.accepted, entry.request.tag, write});
  ++(write ? statistics_.writes : statistics_.reads);
  if (last_direction_ == !write) ++statistics_.turnarounds;
  last_direction_ = write;
  free_.push_back(i);
}

void ReadyChannel::issue_refresh(DramCycle now) {
  const auto unit = refreshes_due_.front();
  const auto open_banks = units_[static_cast<std::size_t>(unit)].open_banks;
  if (open_banks > 0) {
    record(now, DramCommand::precharge_all, unit, -1, -1);
    timing_.issue_in_unit(DramCommand::precharge_all, unit, now);
    statistics_.precharges += open_banks;
    const auto first = unit * standard_.banks_per_unit();
    for (auto b = first; b < first + standard_.banks_per_unit(); ++b) set_row(b, kClosed);
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
  const auto row = bank_at(entry.request.bank).row;
  ++(row == entry.request.row ? statistics_.row_hits : row >= 0 ? statistics_.row_conflicts : statistics_.row_misses);
}

void ReadyChannel::unlink(std::int32_t i) {
  const auto& entry = at(i);
  const bool write = entry.request.write;
  auto& bank = bank_at(entry.request.bank);
  auto& queue = bank.queues[write];
  (entry.previous == kNone ? queue.head : at(entry.previous).next) = entry.next;
  (entry.next == kNone ? queue.tail : at(entry.next).previous) = entry.previous;
  // The next of the same kind is younger, so it lies behind.
  if (queue.hit == i) {
    queue.hit = entry.next;
    while (queue.hit != kNone && at(queue.hit).request.row != bank.row) queue.hit = at(queue.hit).next;
  } else if (queue.other == i) {
    queue.other = entry.next;
    while (queue.other != kNone && at(queue.other).request.row == bank.row) queue.other = at(queue.other).next;
  }
  --waiting_[write];
}

void ReadyChannel::set_row(std::int32_t b, std::int32_t row) {
  auto& bank = bank_at(b);
  if (bank.row == row) return;
  unit_of(bank).open_banks += static_cast<int>(row != kClosed) - static_cast<int>(bank.row != kClosed);
  bank.row = row;
  for (const bool writes : {false, true}) {
    find_candidates(bank, writes);
    const auto& queue = bank.queues[writes];
    list(b, writes, kData, queue.hit);
    list(b, writes, kActivate, row == kClosed ? queue.other : kNone);
    list(b, writes, kPrecharge, row == kClosed || bank.held_open ? kNone : queue.other);
  }
}

void ReadyChannel::find_candidates(Bank& bank, bool writes) {
  auto& queue = bank.queues[writes];
  queue.hit = queue.other = kNone;
  for (auto i = queue.head; i != kNone && (queue.hit == kNone || queue.other == kNone); i = at(i).next) {
    auto& candidate = at(i).request.row == bank.row ? queue.hit : queue.other;
    if (candidate == kNone) candidate = i;
  }
}

// Makes the entry the bank's candidate of this kind; kNone: it has none.
void ReadyChannel::list(std::int32_t b, bool writes, Kind kind, std::int32_t entry) {
  auto& bank = bank_at(b);
  auto& place = bank.places[writes][kind];
  const auto order = entry == kNone ? kNotListed : at(entry).order;
  if (place.order == order) return;
  if (place.order != kNotListed) take_out(bank, writes, kind);
  place.order = order;
  if (entry == kNone) return;
  auto& candidates = unit_of(bank).candidates[writes][kind];
  const auto place_of = [&](std::uint8_t other) -> Place& { return bank_at(other).places[writes][kind]; };
  place.previous = candidates.last;
  place.next = kEnd;
  while (place.previous != kEnd && place_of(place.previous).order > order) {
    place.next = place.previous;
    place.previous = place_of(place.previous).previous;
  }
  const auto number = static_cast<std::uint8_t>(b);
  (place.previous == kEnd ? candidates.first : place_of(place.previous).next) = number;
  (place.next == kEnd ? candidates.last : place_of(place.next).previous) = number;
  candidates.not_before = std::min(candidates.not_before, timing_.earliest_in_bank(command_of(kind, writes), b));
}

void ReadyChannel::take_out(const Bank& bank, bool writes, Kind kind) {
  const auto& place = bank.places[writes][kind];
  auto& candidates = unit_of(bank).candidates[writes][kind];
  (place.previous == kEnd ? candidates.first : bank_at(place.previous).places[writes][kind].next) = place.next;
  (place.next == kEnd ? candidates.last : bank_at(place.next).places[writes][kind].previous) = place.previous;
  if (candidates.first == kEnd) candidates.not_before = kNeverCycle;
}

void ReadyChannel::record(DramCycle now, DramCommand command, std::int32_t unit, std::int32_t bank, std::int32_t row) {
  if (log_ != nullptr) log_->push_back({now, command, unit, bank, row});
}

}  // namespace tessera::arch
