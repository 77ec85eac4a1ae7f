#include "arch/dram/bank_state_memory.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <stdexcept>

#include "arch/dram/make_channel.h"

namespace tessera::arch {
namespace {

// The reader has checked the description; a name that is unknown here was never checked.
template <class T>
T must(base::Result<T> result) {
  if (!result.ok()) throw std::invalid_argument(result.problems().to_string());
  return std::move(result).value();
}

}  // namespace

ChannelOptions channel_options(const BankStateDramSpec& spec, const DramStandard& standard, std::int64_t index) {
  ChannelOptions options;
  options.read_queue = static_cast<std::int32_t>(spec.read_queue);
  options.write_queue = static_cast<std::int32_t>(spec.write_queue);
  const auto writes = static_cast<double>(spec.write_queue);
  options.drain_above = static_cast<std::int32_t>(std::floor(spec.drain_high * writes));
  options.drain_below = static_cast<std::int32_t>(std::ceil(spec.drain_low * writes));
  options.refresh = spec.refresh;
  options.posted_writes = false;
  if (spec.stagger_refresh) options.refresh_offset = standard.timings.refresh_interval * index / spec.channels;
  return options;
}

base::Diagnostics check_dram(const DramSpec& spec) {
  base::Diagnostics problems;
  if (spec.kind != DramSpec::Kind::bank_state) return problems;
  const auto standard = find_dram_standard(spec.bank_state.standard);
  if (!standard.ok()) return standard.problems();
  if (const auto mapping = parse_bank_mapping(spec.bank_state.mapping); !mapping.ok()) problems.append(mapping.problems());
  const auto burst = standard->burst_bytes;
  if (spec.burst.count() != burst) {
    problems.append(base::failure("dram.burst is " + std::to_string(spec.burst.count()) + " B, but a burst of " + standard->name + " is " +
                                  std::to_string(burst) + " B"));
  }
  if (spec.interleave.count() <= 0 || spec.interleave.count() % burst != 0) {
    problems.append(base::failure("dram.interleave must be a multiple of the burst of " + std::to_string(burst) + " B, not " +
                                  std::to_string(spec.interleave.count()) + " B"));
  }
  if (spec.bank_state.drain_low >= spec.bank_state.drain_high) {
    problems.append(base::failure("dram.bank_state.drain_low must be less than drain_high"));
  }
  return problems;
}

BankStateMemory::BankStateMemory(const DramSpec& spec)
    : standard_(must(find_dram_standard(spec.bank_state.standard))),
      map_(standard_, spec.bank_state.channels, spec.interleave.count(), must(parse_bank_mapping(spec.bank_state.mapping))),
      ports_(static_cast<std::size_t>(spec.bank_state.channels)),
      next_(ports_.size(), kNeverCycle) {
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    ports_[i].channel = make_channel(standard_, channel_options(spec.bank_state, standard_, static_cast<std::int64_t>(i)));
  }
}

void BankStateMemory::submit(const MemoryRequest& request) {
  assert(request.address % standard_.burst_bytes == 0 && request.bytes % standard_.burst_bytes == 0 && request.bytes > 0);
  std::uint32_t place = 0;
  if (free_.empty()) {
    place = static_cast<std::uint32_t>(packets_.size());
    packets_.emplace_back();
  } else {
    place = free_.back();
    free_.pop_back();
  }
  const auto bursts = static_cast<std::int32_t>(request.bytes / standard_.burst_bytes);
  packets_[place] = {request.tag, bursts, submitted_, request.arrival, base::Ps{0}};
  (request.write ? write_bursts_ : read_bursts_) += bursts;

  const DramCycle arrival = standard_.clock.elapsed(request.arrival).count();
  for (std::int32_t i = 0; i < bursts; ++i) {
    const auto where = map_.locate(request.address + i * standard_.burst_bytes);
    auto& port = ports_[static_cast<std::size_t>(where.channel)];
    ++port.bursts;
    port.line[request.write].push_back({arrival, submitted_, {where.burst, where.bank, where.row, request.write, place}});
    // Exact once the port has run; until then the cycle after the arrival is a safe bound.
    auto& next = next_[static_cast<std::size_t>(where.channel)];
    next = std::min(next, arrival + 1);
  }
  ++submitted_;
}

BankStateMemory::Waiting* BankStateMemory::first_acceptable(Port& port) {
  Waiting* first = nullptr;
  for (const bool write : {false, true}) {
    auto& line = port.line[write];
    if (line.empty() || !port.channel->can_accept(write)) continue;
    auto& head = line.front();
    if (first == nullptr || head.arrival < first->arrival || (head.arrival == first->arrival && head.order < first->order)) first = &head;
  }
  return first;
}

// What is done in a cycle makes room before what arrived in it is accepted. A channel that stands at the cycle of the
// arrival has done that cycle: it need not plan its next command for every burst that it takes.
DramCycle BankStateMemory::run(Port& port, DramCycle until) {
  while (true) {
    auto* waiting = first_acceptable(port);
    const DramCycle arrival = waiting == nullptr ? kNeverCycle : std::max(port.now, waiting->arrival);
    const DramCycle event = arrival == port.now ? kNeverCycle : port.channel->next();
    if (std::min(event, arrival) > until) return std::min(event, waiting == nullptr ? kNeverCycle : waiting->arrival + 1);
    if (event <= arrival) {
      port.channel->advance(event, answers_);
      port.now = event;
    } else {
      port.channel->accept(waiting->burst, arrival, answers_);
      port.now = arrival;
      port.line[waiting->burst.write].pop_front();
    }
  }
}

base::Ps BankStateMemory::next() const {
  const DramCycle cycle = *std::min_element(next_.begin(), next_.end());
  const base::Ps event = cycle == kNeverCycle ? base::kNever : standard_.clock.edge(base::Cycles{cycle});
  return done_.empty() ? event : std::min(event, done_.top().time);
}

void BankStateMemory::advance(base::Ps until, std::vector<MemoryAnswer>& answers) {
  const DramCycle cycle = until == base::kNever ? kNeverCycle - 1 : standard_.clock.elapsed(until).count();
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    if (next_[i] > cycle) continue;
    next_[i] = run(ports_[i], cycle);
    collect();
  }
  for (; !done_.empty() && done_.top().time <= until; done_.pop()) answers.push_back({done_.top().time, done_.top().tag});
}

void BankStateMemory::collect() {
  for (const auto& answer : answers_) {
    auto& packet = packets_[answer.tag];
    const DramCycle data_in = answer.write ? standard_.timings.write_latency + standard_.timings.burst : 0;
    const base::Ps time = standard_.clock.edge(base::Cycles{answer.cycle + data_in});
    packet.done = std::max(packet.done, time);
    if (!answer.write) read_latency_ += time - packet.arrival;
    if (--packet.left > 0) continue;
    done_.push({packet.done, packet.order, packet.tag});
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
  result.reads = read_bursts_;
  result.writes = write_bursts_;
  result.read_bytes = read_bursts_ * standard_.burst_bytes;
  result.write_bytes = write_bursts_ * standard_.burst_bytes;
  result.read_latency = read_latency_;
  for (const auto& port : ports_) {
    const auto& s = port.channel->statistics();
    // Two pseudo-channels move two bursts at a time.
    const std::int64_t buses = standard_.pseudo_channels ? standard_.units : 1;
    result.channel_busy.push_back(standard_.clock.duration(base::Cycles{(port.bursts - s.forwarded) * standard_.timings.burst / buses}));
  }
  return result;
}

}  // namespace tessera::arch
