#include "scheduler/dispatch/transfer_book.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace tessera::scheduler {

using base::Ps;

// More channels than fill the path would only make operands that are wanted at different times arrive together, late.
// Whoever asks for parts means to spread them.
TransferBook::TransferBook(const TileGraph& graph, const arch::NpuSpec& npu, const arch::MachineLimits& limits,
                           const ScheduleSpec& schedule, Machine& machine, Recorder& recorder)
    : graph_(graph), npu_(npu), schedule_(schedule), machine_(machine), recorder_(recorder),
      lanes_(static_cast<std::uint32_t>(
          std::min(std::max(limits.filling_channels, schedule.dma_split), limits.dma_channels))) {}

void TransferBook::queue(JobId j, Ps now, const Cause& cause) {
  Job& job = jobs_[j];
  job.queued_at = now;
  job.cause = cause;
  job.task = recorder_.new_task();
  queued_.push_back(j);
  ++active_;
}

void TransferBook::submit_queued() {
  for (const JobId j : queued_)
    if (!jobs_[j].cancelled) submit(j);
  queued_.clear();
}

// The parts of docs/semantics.md 8.2: [floor(i*B/n), floor((i+1)*B/n)), both rounded down to a burst.
void TransferBook::submit(JobId j) {
  const Block& block = graph_.blocks[jobs_[j].block];
  const std::int64_t n = std::max<std::int64_t>(1, schedule_.dma_split);
  const std::int64_t burst = npu_.dram.burst.count();
  jobs_[j].first = static_cast<std::uint32_t>(transfers_.size());
  std::int64_t begin = 0;
  for (std::int64_t i = 1; i <= n; ++i) {
    const std::int64_t end = i == n ? block.bytes : base::round_down(i * block.bytes / n, burst);
    if (end == begin && !(i == n && begin == 0)) continue;
    const Job& job = jobs_[j];
    const auto id = static_cast<std::uint32_t>(transfers_.size());
    const auto channel = static_cast<std::uint16_t>(choose(job));
    transfers_.push_back({j, channel, false, begin, end - begin});
    ++jobs_[j].parts;
    ++jobs_[j].left;
    arch::TransferRequest r;
    r.id = id;
    r.write = job.write;
    r.cls = job.prefetch ? arch::TransferClass::prefetch : arch::TransferClass::demand;
    r.core = job.core;
    r.channel = channel;
    r.operand = job.operand;
    r.slot = job.slot;
    r.where = block.where;
    r.first_byte = begin;
    r.bytes = end - begin;
    r.tensor = block.root;
    r.write_through = job.write && block.network_output;
    r.keep = job.keep;
    machine_.submit(r);
    begin = end;
  }
}

// docs/semantics.md 8.3.
std::uint32_t TransferBook::choose(const Job& job) const {
  if (schedule_.binding != ChannelBinding::dynamically) {
    const std::int64_t of_operand = schedule_.static_channel[job.write ? 2 : job.operand];
    if (schedule_.binding == ChannelBinding::statically) return static_cast<std::uint32_t>(of_operand);
    const CoreChannels own(job.core, static_cast<std::int64_t>(npu_.dma.channels.size()), npu_.cores);
    return static_cast<std::uint32_t>(own.first + of_operand);
  }
  if (job.channel >= 0) return static_cast<std::uint32_t>(job.channel);
  if (held_ != 0) return choose_unheld();
  std::uint32_t best = 0;
  std::int64_t fewest = machine_.unissued_bytes(0);
  for (std::uint32_t c = 1; c < lanes_ && fewest != 0; ++c) {
    const std::int64_t bytes = machine_.unissued_bytes(c);
    if (bytes < fewest) best = c, fewest = bytes;
  }
  return best;
}

// The first channels that no cap holds; where all are held, the first.
std::uint32_t TransferBook::choose_unheld() const {
  const std::uint64_t all = ~std::uint64_t{0} >> (64 - npu_.dma.channels.size());
  std::uint64_t rest = (all & ~held_) != 0 ? all & ~held_ : all;
  auto best = static_cast<std::uint32_t>(std::countr_zero(rest));
  for (std::uint32_t left = lanes_; rest != 0 && left != 0; rest &= rest - 1, --left) {
    const auto c = static_cast<std::uint32_t>(std::countr_zero(rest));
    if (machine_.unissued_bytes(c) < machine_.unissued_bytes(best)) best = c;
  }
  return best;
}

void TransferBook::hold(std::uint32_t channel, bool held) {
  held_ = (held_ & ~(std::uint64_t{1} << channel)) | static_cast<std::uint64_t>(held) << channel;
}

void TransferBook::promote(JobId j) {
  Job& job = jobs_[j];
  if (!job.prefetch) return;
  job.prefetch = false;
  for (std::uint32_t t = job.first; t < job.first + job.parts; ++t)
    if (!transfers_[t].done) machine_.promote(t);
}

void TransferBook::cancel(JobId j) {
  Job& job = jobs_[j];
  job.cancelled = true;
  if (job.task != 0) --active_;  // queued or under way; else its decision has not ended
  for (std::uint32_t t = job.first; t < job.first + job.parts; ++t)
    if (!transfers_[t].done) machine_.cancel(t);
}

bool TransferBook::issued(JobId j) const {
  const Job& job = jobs_[j];
  for (std::uint32_t t = job.first; t < job.first + job.parts; ++t)
    if (transfers_[t].done || machine_.issued(t)) return true;
  return false;
}

TransferBook::Answer TransferBook::done(Ps now, const arch::TransferDone& answer) {
  Transfer& t = transfers_[answer.id];
  Job& job = jobs_[t.job];
  assert(!t.done);
  t.done = true;
  if (job.cancelled) return {};
  job.issued_at = std::max(job.issued_at, answer.first_issue);
  const std::uint64_t record = recorder_.transfer(job, t.channel, t.first_byte, t.bytes, now, answer);
  const bool complete = --job.left == 0;
  if (complete) --active_;
  return {t.job, record, complete};
}

}  // namespace tessera::scheduler
