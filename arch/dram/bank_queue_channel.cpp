#include "arch/dram/bank_queue_channel.h"

#include <algorithm>
#include <cassert>

#include "arch/dram/idle_refreshes.h"

namespace tessera::arch {
namespace {

constexpr std::size_t index(DramCommand command) { return static_cast<std::size_t>(command); }

void set(BankSet& banks, std::int32_t bank, bool member) {
  banks = (banks & ~bank_bit(bank)) | (BankSet{member} << bank);
}

}  // namespace

BankQueueChannel::BankQueueChannel(const DramStandard& standard, const ChannelOptions& options)
    : standard_(standard), options_(options), timing_(standard),
      bursts_(options.read_queue + options.write_queue + kBankQueue * standard.banks()),
      line_{BurstLine(standard.banks()), BurstLine(standard.banks())},
      banks_(static_cast<std::size_t>(standard.banks())), room_(~BankSet{0}),
      // A refresh falls due in the cycle after a multiple of the interval: the reference counts its cycles from 0.
      next_refresh_(options.refresh ? standard.timings.refresh_interval + options.refresh_offset + 1 : kNeverCycle) {
  assert(standard.banks() <= kMaxBanksPerChannel);
  for (std::int32_t b = 0; b < standard.banks(); ++b) at(b).unit = b / standard.banks_per_unit();
}

void BankQueueChannel::accept(const BurstRequest& request, DramCycle now, std::vector<BurstAnswer>& answers) {
  if (now > now_) run(now, answers);
  const bool written = bursts_.find(request.burst, true) != WaitingBursts::kNone;
  if (request.write) {
    if (options_.posted_writes) {
      // The buffer holds the data from now on. A second write of the same burst replaces it there.
      answers.push_back({now_ + 1, now_, request.tag, true, BurstData::moved});
      if (written) {
        ++statistics_.replaced;
        return;
      }
    }
  } else if (written) {
    ++statistics_.forwarded;
    answers.push_back({now_ + 1, now_, request.tag, false, BurstData::forwarded});
    return;
  } else if (const auto same = bursts_.find(request.burst, false); same != WaitingBursts::kNone) {
    bursts_[same].merged = true;
    merged_.push_back({request.burst, now_, request.tag});
    return;
  }
  assert(can_accept(request.write));
  line_[request.write].push(bursts_, bursts_.add(request, now_));
}

// Writes that nothing drives out of the buffer are no work.
bool BankQueueChannel::idle() const { return in_banks_ == 0 && line_[0].empty() && draining_ == 0 && !drain_starts(); }

DramCycle BankQueueChannel::next() { return idle() ? kNeverCycle : next_cycle(); }

void BankQueueChannel::advance(DramCycle until, std::vector<BurstAnswer>& answers) {
  while (now_ < until && !idle()) run(std::min(until, next_cycle()), answers);
}

void BankQueueChannel::idle_until(DramCycle now) {
  std::vector<BurstAnswer> none;
  if (idle()) run(now, none);
}

void BankQueueChannel::run(DramCycle until, std::vector<BurstAnswer>& answers) {
  IdleRefreshes idle_refreshes(standard_);
  while (now_ < until) {
    DramCycle cycle = next_cycle();
    if (cycle > until) break;
    if (cycle == next_refresh_) {
      statistics_.refreshes += idle_refreshes.skip(at_rest(), next_refresh_, until);
      cycle = next_refresh_;
    }
    tick(cycle, answers);
    now_ = cycle;
  }
  now_ = std::max(now_, until);
}

bool BankQueueChannel::at_rest() const {
  return log_ == nullptr && idle() && refreshes_due_.empty() && open_ == 0 &&
         can_refresh_all(timing_, standard_, next_refresh_);
}

DramCycle BankQueueChannel::next_cycle() {
  const DramCycle from = now_ + 1;
  if (can_move()) return from;
  if (!refreshes_due_.empty()) return std::min(next_refresh_, refresh_step(from).cycle);
  if (!plan_.valid) make_plan(from);
  return std::min(next_refresh_, plan_.cycle);
}

void BankQueueChannel::make_plan(DramCycle from) {
  plan_ = {};
  plan_.valid = true;
  for (const auto command : kWanted) {
    if (want_[index(command)] == 0) continue;
    for (std::int32_t unit = 0; unit < standard_.units; ++unit) plan_in_unit(command, unit, from);
  }
}

void BankQueueChannel::plan_in_unit(DramCommand command, std::int32_t unit, DramCycle from) {
  const DramCycle floor = std::max(from, timing_.earliest_in_unit(command, unit));
  if (floor > plan_.cycle) return;
  for (auto banks = want_[index(command)] & banks_of(unit); banks != 0; banks &= banks - 1) {
    const auto bank = first_bank(banks);
    const DramCycle cycle = std::max(floor, timing_.earliest_in_bank(command, bank));
    if (cycle > plan_.cycle) continue;
    if (cycle < plan_.cycle) {
      plan_.cycle = cycle;
      plan_.ready = {};
    }
    plan_.ready[index(command)] |= bank_bit(bank);
  }
}

void BankQueueChannel::tick(DramCycle now, std::vector<BurstAnswer>& answers) {
  if (now >= next_refresh_) {
    for (std::int32_t u = 0; u < standard_.units; ++u) refreshes_due_.push_back(u);
    next_refresh_ += standard_.timings.refresh_interval;
  }
  if (!refreshes_due_.empty()) {
    if (const auto step = refresh_step(now); step.cycle == now) issue_refresh_step(step);
  } else {
    if (!plan_.valid) make_plan(now);
    if (plan_.cycle == now) issue_planned(answers);
  }
  move_one();
}

// Precharges the open banks of the unit in their order as they are ready, then refreshes.
BankQueueChannel::RefreshStep BankQueueChannel::refresh_step(DramCycle from) const {
  const auto unit = refreshes_due_.front();
  RefreshStep first;
  for (auto banks = open_ & banks_of(unit); banks != 0; banks &= banks - 1) {
    const auto bank = first_bank(banks);
    const DramCycle cycle = std::max(from, timing_.earliest(DramCommand::precharge, bank));
    if (cycle < first.cycle) first = {cycle, bank};
  }
  if (first.bank >= 0) return first;
  return {std::max(from, timing_.earliest_in_unit(DramCommand::refresh, unit)), -1};
}

void BankQueueChannel::issue_refresh_step(const RefreshStep& step) {
  if (step.bank >= 0) return close_row(step.bank, step.cycle);
  const auto unit = refreshes_due_.front();
  record(step.cycle, DramCommand::refresh, unit, -1, -1);
  timing_.issue_in_unit(DramCommand::refresh, unit, step.cycle);
  ++statistics_.refreshes;
  refreshes_due_.erase(refreshes_due_.begin());
  plan_.valid = false;
}

// The next bank in turn; a precharge goes before data, and of data the oldest.
void BankQueueChannel::issue_planned(std::vector<BurstAnswer>& answers) {
  BankSet ready = 0;
  for (const auto banks : plan_.ready) ready |= banks;
  const BankSet later = ready & ~((bank_bit(turn_) << 1) - 1);
  turn_ = first_bank(later != 0 ? later : ready);
  const auto can = [this](DramCommand command) { return (plan_.ready[index(command)] & bank_bit(turn_)) != 0; };
  if (can(DramCommand::activate)) return open_row(turn_, plan_.cycle);
  if (can(DramCommand::precharge)) return close_row(turn_, plan_.cycle);
  const auto& bank = at(turn_);
  const auto data =
      (can(DramCommand::read) ? bank.hits & ~bank.writes : 0) | (can(DramCommand::write) ? bank.hits & bank.writes : 0);
  serve(turn_, std::countr_zero(data), plan_.cycle, answers);
}

void BankQueueChannel::open_row(std::int32_t number, DramCycle now) {
  auto& bank = at(number);
  bank.row = bursts_[bank.queue[0]].request.row;
  bank.served = 0;
  bank.hits = 0;
  for (std::int32_t i = 0; i < bank.size; ++i) {
    bank.hits |= std::uint32_t{bursts_[bank.queue[static_cast<std::size_t>(i)]].request.row == bank.row} << i;
  }
  ++statistics_.activates;
  open_ |= bank_bit(number);
  issue(number, DramCommand::activate, now, bank.row);
}

void BankQueueChannel::close_row(std::int32_t number, DramCycle now) {
  at(number).row = kClosed;
  at(number).hits = 0;
  ++statistics_.precharges;
  open_ &= ~bank_bit(number);
  issue(number, DramCommand::precharge, now);
}

void BankQueueChannel::serve(std::int32_t number, std::int32_t position, DramCycle now,
                             std::vector<BurstAnswer>& answers) {
  auto& bank = at(number);
  const auto i = bank.queue[static_cast<std::size_t>(position)];
  const auto& burst = bursts_[i];
  const bool write = burst.request.write;
  ++(bank.served++ > 0 ? statistics_.row_hits : statistics_.row_misses);
  if (last_direction_ == !write) ++statistics_.turnarounds;
  last_direction_ = write;
  ++(write ? statistics_.writes : statistics_.reads);
  if (!write) {
    answer_reads(burst, now, answers);
  } else if (!options_.posted_writes) {
    answers.push_back({now, burst.accepted, burst.request.tag, true, BurstData::moved});
  }
  bursts_.remove(i);
  std::copy(bank.queue.begin() + position + 1, bank.queue.begin() + bank.size, bank.queue.begin() + position);
  const auto younger = ~std::uint32_t{0} << position;
  const auto close_gap = [&](std::uint32_t& bits) { bits = (bits & ~younger) | (bits >> 1 & younger); };
  close_gap(bank.hits);
  close_gap(bank.writes);
  --bank.size;
  --in_banks_;
  room_ |= bank_bit(number);
  issue(number, write ? DramCommand::write : DramCommand::read, now);
}

void BankQueueChannel::answer_reads(const WaitingBurst& burst, DramCycle now, std::vector<BurstAnswer>& answers) {
  const DramCycle end = now + standard_.timings.read_latency + standard_.timings.burst;
  answers.push_back({end, burst.accepted, burst.request.tag, false, BurstData::moved});
  if (!burst.merged) return;
  std::erase_if(merged_, [&](const MergedRead& read) {
    if (read.burst != burst.request.burst) return false;
    ++statistics_.merged;
    answers.push_back({end, read.accepted, read.tag, false, BurstData::merged});
    return true;
  });
}

void BankQueueChannel::issue(std::int32_t number, DramCommand command, DramCycle now, std::int32_t row) {
  record(now, command, at(number).unit, number, row);
  timing_.issue(command, number, now);
  touch(number);
}

// The bank's queue or row has changed: what does it want now?
void BankQueueChannel::touch(std::int32_t number) {
  const auto& bank = at(number);
  const bool closed = bank.row == kClosed;
  const bool waits = bank.size > 0;
  const bool may_close = (bank.hits & 1) == 0 && (bank.hits == 0 || bank.served >= kRowHits);
  set(want_[index(DramCommand::activate)], number, waits && closed);
  set(want_[index(DramCommand::precharge)], number, waits && !closed && may_close);
  set(want_[index(DramCommand::read)], number, (bank.hits & ~bank.writes) != 0);
  set(want_[index(DramCommand::write)], number, (bank.hits & bank.writes) != 0);
  plan_.valid = false;
}

bool BankQueueChannel::drain_starts() const {
  const auto waiting = line_[1].size();
  if (waiting == 0) return false;
  const bool enough = waiting >= options_.write_queue / 2 || (!options_.posted_writes && in_banks_ == 0);
  return waiting >= options_.write_queue || (line_[0].empty() && enough);
}

// An older read of the burst that the bank's first write is for goes first. So in the queue of a bank a write never
// waits for a read.
bool BankQueueChannel::read_first(std::int32_t bank) const {
  return bursts_.find(bursts_[line_[1].front(bank)].request.burst, false) != WaitingBursts::kNone;
}

// Whether move_one would change anything in the next cycle. A drain that nothing of can move yet starts with the next
// command: what is accepted until then belongs to it.
bool BankQueueChannel::can_move() const {
  if (draining_ > 0 || drain_starts()) {
    if ((line_[1].banks() & room_) == 0) return false;
    if (draining_ > 0 || !read_first(line_[1].oldest(room_))) return true;
  }
  return (line_[0].banks() & room_) != 0;
}

void BankQueueChannel::move_one() {
  if (draining_ == 0 && drain_starts()) draining_ = line_[1].size();
  if (draining_ > 0) {
    if ((line_[1].banks() & room_) == 0) return;
    const auto bank = line_[1].oldest(room_);
    if (!read_first(bank)) {
      --draining_;
      return move(true, bank);
    }
    draining_ = 0;  // a full buffer must not keep the read from moving on
  }
  if ((line_[0].banks() & room_) != 0) move(false, line_[0].oldest(room_));
}

void BankQueueChannel::move(bool write, std::int32_t number) {
  auto& bank = at(number);
  const auto i = line_[write].front(number);
  line_[write].pop(bursts_, number);
  bank.hits |= std::uint32_t{bursts_[i].request.row == bank.row} << bank.size;
  bank.writes |= std::uint32_t{write} << bank.size;
  bank.queue[static_cast<std::size_t>(bank.size++)] = i;
  ++in_banks_;
  if (bank.size == kBankQueue) room_ &= ~bank_bit(number);
  touch(number);
}

void BankQueueChannel::record(DramCycle now, DramCommand command, std::int32_t unit, std::int32_t bank,
                              std::int32_t row) {
  if (log_ != nullptr) log_->push_back({now, command, unit, bank, row});
}

}  // namespace tessera::arch
