#include "arch/dram/bank_state_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <stdexcept>

#include "arch/dram/bank_queue_channel.h"
#include "arch/dram/make_channel.h"
#include "arch/dram/ready_channel.h"
#include "base/keep.h"

namespace tessera::arch {
namespace {

// The reader has checked the description; a name that is unknown here was never checked.
template <class T>
T must(base::Result<T> result) {
  if (!result.ok()) throw std::invalid_argument(result.problems().to_string());
  return std::move(result).value();
}

}  // namespace

ChannelOptions channel_options(const DramSpec& dram, const DramStandard& standard, std::int64_t index) {
  const BankStateDramSpec& spec = dram.bank_state;
  ChannelOptions options;
  options.read_queue = static_cast<std::int32_t>(spec.read_queue);
  options.write_queue = static_cast<std::int32_t>(spec.write_queue);
  const auto writes = static_cast<double>(spec.write_queue);
  options.drain_above = static_cast<std::int32_t>(std::floor(spec.drain_high * writes));
  options.drain_below =
      std::max(1, static_cast<std::int32_t>(std::ceil(spec.drain_low * writes)));  // at 0 a drain would never end
  options.refresh = spec.refresh;
  options.posted_writes = false;
  if (spec.stagger_refresh) options.refresh_offset = standard.timings.refresh_interval * index / dram.channels;
  return options;
}

base::Diagnostics check_dram(const DramSpec& spec, const DramWords& words) {
  base::Diagnostics problems;
  if (spec.kind != DramSpec::Kind::bank_state) return problems;
  const auto standard = find_dram_standard(spec.bank_state.standard);
  if (!standard.ok()) return standard.problems();
  const auto burst = standard->burst_bytes;
  if (spec.burst.count() != burst) {
    problems.append(base::failure(
        fmt::format("{} is {} B, but a burst of {} is {} B", words.burst, spec.burst.count(), standard->name, burst)));
  }
  if (spec.interleave.count() <= 0 || spec.interleave.count() % burst != 0) {
    problems.append(base::failure(fmt::format("{} must be a multiple of the burst of {} B, not {} B", words.interleave,
                                              burst, spec.interleave.count())));
  }
  if (spec.bank_state.drain_low >= spec.bank_state.drain_high) {
    problems.append(
        base::failure(fmt::format("{} of {} must be below {} of {}", words.drain_low, spec.bank_state.drain_low,
                                  words.drain_high, spec.bank_state.drain_high)));
  }
  return problems;
}

BankStateMemory::BankStateMemory(const DramSpec& spec)
    : standard_(must(find_dram_standard(spec.bank_state.standard))),
      map_(standard_, spec.channels, spec.interleave.count(), spec.bank_state.mapping),
      ports_(static_cast<std::size_t>(spec.channels)),
      run_(standard_.policy == ControllerPolicy::bank_queues ? &BankStateMemory::run<BankQueueChannel>
                                                             : &BankStateMemory::run<ReadyChannel>) {
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    ports_[i].channel = make_channel(standard_, channel_options(spec, standard_, static_cast<std::int64_t>(i)));
  }
}

void BankStateMemory::submit(const MemoryRequest& request) {
  assert(request.address % standard_.burst_bytes == 0 && request.bytes % standard_.burst_bytes == 0 &&
         request.bytes > 0);
  const auto bursts = static_cast<std::int32_t>(request.bytes / standard_.burst_bytes);
  const DramCycle arrival = standard_.clock.elapsed(request.arrival).count();
  const auto place = base::keep(packets_, free_, {request.tag, bursts, submitted_, arrival, 0, {}, request.write});
  if (!request.write) before_arrival_ += (request.arrival - standard_.clock.edge(base::Cycles{arrival})) * bursts;

  const std::int64_t end = request.address + request.bytes;
  for (std::int64_t address = request.address; address < end;) {
    const auto where = map_.locate(address);
    const std::int64_t stop = std::min(end, map_.block_end(address));
    const auto count = static_cast<std::int32_t>((stop - address) / standard_.burst_bytes);
    auto& port = ports_[static_cast<std::size_t>(where.channel)];
    port.line[request.write].push({arrival, submitted_, where.burst, count, place});
    // Exact once the port has run; until then the cycle after the arrival is a safe bound.
    port.next = std::min(port.next, arrival + 1);
    address = stop;
  }
  ++submitted_;
  next_event_ = std::min(next_event_, standard_.clock.edge(base::Cycles{arrival + 1}));
}

template <class C>
BankStateMemory::Line* BankStateMemory::first_acceptable(Port& port) {
  const auto& channel = static_cast<const C&>(*port.channel);
  auto* reads = !port.line[0].empty() && channel.can_accept(false) ? &port.line[0] : nullptr;
  auto* writes = !port.line[1].empty() && channel.can_accept(true) ? &port.line[1] : nullptr;
  if (reads == nullptr || writes == nullptr) return reads == nullptr ? writes : reads;
  const auto &read = reads->front(), &write = writes->front();
  return write.arrival < read.arrival || (write.arrival == read.arrival && write.order < read.order) ? writes : reads;
}

