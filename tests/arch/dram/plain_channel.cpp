#include "tests/arch/dram/plain_channel.h"

#include <algorithm>

namespace tessera::arch {
namespace {
bool is_data(DramCommand c) { return c == DramCommand::read || c == DramCommand::write; }
}  // namespace

PlainChannel::PlainChannel(const DramStandard& standard, const ChannelOptions& options)
    : standard_(standard), options_(options), timing_(standard), rows_(static_cast<std::size_t>(standard.banks()), -1) {
}

bool PlainChannel::can_accept(bool write) const {
  return static_cast<std::int32_t>(queue_[write].size()) < (write ? options_.write_queue : options_.read_queue);
}

void PlainChannel::accept(const BurstRequest& request, DramCycle now, std::vector<BurstAnswer>& answers) {
  while (now_ < now) tick(answers);
  const auto same = [&](const Entry& e) { return e.request.burst == request.burst; };
  if (!request.write && std::any_of(queue_[1].begin(), queue_[1].end(), same)) {
    ++statistics_.forwarded;
    answers.push_back({now_ + 1, now_, request.tag, false, BurstData::forwarded});
    return;
  }
  queue_[request.write].push_back({request, now_, false});
}

void PlainChannel::advance(DramCycle until, std::vector<BurstAnswer>& answers) {
  while (now_ < until && !idle()) tick(answers);
}

void PlainChannel::idle_until(DramCycle now) {
  std::vector<BurstAnswer> none;
  while (idle() && now_ < now) tick(none);
}

void PlainChannel::tick(std::vector<BurstAnswer>& answers) {
  ++now_;
  const DramCycle due = now_ - options_.refresh_offset;
  if (options_.refresh && due > 0 && due % standard_.timings.refresh_interval == 0) {
    for (std::int32_t u = 0; u < standard_.units; ++u) refreshes_.push_back(u);
  }
  if (standard_.dual_command_bus) {
    tick_bus(Bus::column, answers);
    tick_bus(Bus::row, answers);
  } else {
    tick_bus(Bus::any, answers);
  }
}

void PlainChannel::tick_bus(Bus bus, std::vector<BurstAnswer>& answers) {
  if (!opening_.empty() && now_ >= opening_deadline_) return second_half();
  if (synced_) return issue_data(*synced_, answers);
  if (bus != Bus::row) {
    if (const auto pick = oldest_ready(active_, bus)) return issue(*pick, answers);
  }
  if (!refreshes_.empty()) {
    if (bus != Bus::column && refresh(true)) return;
  } else {
    decide_mode();
    if (const auto pick = oldest_ready(queue_[writing_], bus)) return issue(*pick, answers);
  }
  if (!opening_.empty()) second_half();
}

DramCommand PlainChannel::wanted(const Entry& entry) const {
  const auto row = rows_[static_cast<std::size_t>(entry.request.bank)];
  if (row == -1) return DramCommand::activate;
  if (row != entry.request.row) return DramCommand::precharge;
  return entry.request.write ? DramCommand::write : DramCommand::read;
}

bool PlainChannel::allowed(DramCommand command, std::int32_t bank, Bus bus) const {
  if (bus == Bus::column && !is_data(command)) return false;
  if (bus == Bus::row && is_data(command)) return false;
  const auto same_bank = [&](const Entry& e) { return e.request.bank == bank; };
  if (std::any_of(opening_.begin(), opening_.end(), same_bank)) return false;
  if (command == DramCommand::activate) return opening_.empty();
  return command != DramCommand::precharge || std::none_of(active_.begin(), active_.end(), same_bank);
}

std::optional<PlainChannel::Pick> PlainChannel::oldest_ready(List& list, Bus bus) {
  std::optional<Pick> best;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto command = wanted(list[i]);
    const auto bank = list[i].request.bank;
    if (!allowed(command, bank, bus) || !ready(command, bank)) continue;
    if (!best || list[i].accepted < list[best->position].accepted) best = Pick{&list, i, command};
  }
  return best;
}

void PlainChannel::decide_mode() {
  const auto reads = queue_[0].size();
  const auto writes = static_cast<std::int32_t>(queue_[1].size());
  if (!writing_) {
    if (writes > options_.drain_above || reads == 0) writing_ = true;
  } else if (writes < options_.drain_below && reads != 0) {
    writing_ = false;
  }
}

