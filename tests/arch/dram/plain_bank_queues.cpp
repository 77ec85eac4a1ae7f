#include "tests/arch/dram/plain_bank_queues.h"

#include <algorithm>

namespace tessera::arch {
namespace {
constexpr std::size_t kBankQueue = 8;
constexpr std::int32_t kRowHits = 4;
}  // namespace

PlainBankQueues::PlainBankQueues(const DramStandard& standard, const ChannelOptions& options)
    : standard_(standard), options_(options), timing_(standard), banks_(static_cast<std::size_t>(standard.banks())) {}

bool PlainBankQueues::can_accept(bool write) const {
  return static_cast<std::int32_t>(queue_[write].size()) < (write ? options_.write_queue : options_.read_queue);
}

bool PlainBankQueues::waits(const BurstRequest& request, bool write) const {
  const auto same = [&](const Entry& e) { return e.request.burst == request.burst && e.request.write == write; };
  const auto& bank = at(request.bank).queue;
  return std::any_of(queue_[write].begin(), queue_[write].end(), same) || std::any_of(bank.begin(), bank.end(), same);
}

void PlainBankQueues::accept(const BurstRequest& request, DramCycle now, std::vector<BurstAnswer>& answers) {
  while (now_ < now) tick(answers);
  if (request.write) {
    const bool replaces = options_.posted_writes && waits(request, true);
    statistics_.replaced += replaces;
    if (!replaces) queue_[1].push_back({request, now_});
    if (options_.posted_writes) answers.push_back({now_ + 1, now_, request.tag, true, BurstData::moved});
  } else if (waits(request, true)) {
    ++statistics_.forwarded;
    answers.push_back({now_ + 1, now_, request.tag, false, BurstData::forwarded});
  } else {
    (waits(request, false) ? merged_ : queue_[0]).push_back({request, now_});
  }
}

bool PlainBankQueues::idle() const {
  const bool banks_empty = std::all_of(banks_.begin(), banks_.end(), [](const Bank& b) { return b.queue.empty(); });
  return banks_empty && queue_[0].empty() && draining_ == 0 && !drain_starts();
}

void PlainBankQueues::advance(DramCycle until, std::vector<BurstAnswer>& answers) {
  while (now_ < until && !idle()) tick(answers);
}

void PlainBankQueues::idle_until(DramCycle now) {
  std::vector<BurstAnswer> none;
  while (idle() && now_ < now) tick(none);
}

void PlainBankQueues::tick(std::vector<BurstAnswer>& answers) {
  ++now_;
  const DramCycle passed = now_ - options_.refresh_offset - 1;
  const bool falls_due = options_.refresh && passed > 0 && passed % standard_.timings.refresh_interval == 0;
  if (falls_due) {
    for (std::int32_t u = 0; u < standard_.units; ++u) refreshes_.push_back(u);
  }
  const bool command = refreshes_.empty() ? serve_banks(answers) : refresh(answers);
  // A drain that nothing of can move yet starts with the next command: what is accepted until then belongs to it.
  const bool starts = draining_ == 0 && drain_starts();
  if (starts && (falls_due || command || movable(queue_[1]) < queue_[1].size())) draining_ = queue_[1].size();
  if (!starts || draining_ > 0) move_one();
}

bool PlainBankQueues::refresh(std::vector<BurstAnswer>& answers) {
  const auto unit = refreshes_.front();
  const auto first = unit * standard_.banks_per_unit(), last = first + standard_.banks_per_unit();
  bool open = false;
  for (auto b = first; b < last; ++b) {
    if (at(b).row == -1) continue;
    open = true;
    if (!ready(DramCommand::precharge, b)) continue;
    issue(b, {0, DramCommand::precharge}, answers);
    return true;
  }
  if (open || timing_.earliest_in_unit(DramCommand::refresh, unit) > now_) return false;
  record(DramCommand::refresh, unit, -1);
  timing_.issue_in_unit(DramCommand::refresh, unit, now_);
  ++statistics_.refreshes;
  refreshes_.erase(refreshes_.begin());
  return true;
}

// The banks take turns, from the one after the last that went.
bool PlainBankQueues::serve_banks(std::vector<BurstAnswer>& answers) {
  for (std::int32_t i = 1; i <= standard_.banks(); ++i) {
    const auto bank = (turn_ + i) % standard_.banks();
    const auto pick = first_ready(bank);
    if (!pick) continue;
    turn_ = bank;
    issue(bank, *pick, answers);
    return true;
  }
  return false;
}

std::optional<PlainBankQueues::Pick> PlainBankQueues::first_ready(std::int32_t number) const {
  const auto& bank = at(number);
  const auto& queue = bank.queue;
  if (queue.empty()) return std::nullopt;
  if (bank.row == -1)
    return ready(DramCommand::activate, number) ? std::optional(Pick{0, DramCommand::activate}) : std::nullopt;
  const bool hits = std::any_of(queue.begin(), queue.end(), [&](const Entry& e) { return e.request.row == bank.row; });
  const bool may_close = queue.front().request.row != bank.row && (!hits || bank.served >= kRowHits);
  if (may_close && ready(DramCommand::precharge, number)) return Pick{0, DramCommand::precharge};
  for (std::size_t i = 0; i < queue.size(); ++i) {
    const auto& request = queue[i].request;
    const auto command = request.write ? DramCommand::write : DramCommand::read;
    if (request.row != bank.row || !ready(command, number)) continue;
    const bool older_read =
        std::any_of(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(i),
                    [&](const Entry& e) { return !e.request.write && e.request.burst == request.burst; });
    if (!request.write || !older_read) return Pick{i, command};
  }
  return std::nullopt;
}

void PlainBankQueues::issue(std::int32_t number, Pick pick, std::vector<BurstAnswer>& answers) {
  auto& bank = at(number);
  const bool activate = pick.command == DramCommand::activate;
  record(pick.command, number / standard_.banks_per_unit(), number, activate ? bank.queue.front().request.row : -1);
  timing_.issue(pick.command, number, now_);
  if (activate) {
    ++statistics_.activates;
    bank.row = bank.queue.front().request.row;
    bank.served = 0;
  } else if (pick.command == DramCommand::precharge) {
    ++statistics_.precharges;
    bank.row = -1;
  } else {
    issue_data(bank, pick.position, answers);
  }
}

void PlainBankQueues::issue_data(Bank& bank, std::size_t position, std::vector<BurstAnswer>& answers) {
  const auto entry = bank.queue[position];
  bank.queue.erase(bank.queue.begin() + static_cast<std::ptrdiff_t>(position));
  ++(bank.served++ > 0 ? statistics_.row_hits : statistics_.row_misses);
  if (last_direction_ == !entry.request.write) ++statistics_.turnarounds;
  last_direction_ = entry.request.write;
  ++(entry.request.write ? statistics_.writes : statistics_.reads);
  if (entry.request.write) {
    if (!options_.posted_writes) answers.push_back({now_, entry.accepted, entry.request.tag, true, BurstData::moved});
    return;
  }
  const auto same = [&](const Entry& e) { return e.request.burst == entry.request.burst; };
  answer_read(entry, BurstData::moved, answers);
  for (const auto& merged : merged_) {
    if (!same(merged)) continue;
    ++statistics_.merged;
    answer_read(merged, BurstData::merged, answers);
  }
  std::erase_if(merged_, same);
}

void PlainBankQueues::answer_read(const Entry& entry, BurstData data, std::vector<BurstAnswer>& answers) {
  answers.push_back({now_ + standard_.timings.read_latency + standard_.timings.burst, entry.accepted, entry.request.tag,
                     false, data});
}

bool PlainBankQueues::drain_starts() const {
  const auto writes = static_cast<std::int32_t>(queue_[1].size());
  if (writes == 0) return false;
  if (writes >= options_.write_queue) return true;
  const bool banks_empty = std::all_of(banks_.begin(), banks_.end(), [](const Bank& b) { return b.queue.empty(); });
  return queue_[0].empty() && (writes >= options_.write_queue / 2 || (!options_.posted_writes && banks_empty));
}

std::size_t PlainBankQueues::movable(const List& list) const {
  const auto has_room = [&](const Entry& e) { return at(e.request.bank).queue.size() < kBankQueue; };
  return static_cast<std::size_t>(std::find_if(list.begin(), list.end(), has_room) - list.begin());
}

void PlainBankQueues::move_one() {
  auto& [reads, writes] = queue_;
  if (draining_ > 0) {
    const auto position = movable(writes);
    if (position == writes.size()) return;
    if (!waits(writes[position].request, false)) {
      --draining_;
      return move(writes, position);
    }
    draining_ = 0;
  }
  if (const auto position = movable(reads); position < reads.size()) move(reads, position);
}

void PlainBankQueues::move(List& list, std::size_t position) {
  at(list[position].request.bank).queue.push_back(list[position]);
  list.erase(list.begin() + static_cast<std::ptrdiff_t>(position));
}

void PlainBankQueues::record(DramCommand command, std::int32_t unit, std::int32_t bank, std::int32_t row) {
  if (log_ != nullptr) log_->push_back({now_, command, unit, bank, row});
}

}  // namespace tessera::arch
