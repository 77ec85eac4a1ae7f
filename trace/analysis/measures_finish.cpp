#include <algorithm>

#include "base/clock.h"
#include "trace/analysis/measure.h"
#include "trace/analysis/measures_state.h"

namespace tessera::trace {
namespace {

constexpr double kPsPerSecond = 1e12;
constexpr double kWorkingFrom = 0.6, kPartlyFrom = 0.2;  // verdict on double buffering

Ratio ratio(Ps part, Ps whole) {
  if (whole <= Ps{0}) return std::nullopt;
  return static_cast<double>(part.count()) / static_cast<double>(whole.count());
}
Ratio per_second(double amount, Ps window) {
  if (window <= Ps{0}) return std::nullopt;
  return amount * kPsPerSecond / static_cast<double>(window.count());
}

Latency latency(std::vector<Ps>& samples) {
  Latency out;
  out.samples = samples.size();
  if (samples.empty()) return out;
  std::sort(samples.begin(), samples.end());
  __int128 sum = 0;
  for (const Ps p : samples) sum += p.count();
  const auto n = static_cast<std::int64_t>(samples.size());
  const auto rank = [&](std::int64_t percent) {
    return samples[static_cast<std::size_t>(base::ceil_div(percent * n, 100) - 1)];
  };
  out.mean = Ps{static_cast<std::int64_t>(sum / n)};
  out.p50 = rank(50);
  out.p90 = rank(90);
  out.p99 = rank(99);
  out.max = samples.back();
  return out;
}

Ratio mac_utilization(const RunFacts& f, std::int64_t macs, Ps window) {
  if (f.macs_per_1000_cycles <= 0 || f.clock_num_ps == 0 || window <= Ps{0}) return std::nullopt;
  const double cycles =
      static_cast<double>(window.count()) * static_cast<double>(f.clock_den) / static_cast<double>(f.clock_num_ps);
  return 1000.0 * static_cast<double>(macs) / (static_cast<double>(f.macs_per_1000_cycles) * cycles);
}

}  // namespace

void Measures::State::finish_core(CoreState& core, std::size_t index) {
  CoreMeasures& m = core.measures;
  m.name = "core[" + std::to_string(index) + "]";
  m.window = out.window;
  m.requested = out.window - out.no_request;
  m.mac_utilization = mac_utilization(facts, m.macs, m.window);
  m.mac_utilization_requested = mac_utilization(facts, m.macs, m.requested);
  m.compute = core.compute.length();
  m.transfer = core.transfer.length();
  m.hidden = overlap(core.compute, core.transfer);
  m.tile_gap = latency(core.gaps);
  out.macs += m.macs;
  out.cores.push_back(m);
}

void Measures::State::finish_operands() {
  for (std::size_t o = 0; o < 3; ++o) {
    std::vector<base::Value> shares;
    for (CoreState& c : cores)
      shares.push_back(base::value_of(ratio(overlap(c.fill[o], c.compute), c.fill[o].length())));
    OperandMeasures& m = out.operands[o];
    m.effectiveness = base::number_of(aggregate(Aggregate::mean, shares));
    if (!m.effectiveness) continue;
    m.verdict = *m.effectiveness >= kWorkingFrom  ? Buffering::working
                : *m.effectiveness >= kPartlyFrom ? Buffering::partly
                                                  : Buffering::single;
  }
}

void Measures::State::finish_channels() {
  std::int64_t moved = 0;
  for (ChannelState& c : channels) {
    ChannelMeasures& m = c.measures;
    m.active = c.active.length();
    m.bytes_per_second = per_second(static_cast<double>(m.read_bytes + m.write_bytes), out.window);
    const std::int64_t bytes = m.read_bytes + m.write_bytes;
    if (m.bytes_per_second && facts.channel_bytes_per_second > 0) {
      const double seconds = static_cast<double>(out.window.count()) / kPsPerSecond;
      m.utilization = static_cast<double>(bytes) / (static_cast<double>(facts.channel_bytes_per_second) * seconds +
                                                    static_cast<double>(facts.channel_lead_bytes));
    }
    moved += bytes;
    out.channels.push_back(m);
  }
  out.dma_bytes_per_second = per_second(static_cast<double>(moved), out.window);
  if (out.dma_bytes_per_second && facts.dma_bytes_per_second > 0) {
    out.dma_utilization = *out.dma_bytes_per_second / static_cast<double>(facts.dma_bytes_per_second);
  }
}

void Measures::State::finish_operators() {
  for (std::size_t i = 0; i < operators.size(); ++i) {
    OperatorMeasures& m = operators[i].measures;
    m.op = static_cast<std::uint32_t>(i);
    if (i < tiles.operators.size()) {
      m.name = tiles.operators[i].name;
      m.type = tiles.operators[i].type;
    }
    m.active = operators[i].active.length();
    if (m.tiles > 0 || m.active > Ps{0}) out.operators.push_back(m);
  }
  std::stable_sort(out.operators.begin(), out.operators.end(),
                   [](const OperatorMeasures& a, const OperatorMeasures& b) { return a.active > b.active; });
}

void Measures::State::finish(Ps end) {
  out.window = end;
  if (facts.clock_num_ps > 0) {
    const base::Clock clock(static_cast<std::int64_t>(facts.clock_num_ps), static_cast<std::int64_t>(facts.clock_den));
    out.window_cycles = clock.first_edge(end);
  }
  out.no_request = end - requests.length();
  IntervalSet all_compute, all_transfer;
  for (std::size_t i = 0; i < cores.size(); ++i) {
    finish_core(cores[i], i);
    all_compute.add(cores[i].compute);
    all_transfer.add(cores[i].transfer);
  }
  out.any_overlap_ratio = ratio(overlap(all_compute, all_transfer), end);
  finish_operands();
  finish_channels();
  finish_operators();
  out.load_to_compute = latency(load_to_compute);
  std::vector<Ps> writeback;
  for (const TileState& t : tile_state) {
    if (t.store_end > Ps{-1} && t.work_end > Ps{-1}) writeback.push_back(t.store_end - t.work_end);
  }
  out.compute_to_writeback = latency(writeback);
  out.request_latency = latency(request_latency);
  if (!request_latency.empty()) out.requests_per_second = per_second(static_cast<double>(request_latency.size()), end);
  if (facts.wasted_bytes >= 0) out.wasted_bytes = facts.wasted_bytes;
}

}  // namespace tessera::trace
