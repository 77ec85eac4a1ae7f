#include <map>

#include "scheduler/bounds/lower_bound.h"

namespace tessera::scheduler {

LowerBound work_bound(const TileGraph& graph, const arch::NpuSpec& npu, const arch::MachineLimits& limits) {
  const auto& array = npu.core.pe_array;
  const std::int64_t pes = array.rows * array.columns * npu.cores;
  std::map<std::int64_t, std::int64_t> macs;  // by the array's rate
  for (const Tile& t : graph.tiles)
    if (t.kind == TileKind::pe) macs[graph.work_rates[t.work].thousandths] += graph.works[t.work].macs;
  LowerBound bound;
  base::Cycles on_arrays{0};
  for (const auto& [thousandths, count] : macs) on_arrays += base::Cycles{count / pes * 1000 / thousandths};
  bound[BoundTerm::arrays] = npu.core_clock.duration(on_arrays);
  base::Cycles on_vector_units{0};
  for (const Tile& t : graph.tiles) on_vector_units += t.vector_cycles;
  bound[BoundTerm::vector_units] = npu.core_clock.duration(base::Cycles{on_vector_units.count() / npu.cores});
  for (const HostTask& task : graph.host_tasks) bound[BoundTerm::host] += task.time;
  // Bytes, and packets as large as they can be.
  Traffic t = compulsory_traffic(graph, limits);
  t.packets_read = base::ceil_div(t.core_read, limits.packet_bytes);
  t.packets_write = base::ceil_div(t.core_write, limits.packet_bytes);
  if (limits.forwards) {
    t.packets_forwarded = t.packets_read;
    t.forwarded = t.core_read;
  }
  return bound_with_traffic(bound, t, limits);
}

}  // namespace tessera::scheduler
