#include "arch/dram/bank_queue_channel.h"

#include <algorithm>
#include <cassert>

namespace tessera::arch {

BankQueueChannel::BankQueueChannel(const DramStandard& standard, const ChannelOptions& options)
    : standard_(standard),
      options_(options),
      timing_(standard),
      banks_(static_cast<std::size_t>(standard.banks())),
      // A refresh falls due in the cycle after a multiple of the interval: the reference counts its cycles from 0.
      next_refresh_(options.refresh ? standard.timings.refresh_interval + options.refresh_offset + 1 : kNeverCycle) {
  for (std::size_t b = 0; b < banks_.size(); ++b) {
    banks_[b].unit = static_cast<std::int32_t>(b) / standard.banks_per_unit();
    banks_[b].queue.reserve(kBankQueue);
  }
}

template <class Match>
bool BankQueueChannel::pending(const BurstRequest& request, const std::deque<Entry>& queue, Match match) const {
  const auto same = [&](const Entry& e) { return e.request.burst == request.burst && match(e); };
  const auto& bank = banks_[static_cast<std::size_t>(request.bank)].queue;
  return std::any_of(queue.begin(), queue.end(), same) || std::any_of(bank.begin(), bank.end(), same);
}

void BankQueueChannel::accept(const BurstRequest& request, DramCycle now, std::vector<BurstAnswer>& answers) {
  if (now > now_) run(now, answers);
  const auto is_write = [](const Entry& e) { return e.request.write; };
  const auto is_read = [](const Entry& e) { return !e.request.write; };
  if (request.write) {
    // Posted: the buffer holds the data from now on. A second write of the same burst replaces it there.
    ++statistics_.writes;
    if (!options_.posted_writes) return writes_.push_back({request, now_});
    if (!pending(request, writes_, is_write)) writes_.push_back({request, now_});
    answers.push_back({now_ + 1, now_, request.tag, true});
  } else if (pending(request, writes_, is_write)) {
    ++statistics_.reads;
    ++statistics_.forwarded;
    answers.push_back({now_ + 1, now_, request.tag, false});
  } else if (pending(request, reads_, is_read)) {
    merged_.push_back({request, now_});
  } else {
    reads_.push_back({request, now_});
  }
}

// Writes that nothing drives out of the buffer are no work.
bool BankQueueChannel::idle() {
  return in_banks_ == 0 && reads_.empty() && draining_ == 0 && !drain_starts();
}

DramCycle BankQueueChannel::next() { return idle() ? kNeverCycle : next_cycle(); }

void BankQueueChannel::advance(DramCycle until, std::vector<BurstAnswer>& answers) {
  while (now_ < until && !idle()) run(std::min(until, next_cycle()), answers);
}

void BankQueueChannel::idle_until(DramCycle now) {
  std::vector<BurstAnswer> none;
  if (idle()) run(now, none);
}

void BankQueueChannel::run(DramCycle until, std::vector<BurstAnswer>& answers) {
  while (now_ < until) {
    const DramCycle cycle = next_cycle();
    if (cycle > until) break;
    tick(cycle, answers);
    now_ = cycle;
  }
  now_ = std::max(now_, until);
}

DramCycle BankQueueChannel::next_cycle() {
  const DramCycle from = now_ + 1;
  const auto& source = draining_ > 0 || drain_starts() ? writes_ : reads_;
  if (movable(source) < source.size()) return from;
  DramCycle cycle = std::max(from, next_refresh_);
  if (!refreshes_due_.empty()) {
    DramCycle earliest = kNeverCycle;
    (void)step_refresh(from, false, earliest);
    return std::min(cycle, earliest);
  }
  for (std::size_t b = 0; b < banks_.size(); ++b) {
    if (!banks_[b].queue.empty()) cycle = std::min(cycle, choose(b, from).cycle);
  }
  return cycle;
}

void BankQueueChannel::tick(DramCycle now, std::vector<BurstAnswer>& answers) {
  if (now >= next_refresh_) {
    for (std::int32_t u = 0; u < standard_.units; ++u) refreshes_due_.push_back(u);
    next_refresh_ += standard_.timings.refresh_interval;
  }
  DramCycle earliest = kNeverCycle;
  if (refreshes_due_.empty()) {
    step_command(now, answers);
  } else {
    (void)step_refresh(now, true, earliest);
  }
  step_transaction();
}

// Precharges the open banks of the unit in their order as they are ready, then refreshes. Without `issue` it only
// tells when there is something to do.
bool BankQueueChannel::step_refresh(DramCycle now, bool issue, DramCycle& earliest) {
  const auto unit = refreshes_due_.front();
  const auto first = unit * standard_.banks_per_unit();
  bool open = false;
  for (auto b = first; b < first + standard_.banks_per_unit(); ++b) {
    auto& bank = banks_[static_cast<std::size_t>(b)];
    if (bank.row == kClosed) continue;
    open = true;
    const DramCycle cycle = std::max(now, timing_.earliest(DramCommand::precharge, b));
    earliest = std::min(earliest, cycle);
    if (!issue || cycle > now) continue;
    record(now, DramCommand::precharge, unit, b, -1);
    timing_.issue(DramCommand::precharge, b, now);
    ++statistics_.precharges;
    bank.row = kClosed;
    return true;
  }
  if (open) return false;
  earliest = std::max(now, timing_.earliest_in_unit(DramCommand::refresh, unit));
  if (!issue || earliest > now) return false;
  record(now, DramCommand::refresh, unit, -1, -1);
  timing_.issue_in_unit(DramCommand::refresh, unit, now);
  ++statistics_.refreshes;
  refreshes_due_.erase(refreshes_due_.begin());
  return true;
}

void BankQueueChannel::step_command(DramCycle now, std::vector<BurstAnswer>& answers) {
  for (std::size_t i = 0; i < banks_.size(); ++i) {
    turn_ = (turn_ + 1) % banks_.size();
    if (banks_[turn_].queue.empty()) continue;
    const auto choice = choose(turn_, now);
    if (choice.cycle != now) continue;
    issue(turn_, choice, now, answers);
    return;
  }
}

bool BankQueueChannel::may_precharge(const Bank& bank) const {
  if (bank.served >= kRowHits) return true;
  return std::none_of(bank.queue.begin(), bank.queue.end(), [&](const Entry& e) { return e.request.row == bank.row; });
}

BankQueueChannel::Choice BankQueueChannel::choose(std::size_t b, DramCycle from) const {
  const auto& bank = banks_[b];
  const auto number = static_cast<std::int32_t>(b);
  if (bank.row == kClosed) return {std::max(from, timing_.earliest(DramCommand::activate, number)), 0, DramCommand::activate};
  Choice best;
  if (bank.queue.front().request.row != bank.row && may_precharge(bank)) {
    best = {std::max(from, timing_.earliest(DramCommand::precharge, number)), 0, DramCommand::precharge};
  }
  for (std::size_t i = 0; i < bank.queue.size(); ++i) {
    const auto& request = bank.queue[i].request;
    if (request.row != bank.row) continue;
    const auto command = request.write ? DramCommand::write : DramCommand::read;
    const DramCycle cycle = std::max(from, timing_.earliest(command, number));
    if (cycle >= best.cycle) continue;
    // A write waits for an older read of the same burst.
    const bool blocked = request.write && std::any_of(bank.queue.begin(), bank.queue.begin() + static_cast<std::ptrdiff_t>(i), [&](const Entry& e) {
                           return !e.request.write && e.request.burst == request.burst;
                         });
    if (!blocked) best = {cycle, i, command};
  }
  return best;
}

void BankQueueChannel::issue(std::size_t b, const Choice& choice, DramCycle now, std::vector<BurstAnswer>& answers) {
  auto& bank = banks_[b];
  const auto entry = bank.queue[choice.position];
  const auto number = static_cast<std::int32_t>(b);
  record(now, choice.command, bank.unit, number, choice.command == DramCommand::activate ? entry.request.row : -1);
  timing_.issue(choice.command, number, now);
  switch (choice.command) {
    case DramCommand::activate:
      ++statistics_.activates;
      bank.row = entry.request.row;
      bank.served = 0;
      return;
    case DramCommand::precharge:
      ++statistics_.precharges;
      bank.row = kClosed;
      return;
    default: break;
  }
  ++(bank.served > 0 ? statistics_.row_hits : statistics_.row_misses);
  ++bank.served;
  bank.queue.erase(bank.queue.begin() + static_cast<std::ptrdiff_t>(choice.position));
  --in_banks_;
  if (last_direction_ == !entry.request.write) ++statistics_.turnarounds;
  last_direction_ = entry.request.write;
  if (entry.request.write) {
    if (!options_.posted_writes) answers.push_back({now, entry.accepted, entry.request.tag, true});
    return;
  }
  const auto answer = [&](const Entry& e) {
    ++statistics_.reads;
    answers.push_back({now + standard_.timings.read_latency + standard_.timings.burst, e.accepted, e.request.tag, false});
  };
  answer(entry);
  std::erase_if(merged_, [&](const Entry& e) {
    if (e.request.burst != entry.request.burst) return false;
    answer(e);
    return true;
  });
}

bool BankQueueChannel::drain_starts() const {
  const auto waiting = static_cast<std::int32_t>(writes_.size());
  if (waiting == 0) return false;
  const bool enough = waiting >= options_.write_queue / 2 || (!options_.posted_writes && in_banks_ == 0);
  return waiting >= options_.write_queue || (reads_.empty() && enough);
}

std::size_t BankQueueChannel::movable(const std::deque<Entry>& queue) const {
  const auto has_room = [&](const Entry& e) { return banks_[static_cast<std::size_t>(e.request.bank)].queue.size() < kBankQueue; };
  return static_cast<std::size_t>(std::find_if(queue.begin(), queue.end(), has_room) - queue.begin());
}

void BankQueueChannel::step_transaction() {
  if (draining_ == 0 && drain_starts()) draining_ = writes_.size();
  if (draining_ > 0) {
    const auto position = movable(writes_);
    if (position == writes_.size()) return;
    // An older read of the same burst goes first: a full buffer must not keep it from moving on.
    if (!pending(writes_[position].request, reads_, [](const Entry& e) { return !e.request.write; })) {
      --draining_;
      return move_on(writes_, position);
    }
    draining_ = 0;
  }
  if (const auto position = movable(reads_); position < reads_.size()) move_on(reads_, position);
}

void BankQueueChannel::move_on(std::deque<Entry>& source, std::size_t position) {
  const auto& entry = source[position];
  banks_[static_cast<std::size_t>(entry.request.bank)].queue.push_back(entry);
  source.erase(source.begin() + static_cast<std::ptrdiff_t>(position));
  ++in_banks_;
}

void BankQueueChannel::record(DramCycle now, DramCommand command, std::int32_t unit, std::int32_t bank, std::int32_t row) {
  if (log_ != nullptr) log_->push_back({now, command, unit, bank, row});
}

}  // namespace tessera::arch
