// Random tile graphs for property tests: chains, diamonds, reductions in slices, vector tiles with one and two
// operands, movement tiles, several requests, some of networks of their own, control edges, shared constants and boxes
// that contain one another.
#pragma once

#include <cstdint>
#include <random>

#include "arch/spec/npu_spec.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler::testing {

using Random = std::mt19937_64;

// Uniform in [low, high]; the same on every standard library.
inline std::int64_t pick(Random& random, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
}
inline bool chance(Random& random, int percent) { return pick(random, 1, 100) <= percent; }

struct GraphShape {
  std::int64_t operators = 6;  // per request, at most
  std::int64_t blocks = 5;     // groups of an operator, at most
  std::int64_t slices = 3;     // of a group, at most
  std::int64_t requests = 2;   // at most
  bool host = false;           // some operators are tasks of the host
};

// Slots are left at one a region; random_schedule() sets them.
[[nodiscard]] TileGraph random_graph(Random&, const GraphShape& = {});

// `operators` convolutions of `blocks` groups each, every group reading its neighbours of the operator before.
[[nodiscard]] TileGraph layered_graph(std::int64_t operators, std::int64_t blocks, std::int64_t slices);

struct Scenario {
  TileGraph graph;
  arch::NpuSpec npu;
  ScheduleSpec schedule;
};
// Twelve tiles on one core with one channel.
[[nodiscard]] Scenario small_scenario();
// 1-4 cores, 1-4 slots a region, queues from 1, 1-4 schedulers, dispatch and launch latencies from 0, 1-3 channels,
// split 1-3, both bindings.
[[nodiscard]] Scenario random_scenario(Random&, const GraphShape& = {});

}  // namespace tessera::scheduler::testing
