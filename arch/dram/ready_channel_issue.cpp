// What issuing a command changes: banks, lists, statistics. When and which is decided in ready_channel.cpp.
#include <algorithm>

#include "arch/dram/ready_channel.h"

namespace tessera::arch {

void ReadyChannel::issue(const Pick& pick, DramCycle now, std::vector<BurstAnswer>& answers) {
  const auto& queue = banks_[pick.bank].queues[writing_];
  switch (pick.kind) {
    case kData: return issue_data(queue.hit, false, now, answers);
    case kActivate: return issue_activate(queue.other, now);
    case kPrecharge: return issue_precharge(queue.other, now);
  }
}

void ReadyChannel::issue_precharge(Index i, DramCycle now) {
  const auto b = at(i).bank;
  count_row(at(i));
  record(now, DramCommand::precharge, banks_[b].unit, b, -1);
  ++statistics_.precharges;
  timing_.issue(DramCommand::precharge, b, now);
  close(b);
}

void ReadyChannel::issue_activate(Index i, DramCycle now) {
  const auto b = at(i).bank;
  const auto row = at(i).row;
  count_row(at(i));
  record(now, DramCommand::activate, banks_[b].unit, b, row);
  ++statistics_.activates;
  timing_.issue(DramCommand::activate, b, now);
  for (const bool writes : {false, true}) take_out(b, writes, kActivate);
  unlink(i);
  banks_[b].held_open = true;
  ++units_[banks_[b].unit].open_banks;
  if (standard_.timings.activate_2_within > 0) {
    open(b, kOpening);
    opening_ = i;
    opening_deadline_ = now + standard_.timings.activate_2_within;
  } else {
    open(b, row);
    make_active(i);
  }
}

void ReadyChannel::finish_opening(DramCycle now) {
  const auto& entry = at(opening_);
  record(now, DramCommand::activate_2, banks_[entry.bank].unit, entry.bank, entry.row);
  open(entry.bank, entry.row);
  make_active(opening_);
  opening_ = kNone;
}

void ReadyChannel::make_active(Index i) {
  const auto& entry = at(i);
  const auto command = entry.write ? DramCommand::write : DramCommand::read;
  const Active active{entry.accepted, timing_.earliest_in_bank(command, entry.bank), i, entry.bank, command};
  auto place = active_.size();
  for (active_.push_back(active); place > 0 && active_[place - 1].accepted > active.accepted; --place)
    active_[place] = active_[place - 1];
  active_[place] = active;
  active_not_before_ = std::min(active_not_before_, active.not_before);
  ++units_[banks_[entry.bank].unit].active;
}

void ReadyChannel::leave_active(Index i) {
  active_not_before_ = kNeverCycle;
  std::size_t kept = 0;
  for (const auto active : active_) {
    if (active.entry == i) continue;
    active_[kept++] = active;
    active_not_before_ = std::min(active_not_before_, active.not_before);
  }
  active_.pop_back();
  const auto b = at(i).bank;
  auto& bank = banks_[b];
  --units_[bank.unit].active;
  bank.held_open = false;
  for (const bool writes : {false, true}) list(b, writes, kPrecharge, bank.queues[writes].other);
}

void ReadyChannel::issue_data(Index i, bool active, DramCycle now, std::vector<BurstAnswer>& answers) {
  auto& entry = at(i);
  const auto b = entry.bank;
  const bool write = entry.write;
  const auto command = write ? DramCommand::write : DramCommand::read;
  const auto& t = standard_.timings;
  if (t.sync_postamble >= 0) {
    if (synced_ == kNone && now >= clock_running_until_) {
      // Two slots in a row, sync and data: not if that would miss the second half of an activate.
      if (opening_ != kNone && opening_deadline_ <= now + 1) return finish_opening(now);
      record(now, DramCommand::sync, banks_[b].unit, b, -1);
      synced_ = i;
      synced_active_ = active;
      return;
    }
    synced_ = kNone;
    clock_running_until_ =
        std::max(clock_running_until_, now + (write ? t.write_latency : t.read_latency) + t.burst + t.sync_postamble);
  }
  count_row(entry);
  record(now, command, banks_[b].unit, b, -1);
  timing_.issue(command, b, now);
  if (active) {
    leave_active(i);
  } else {
    unlink(i);
    next_hit(b, write, entry.next);
  }
  // A write is done when its command goes: what follows is ordered behind it by the bank.
  answers.push_back({write ? now : now + t.read_latency + t.burst, entry.accepted, entry.tag, write, BurstData::moved});
  ++(write ? statistics_.writes : statistics_.reads);
  if (last_direction_ == !write) ++statistics_.turnarounds;
  last_direction_ = write;
  free_.push_back(i);
  --open_bursts_;
}

void ReadyChannel::issue_refresh(DramCycle now) {
  const auto unit = refreshes_due_.front();
  const auto open_banks = units_[static_cast<std::size_t>(unit)].open_banks;
  if (open_banks > 0) {
    record(now, DramCommand::precharge_all, unit, -1, -1);
    timing_.issue_in_unit(DramCommand::precharge_all, unit, now);
    statistics_.precharges += open_banks;
    const auto first = unit * standard_.banks_per_unit();
    for (auto b = first; b < first + standard_.banks_per_unit(); ++b) {
      if (bank_at(b).row != kClosed) close(static_cast<std::uint8_t>(b));
    }
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
  const auto row = banks_[entry.bank].row;
  ++(row == entry.row ? statistics_.row_hits : row >= 0 ? statistics_.row_conflicts : statistics_.row_misses);
}

void ReadyChannel::unlink(Index i) {
  const auto& entry = at(i);
  auto& queue = banks_[entry.bank].queues[entry.write];
  (entry.previous == kNone ? queue.head : at(entry.previous).next) = entry.next;
  (entry.next == kNone ? queue.tail : at(entry.next).previous) = entry.previous;
  --waiting_[entry.write];
  queues_changed();
}

// The bank's candidate for data is done: the next for the open row is younger, so it lies behind, and in the list of
// candidates further back. What bounds the list holds on: nothing has become ready earlier.
void ReadyChannel::next_hit(std::uint8_t b, bool writes, Index after) {
  auto& bank = banks_[b];
  auto& hit = bank.queues[writes].hit;
  for (hit = after; hit != kNone && at(hit).row != bank.row;) hit = at(hit).next;
  if (hit == kNone) return take_out(b, writes, kData);
  auto& place = this->place(b, writes, kData);
  const auto order = place.order = at(hit).order;
  if (place.next == kEnd || older(order, this->place(place.next, writes, kData).order)) return;
  auto& candidates = units_[bank.unit].candidates[writes][kData];
  (place.previous == kEnd ? candidates.first : this->place(place.previous, writes, kData).next) = place.next;
  this->place(place.next, writes, kData).previous = place.previous;
  auto previous = candidates.last;
  while (older(order, this->place(previous, writes, kData).order))
    previous = this->place(previous, writes, kData).previous;
  place.previous = previous;
  place.next = this->place(previous, writes, kData).next;
  this->place(previous, writes, kData).next = b;
  (place.next == kEnd ? candidates.last : this->place(place.next, writes, kData).previous) = b;
}

// The bank's bursts find this row, and nobody may close it yet.
void ReadyChannel::open(std::uint8_t b, std::int32_t row) {
  auto& bank = banks_[b];
  bank.row = row;
  for (const bool writes : {false, true}) {
    auto& queue = bank.queues[writes];
    queue.hit = queue.other = kNone;
    if (queue.head == kNone) continue;
    for (auto i = queue.head; i != kNone && (queue.hit == kNone || queue.other == kNone); i = at(i).next) {
      auto& candidate = at(i).row == row ? queue.hit : queue.other;
      if (candidate == kNone) candidate = i;
    }
    list(b, writes, kData, queue.hit);
  }
}

void ReadyChannel::close(std::uint8_t b) {
  auto& bank = banks_[b];
  --units_[bank.unit].open_banks;
  for (const bool writes : {false, true}) {
    auto& queue = bank.queues[writes];
    if (queue.head == kNone) continue;
    take_out(b, writes, kData);
    take_out(b, writes, kPrecharge);
    queue.hit = kNone;
    queue.other = queue.head;
    list(b, writes, kActivate, queue.other);
  }
  bank.row = kClosed;
}

// The entry becomes the bank's candidate of this kind; kNone: it has none.
void ReadyChannel::list(std::uint8_t b, bool writes, Kind kind, Index entry) {
  if (entry == kNone) return;
  const auto order = at(entry).order;
  auto& candidates = units_[banks_[b].unit].candidates[writes][kind];
  Place place{order, kEnd, candidates.last, true};
  while (place.previous != kEnd && older(order, this->place(place.previous, writes, kind).order)) {
    place.next = place.previous;
    place.previous = this->place(place.previous, writes, kind).previous;
  }
  (place.previous == kEnd ? candidates.first : this->place(place.previous, writes, kind).next) = b;
  (place.next == kEnd ? candidates.last : this->place(place.next, writes, kind).previous) = b;
  this->place(b, writes, kind) = place;
  const DramCycle ready = timing_.earliest_in_bank(command_of(kind, writes), b);
  candidates.not_before = std::min(candidates.not_before, ready);
  if (writes == next_writes_) soon_[kind] = std::min(soon_[kind], ready);
}

void ReadyChannel::take_out(std::uint8_t b, bool writes, Kind kind) {
  auto& place = this->place(b, writes, kind);
  if (!place.listed) return;
  place.listed = false;
  auto& candidates = units_[banks_[b].unit].candidates[writes][kind];
  (place.previous == kEnd ? candidates.first : this->place(place.previous, writes, kind).next) = place.next;
  (place.next == kEnd ? candidates.last : this->place(place.next, writes, kind).previous) = place.previous;
  if (candidates.first == kEnd) candidates.not_before = kNeverCycle;
}

}  // namespace tessera::arch
