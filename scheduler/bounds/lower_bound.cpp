#include "scheduler/bounds/lower_bound.h"

#include <algorithm>

#include "scheduler/bounds/dependence_bound.h"
#include "scheduler/bounds/durations.h"
#include "scheduler/bounds/least_path.h"
#include "scheduler/bounds/unit_loads.h"

namespace tessera::scheduler {

using base::ceil_div;
using base::Cycles;
using base::Ps;

namespace {

// Operators that are launched, once for each request.
std::int64_t operators(const TileGraph& graph) {
  std::vector<std::vector<bool>> seen(graph.requests.size());
  std::int64_t count = 0;
  for (const Tile& tile : graph.tiles) {
    if (tile.kind == TileKind::host) continue;
    std::vector<bool>& of_request = seen[tile.request];
    if (of_request.size() <= tile.op) of_request.resize(tile.op + 1);
    count += !of_request[tile.op];
    of_request[tile.op] = true;
  }
  return count;
}

void bound_units(const TileGraph& graph, const arch::NpuSpec& npu, const Durations& d, LowerBound& bound) {
  const UnitLoads loads = unit_loads(graph, d);
  bound[BoundTerm::arrays] = loads.arrays.bound(d, npu.cores);
  bound[BoundTerm::vector_units] = loads.vectors.bound(d, npu.cores);
  // The one that decides most often, or the mean of all with the launches of operators.
  const auto decisions = static_cast<std::int64_t>(graph.tiles.size() - graph.host_tasks.size());
  if (decisions == 0) return;
  const Cycles each = npu.scheduler.dispatch_latency * ceil_div(decisions, npu.scheduler.count);
  const Cycles all = npu.scheduler.dispatch_latency * decisions + npu.scheduler.launch_latency * operators(graph);
  bound[BoundTerm::scheduler] = d.of(std::max(each, Cycles{all.count() / npu.scheduler.count})) + loads.scheduler_tail;
}

}  // namespace

BoundTerm LowerBound::binding() const {
  return static_cast<BoundTerm>(std::ranges::max_element(terms) - terms.begin());
}

LowerBound lower_bound(const TileGraph& graph, const arch::NpuSpec& npu, const arch::MachineLimits& limits) {
  LowerBound bound;
  const Durations durations(graph, npu, limits);
  const LeastPath path = least_path(graph, durations);
  bound[BoundTerm::path] = path.length;
  bound[BoundTerm::host] = path.host;
  bound[BoundTerm::dependences] = dependence_bound(graph, npu, limits, durations).time;
  bound_units(graph, npu, durations, bound);
  return bound_with_traffic(bound, compulsory_traffic(graph, limits), limits);
}

namespace {

// One packet is granted per cycle; the last one still has its way to go.
Ps grants(const Traffic& t, const arch::MachineLimits& limits) {
  const std::int64_t packets = t.packets_read + t.packets_write;
  if (packets == 0) return Ps{0};
  return limits.interconnect_clock.duration(Cycles{packets - 1}) +
         std::min(limits.packet_way(false, true), limits.packet_way(true));
}

// What all packets together hold of the outstanding places: each its way, and the time of its data at the memory and on
// the interconnect.
Ps credits(const Traffic& t, const arch::MachineLimits& limits) {
  const std::int64_t bytes = t.core_read + t.core_write;
  const auto ways = [](Ps way, std::int64_t packets) { return static_cast<__int128>(way.count()) * packets; };
  const __int128 held = ways(limits.packet_way(false), t.packets_read - t.packets_forwarded) +
                        ways(limits.packet_way(false, true), t.packets_forwarded) +
                        ways(limits.packet_way(true), t.packets_write) +
                        arch::time_at(bytes, limits.interconnect_rate).count() +
                        arch::time_at(bytes - t.forwarded, limits.packet_rate).count();
  return Ps{static_cast<std::int64_t>(held / limits.outstanding)};
}

}  // namespace

LowerBound bound_with_traffic(LowerBound bound, const Traffic& t, const arch::MachineLimits& limits) {
  bound.traffic = t;
  bound[BoundTerm::dram] = arch::time_at(t.dram_read + t.dram_write, limits.dram.peak_bytes_per_second);
  const std::int64_t one_way = limits.full_duplex ? std::max(t.core_read, t.core_write) : t.core_read + t.core_write;
  bound[BoundTerm::interconnect] = arch::time_at(one_way, limits.interconnect_rate);
  // The last packet of each channel need not wait for its own share.
  const std::int64_t spaced = t.core_read + t.core_write - limits.dma_channels * limits.packet_bytes;
  bound[BoundTerm::channels] = arch::time_at(std::max<std::int64_t>(0, spaced), limits.channels_rate);
  bound[BoundTerm::shared_sram] = arch::time_at(t.core_read + t.core_write, limits.shared_sram_rate);
  bound[BoundTerm::grants] = grants(t, limits);
  bound[BoundTerm::credits] = credits(t, limits);
  return bound;
}

}  // namespace tessera::scheduler
