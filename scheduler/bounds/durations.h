// Least durations of the pieces of a tile's life: what every lower bound is made of (docs/semantics.md 13.1 to 13.3).
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "arch/limits/machine_limits.h"
#include "arch/spec/npu_spec.h"
#include "base/units.h"
#include "scheduler/bounds/traffic.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

// In ps, without contention. The graph, the machine and its limits outlive it.
class Durations {
 public:
  Durations(const TileGraph& graph, const arch::NpuSpec& npu, const arch::MachineLimits& limits)
      : graph_(graph), npu_(npu), decision_(of(npu.scheduler.dispatch_latency)) {
    for (const Block& block : graph.blocks) {
      load_.push_back(limits.transfer_min(block.bytes, false, may_be_forwarded(block)));
      store_.push_back(limits.transfer_min(block.bytes, true));
    }
  }
  // The same with transfers of which more is known: by block, what a load and a store of it takes at least.
  Durations(const TileGraph& graph, const arch::NpuSpec& npu, std::vector<base::Ps> load, std::vector<base::Ps> store)
      : graph_(graph), npu_(npu), decision_(of(npu.scheduler.dispatch_latency)), load_(std::move(load)),
        store_(std::move(store)) {}
  [[nodiscard]] base::Ps decision() const { return decision_; }
  [[nodiscard]] base::Ps load(BlockId b) const { return load_[b]; }
  [[nodiscard]] base::Ps store(const Group& g) const { return store_[g.output]; }
  // Longest of a tile's loads.
  [[nodiscard]] base::Ps loads(const Tile& t) const {
    base::Ps longest{0};
    for (const BlockId operand : {t.input, t.weight})
      if (operand != kNoId) longest = std::max(longest, load(operand));
    return longest;
  }
  // Of cycles of the core clock. Rounded down; a negative difference away from zero, so that a sum is never too high.
  [[nodiscard]] base::Ps of(base::Cycles cycles) const {
    if (cycles >= base::Cycles{0}) return npu_.core_clock.duration(cycles);
    return base::Ps{0} - npu_.core_clock.duration(base::Cycles{0} - cycles) - base::Ps{1};
  }
  [[nodiscard]] const arch::ArrayWork& work(const Tile& t) const { return graph_.works[t.work]; }
  [[nodiscard]] base::Ps post_pipeline() const { return of(npu_.core.vector_unit.pipeline_latency); }

 private:
  const TileGraph& graph_;
  const arch::NpuSpec& npu_;
  base::Ps decision_;
  std::vector<base::Ps> load_, store_;
};

}  // namespace tessera::scheduler