template <class C>
DramCycle BankStateMemory::let_in(Port& port) {
  auto& channel = static_cast<C&>(*port.channel);
  while (auto* line = first_acceptable<C>(port)) {
    auto& piece = line->front();
    if (piece.arrival > port.now) return piece.arrival;
    const bool write = line == &port.line[1];
    for (; piece.left > 0 && channel.can_accept(write); --piece.left, ++piece.burst) {
      const auto [bank, row] = map_.place(piece.burst);
      channel.accept({piece.burst, bank, row, write, piece.packet}, port.now, answers_);
    }
    if (piece.left == 0) line->pop();
  }
  return kNeverCycle;
}

// What is done in a cycle makes room before what arrived in it is accepted.
template <class C>
void BankStateMemory::run(Port& port, DramCycle until) {
  auto& channel = static_cast<C&>(*port.channel);
  while (true) {
    const DramCycle arrival = let_in<C>(port), event = channel.next();
    if (std::min(event, arrival) > until) {
      port.next = std::min(event, arrival == kNeverCycle ? kNeverCycle : arrival + 1);
      return;
    }
    port.now = std::min(event, arrival);
    if (event <= arrival) channel.advance(event, answers_);
  }
}

base::Ps BankStateMemory::next() const { return done_.empty() ? next_event_ : std::min(next_event_, done_.top().time); }

void BankStateMemory::advance(base::Ps until, std::vector<MemoryAnswer>& answers) {
  if (next_event_ <= until) {
    const base::Ps horizon = std::max(until, quiet_until_);
    const DramCycle cycle = horizon == base::kNever ? kNeverCycle - 1 : standard_.clock.elapsed(horizon).count();
    for (auto& port : ports_) {
      if (port.next > cycle) continue;
      (this->*run_)(port, cycle);
      collect();
    }
    find_next();
  }
  for (; !done_.empty() && done_.top().time <= until; done_.pop()) hand_out(done_.top(), answers);
}

void BankStateMemory::hand_out(const Done& done, std::vector<MemoryAnswer>& answers) {
  const auto moved = done.bursts[static_cast<std::size_t>(BurstData::moved)];
  if (done.write) write_bursts_ += moved;
  else
    for (std::size_t i = 0; i < done.bursts.size(); ++i) read_bursts_[i] += done.bursts[i];
  answers.push_back({done.time, done.tag, -1, static_cast<std::int32_t>(moved * standard_.burst_bytes)});
}

void BankStateMemory::find_next() {
  DramCycle next = kNeverCycle;
  for (const auto& port : ports_) next = std::min(next, port.next);
  next_event_ = next == kNeverCycle ? base::kNever : standard_.clock.edge(base::Cycles{next});
}

void BankStateMemory::collect() {
  for (const auto& answer : answers_) {
    auto& packet = packets_[answer.tag];
    const DramCycle data_in = answer.write ? standard_.timings.write_latency + standard_.timings.burst : 0;
    const DramCycle done = answer.cycle + data_in;
    packet.done = std::max(packet.done, done);
    if (!answer.write) read_latency_ += done - packet.arrival;
    ++packet.bursts[static_cast<std::size_t>(answer.data)];
    if (--packet.left > 0) continue;
    done_.push(
        {standard_.clock.edge(base::Cycles{packet.done}), packet.order, packet.tag, packet.write, packet.bursts});
    free_.push_back(answer.tag);
  }
  answers_.clear();
}

ChannelStatistics BankStateMemory::channel_statistics() const {
  ChannelStatistics sum;
  for (const auto& port : ports_) sum += port.channel->statistics();
  return sum;
}

MemoryStatistics BankStateMemory::statistics() const {
  MemoryStatistics result;
  const auto sum = channel_statistics();
  result.row_hits = sum.row_hits;
  result.row_misses = sum.row_misses;
  result.row_conflicts = sum.row_conflicts;
  result.activates = sum.activates;
  result.precharges = sum.precharges;
  result.refreshes = sum.refreshes;
  const auto [moved, merged, forwarded] = read_bursts_;
  result.reads = moved;
  result.writes = write_bursts_;
  result.read_bytes = moved * standard_.burst_bytes;
  result.write_bytes = write_bursts_ * standard_.burst_bytes;
  result.merged_bytes = merged * standard_.burst_bytes;
  result.forwarded_bytes = forwarded * standard_.burst_bytes;
  result.read_latency = standard_.clock.duration(base::Cycles{read_latency_}) - before_arrival_;
  for (const auto& port : ports_) {
    const auto& s = port.channel->statistics();
    // Two pseudo-channels move two bursts at a time.
    const std::int64_t buses = standard_.pseudo_channels ? standard_.units : 1;
    result.channel_busy.push_back(
        standard_.clock.duration(base::Cycles{(s.reads + s.writes) * standard_.timings.burst / buses}));
  }
  return result;
}

}  // namespace tessera::arch
