#include "sim/prepare/run_limits.h"

#include <fmt/format.h>

#include <algorithm>

#include "scheduler/address/tensor_precision.h"

namespace tessera::sim {
namespace {

using base::Ps;
using Wide = __int128;

constexpr Wide kMostEnergy = Wide{1} << 62;  // femtojoules
// Also what the bound of a network may multiply by a thousand.
constexpr std::int64_t kMostMacs = (std::int64_t{1} << 62) / 1000;

std::string span(Ps t) {
  const double seconds = static_cast<double>(t.count()) * 1e-12;
  return seconds < 86'400 ? fmt::format("{} ps ({:.3g} s)", t.count(), seconds)
                          : fmt::format("{} ps ({:.1f} days)", t.count(), seconds / 86'400);
}

// What keeps a run from lasting kLongestRun.
std::string why(Ps limit) {
  return limit == kLongestRun ? ""
                              : " with the power that flows all the time (energy.leakage, the DRAM's background); "
                                "energy.table: none leaves energy out";
}

Wide ps_of(const base::Clock& clock, Wide cycles) { return cycles * clock.period_num() / clock.period_den(); }

void check_arrivals(const scheduler::RequestSpec& r, Ps limit, base::Diagnostics& problems) {
  if (!r.list.empty()) {
    const Ps last = r.list.back().arrival;
    if (last > limit)
      problems.add({}, fmt::format("requests.list: the last request would arrive at {} ps, later than a run can last, "
                                   "{}{}",
                                   last.count(), span(limit), why(limit)));
    return;
  }
  const Wide last = Wide{r.interval.count()} * (r.count - 1);
  if (last <= limit.count()) return;
  problems.add({},
               fmt::format("requests.interval: the last of {} requests, {} ps after one another, would arrive later "
                           "than a run can last, {}{}; at most {} ps, or fewer requests (requests.count)",
                           r.count, r.interval.count(), span(limit), why(limit), limit.count() / (r.count - 1)));
}

// Femtojoules of all products, were each of the dearest precision that an operator has.
Wide energy_of_macs(const PreparedRun& run) {
  std::int64_t dearest = 0;
  for (const models::Operator& op : run.network.operators) {
    if (op.unit != models::Unit::pe) continue;
    const arch::Event mac = arch::mac_event(scheduler::operand_precision(run.network, run.spec.npu, op));
    dearest = std::max(dearest, run.prices->femtojoules[static_cast<std::size_t>(mac)]);
  }
  return Wide{run.graph.macs} * dearest;
}

// Addresses beyond the capacity would wrap onto others.
void check_capacity(const PreparedRun& run, base::Diagnostics& problems) {
  const std::int64_t capacity = run.limits.dram.capacity_bytes, needed = run.graph.dram_bytes_end;
  if (capacity == 0 || needed <= capacity) return;
  const arch::DramSpec& dram = run.spec.npu.dram;
  problems.add(
      {run.spec.npu_source, 0, 0},
      fmt::format("the tensors of {} request{} take {} B of DRAM, and dram.channels: {} of {} hold {} B: it takes {} "
                  "channels, or a dram.standard with more rows",
                  run.spec.requests.count, run.spec.requests.count == 1 ? "" : "s", needed, dram.channels,
                  dram.bank_state.standard, capacity, base::ceil_div(needed, capacity / dram.channels)));
}

}  // namespace

std::int64_t unit_count(const arch::NpuSpec& npu, const scheduler::ScheduleSpec& schedule) {
  std::int64_t per_core = 3;
  for (const std::int64_t slots : schedule.buffers) per_core += slots;
  constexpr std::int64_t kHost = 3;  // the host, the interconnect, the counter of power
  return kHost + npu.scheduler.count + npu.cores * per_core + std::ssize(npu.dma.channels) + npu.dram.channels;
}

base::Diagnostics check_limits(const RunSpec& spec, const models::Network& network, Ps limit) {
  base::Diagnostics problems;
  check_arrivals(spec.requests, limit, problems);
  if (const std::int64_t units = unit_count(spec.npu, spec.schedule); units > kMostUnits) {
    problems.add({spec.npu_source}, fmt::format("cores: {} cores with {}, {} and {} slots (buffers), schedulers and "
                                                "channels are {} units; records tell at most {} apart",
                                                spec.npu.cores, spec.schedule.buffers[0], spec.schedule.buffers[1],
                                                spec.schedule.buffers[2], units, kMostUnits));
  }
  if (const std::int64_t operators = std::ssize(network.operators); operators > kMostOperators) {
    problems.add({network.file},
                 fmt::format("the network has {} operators; records tell at most {} apart", operators, kMostOperators));
  }
  return problems;
}

base::Diagnostics check_limits(const PreparedRun& run) {
  base::Diagnostics problems;
  check_capacity(run, problems);
  if (!problems.empty()) return problems;
  const base::Clock& clock = run.spec.npu.core_clock;
  const scheduler::TileGraph& graph = run.graph;
  Wide array = 0, vector = 0;
  for (const scheduler::Tile& t : graph.tiles) {
    const bool on_array = t.kind == scheduler::TileKind::pe;
    const Wide latency = on_array ? graph.works[t.work].latency.count() : 0;
    if (ps_of(clock, std::max<Wide>(latency, t.vector_cycles.count())) > run.time_limit.count()) {
      problems.add({run.network.file},
                   fmt::format("operator \"{}\": one of its tiles takes longer than a run can last, {}",
                               run.network.operators[t.op].name, span(run.time_limit)));
      return problems;
    }
    if (on_array) array += graph.works[t.work].occupancy.count();
    vector += t.vector_cycles.count();
  }
  Wide host = 0;
  for (const scheduler::HostTask& task : graph.host_tasks) host += task.time.count();
  if (host > run.time_limit.count()) {
    problems.add({run.network.file},
                 fmt::format("host: the tasks of {} request(s) take {:.3g} ps together; a run can "
                             "last {}",
                             run.spec.requests.count, static_cast<double>(host), span(run.time_limit)));
    return problems;
  }
  const Wide least = std::max(ps_of(clock, array), ps_of(clock, vector)) / run.spec.npu.cores;
  if (least > run.time_limit.count()) {
    problems.add({run.network.file},
                 fmt::format("the tiles of {} request(s) work for at least {:.3g} ps on every core; a "
                             "run can last {} (requests.count, or a smaller network)",
                             run.spec.requests.count, static_cast<double>(least), span(run.time_limit)));
  }
  if (graph.macs > kMostMacs) {
    problems.add({run.network.file}, fmt::format("{} request(s) of the network are more than {} multiply-accumulates "
                                                 "(requests.count, or a smaller network)",
                                                 run.spec.requests.count, kMostMacs));
  }
  if (!run.prices) return problems;
  if (energy_of_macs(run) > kMostEnergy) {
    problems.add({run.spec.npu_source},
                 fmt::format("energy.table: {} multiply-accumulates use more energy than 2^62 fJ "
                             "(4.6 kJ), the most that is counted; none leaves energy out",
                             graph.macs));
  }
  return problems;
}

base::Ps longest_run(const std::optional<arch::EnergyPrices>& prices) {
  Wide nanowatts = 0;
  if (prices) {
    for (const arch::StandingPower& p : prices->powers)
      if (p.figure) nanowatts += Wide{p.figure->value} * p.units;
  }
  if (nanowatts == 0) return kLongestRun;
  // Nanowatts x picoseconds are millionths of a femtojoule.
  const Wide lasts = kMostEnergy * 1'000'000 / nanowatts;
  return Ps{static_cast<std::int64_t>(std::min<Wide>(lasts, kLongestRun.count()))};
}

}  // namespace tessera::sim
