// What every block and every tile of a graph costs on one machine, as the planner counts it: plain integers, worked
// out once for a run, then only read.
//
// A transfer takes its share of each part of the memory path as a whole. It is not cut into packets, but their number
// counts: one is granted per cycle. Array work is what the fold plan says, without conflicts.
#pragma once

#include <cstdint>
#include <vector>

#include "arch/limits/machine_limits.h"
#include "arch/spec/npu_spec.h"
#include "base/units.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

// How long a transfer of the block occupies each part of the path between the cores and the memory.
struct MoveCost {
  base::Ps issue{0};   // the DMA channel that sends it, credits included
  base::Ps path{0};    // one direction of the interconnect
  base::Ps shared{0};  // the shared SRAM's port; 0 without one
  base::Ps dram{0};    // all DRAM channels together, as long as the fullest of them
  // Where it takes longest when it comes from the DRAM and as many channels as that have a part of it each, or as many
  // transfers go side by side.
  [[nodiscard]] base::Ps share(std::uint32_t channels) const {
    return std::max({base::Ps{issue.count() / channels}, path, shared, dram});
  }
};

struct PlanBlock {
  MoveCost move;
  std::uint32_t family = 0;   // blocks of one family may contain each other: one tensor of one request
  std::uint32_t readers = 0;  // operands of tiles that are this block
  bool constant = false;
  // No other block of its family is as large in every axis: none can contain it. Where one is, it may or may not.
  bool contained = false;
};

// What the array or the vector unit does for one tile, from its start.
struct PlanWork {
  base::Ps occupancy{0};   // until the next tile may start
  base::Ps result{0};      // until its last result
  base::Ps post_start{0};  // until its post-operation may start
};

struct PlanTile {
  BlockId block[2] = {kNoId, kNoId};  // input, weight
  GroupId group = 0;
  std::uint32_t stage = 0;  // operator of a request; ascending with the request's rank, then the tile ids
  std::uint32_t work = 0;   // index into PlanCosts::works
  TileKind kind = TileKind::pe;
  bool first = true, last = true;                 // of its group
  bool shared[2] = {false, false};                // other tiles load the operand as well
  base::Ps load[2] = {base::Ps{0}, base::Ps{0}};  // of an operand, where it takes longest
  base::Ps post{0};                               // its post-operation on the vector unit; 0: none
  [[nodiscard]] std::uint32_t unit() const { return kind == TileKind::vector ? 1 : 0; }
};

struct PlanCosts {
  PlanCosts(const TileGraph&, const arch::NpuSpec&, const arch::MachineLimits&, const ScheduleSpec&);

  const TileGraph* graph;
  std::vector<PlanTile> tiles;
  std::vector<PlanBlock> blocks;
  std::vector<PlanWork> works;  // those of the array, then one for each vector tile
  std::vector<TileId> stage_first;
  std::vector<TileKind> stage_kind;
  std::vector<std::uint32_t> stage_request;  // the place of its request among those that go first

  std::uint32_t cores = 1, schedulers = 1, queue = 1, channels = 1;
  std::uint32_t parts = 1;  // of a transfer, each on the channel that is free first; at most the channels
  std::uint32_t slots[3] = {2, 2, 2};
  bool full_duplex = true, shared_sram = false;
  std::int64_t shared_bytes = 0;           // capacity of the shared SRAM
  base::Ps decision{0}, launch{0};         // of a dispatch; more for the first of a stage
  base::Ps pipeline{0};                    // of the vector unit behind the array
  base::Ps read_way{0}, write_way{0};      // there and back again, its data apart
  base::Ps far{0};                         // more, from the shared SRAM's misses
  std::vector<std::uint32_t> home, stage;  // by group
  [[nodiscard]] std::uint32_t home_of(GroupId g) const { return home[g]; }
  [[nodiscard]] std::uint32_t stage_of(GroupId g) const { return stage[g]; }
  [[nodiscard]] base::Ps occupancy(TileId t) const { return works[tiles[t].work].occupancy; }
  void order_stages();
  [[nodiscard]] std::uint32_t stages() const { return static_cast<std::uint32_t>(stage_first.size()); }
  // Whether a slot that holds `held` serves who wants `wanted` (docs/semantics.md 6.7).
  [[nodiscard]] bool serves(BlockId held, BlockId wanted) const {
    return held == wanted || (blocks[wanted].contained && blocks[held].family == blocks[wanted].family &&
                              graph->blocks[held].box.contains(graph->blocks[wanted].box));
  }
};

}  // namespace tessera::scheduler