bool PlainChannel::unit_has(const List& list, std::int32_t unit) const {
  return std::any_of(list.begin(), list.end(),
                     [&](const Entry& e) { return e.request.bank / standard_.banks_per_unit() == unit; });
}

bool PlainChannel::refresh(bool issue) {
  const auto unit = refreshes_.front();
  if (unit_has(active_, unit) || unit_has(opening_, unit)) return false;
  const auto first = rows_.begin() + unit * standard_.banks_per_unit(), last = first + standard_.banks_per_unit();
  const auto open = std::count_if(first, last, [](std::int32_t row) { return row != -1; });
  const auto command = open > 0 ? DramCommand::precharge_all : DramCommand::refresh;
  if (timing_.earliest_in_unit(command, unit) > now_) return false;
  if (!issue) return true;
  if (log_ != nullptr) log_->push_back({now_, command, unit, -1, -1});
  timing_.issue_in_unit(command, unit, now_);
  if (open > 0) {
    std::fill(first, last, -1);
    statistics_.precharges += open;
  } else {
    refreshes_.erase(refreshes_.begin());
    ++statistics_.refreshes;
  }
  return true;
}

void PlainChannel::second_half() {
  const auto entry = opening_.front();
  record(DramCommand::activate_2, entry.request.bank, entry.request.row);
  rows_[static_cast<std::size_t>(entry.request.bank)] = entry.request.row;
  active_.push_back(entry);
  opening_.clear();
}

void PlainChannel::issue(Pick pick, std::vector<BurstAnswer>& answers) {
  if (is_data(pick.command)) return issue_data(pick, answers);
  auto& entry = (*pick.list)[pick.position];
  const auto bank = entry.request.bank;
  count(entry);
  timing_.issue(pick.command, bank, now_);
  auto& row = rows_[static_cast<std::size_t>(bank)];
  if (pick.command == DramCommand::precharge) {
    record(pick.command, bank);
    ++statistics_.precharges;
    row = -1;
    return;
  }
  record(pick.command, bank, entry.request.row);
  ++statistics_.activates;
  const bool split = standard_.timings.activate_2_within > 0;
  row = split ? -2 : entry.request.row;
  (split ? opening_ : active_).push_back(entry);
  if (split) opening_deadline_ = now_ + standard_.timings.activate_2_within;
  pick.list->erase(pick.list->begin() + static_cast<std::ptrdiff_t>(pick.position));
}

void PlainChannel::issue_data(Pick pick, std::vector<BurstAnswer>& answers) {
  const auto& t = standard_.timings;
  auto& entry = (*pick.list)[pick.position];
  if (t.sync_postamble >= 0 && !synced_ && now_ >= clock_until_) {
    if (!opening_.empty() && opening_deadline_ <= now_ + 1) return second_half();
    record(DramCommand::sync, entry.request.bank);
    synced_ = pick;
    return;
  }
  synced_.reset();
  const bool write = entry.request.write;
  clock_until_ = std::max(clock_until_, now_ + (write ? t.write_latency : t.read_latency) + t.burst + t.sync_postamble);
  count(entry);
  record(pick.command, entry.request.bank);
  timing_.issue(pick.command, entry.request.bank, now_);
  ++(write ? statistics_.writes : statistics_.reads);
  if (last_direction_ == !write) ++statistics_.turnarounds;
  last_direction_ = write;
  answers.push_back(
      {write ? now_ : now_ + t.read_latency + t.burst, entry.accepted, entry.request.tag, write, BurstData::moved});
  pick.list->erase(pick.list->begin() + static_cast<std::ptrdiff_t>(pick.position));
}

void PlainChannel::count(Entry& entry) {
  if (entry.counted) return;
  entry.counted = true;
  const auto row = rows_[static_cast<std::size_t>(entry.request.bank)];
  ++(row == entry.request.row ? statistics_.row_hits : row >= 0 ? statistics_.row_conflicts : statistics_.row_misses);
}

void PlainChannel::record(DramCommand command, std::int32_t bank, std::int32_t row) {
  if (log_ != nullptr) log_->push_back({now_, command, bank / standard_.banks_per_unit(), bank, row});
}

}  // namespace tessera::arch
