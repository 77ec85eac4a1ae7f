#include "sim/results/phases.h"

#include <algorithm>
#include <map>

#include "scheduler/bounds/lower_bound.h"

namespace tessera::sim {

using base::Ps;

namespace {

std::int64_t share(std::int64_t of_run, std::int64_t part, std::int64_t whole) {
  if (whole == 0) return 0;
  return static_cast<std::int64_t>(static_cast<__int128>(of_run) * part / whole);
}

// Of one operator that loaded and stored so many of the run's bytes.
scheduler::Traffic traffic_of(const scheduler::Traffic& run, std::int64_t read, std::int64_t write) {
  scheduler::Traffic t;
  t.core_read = read;
  t.core_write = write;
  t.dram_read = share(run.dram_read, read, run.core_read);
  t.dram_write = share(run.dram_write, write, run.core_write);
  t.packets_read = share(run.packets_read, read, run.core_read);
  t.packets_write = share(run.packets_write, write, run.core_write);
  t.forwarded = share(run.forwarded, read, run.core_read);
  t.packets_forwarded = share(run.packets_forwarded, read, run.core_read);
  return t;
}

}  // namespace

Ps phases_time(const trace::MeasuresResult& measures, const scheduler::TileGraph& graph,
               const scheduler::Traffic& moved, const arch::MachineLimits& limits) {
  Ps sum{0};
  for (const scheduler::HostTask& task : graph.host_tasks) sum += task.time;
  const auto cores = std::max<std::int64_t>(1, std::ssize(measures.cores));
  for (const trace::OperatorMeasures& op : measures.operators) {
    const scheduler::Traffic t = traffic_of(moved, op.read_bytes, op.write_bytes);
    sum += std::max({Ps{op.array_busy.count() / cores}, Ps{op.vector_busy.count() / cores},
                     scheduler::bound_with_traffic({}, t, limits).time()});
  }
  return sum;
}

}  // namespace tessera::sim
