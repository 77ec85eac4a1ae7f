// What lies below level tile, woven into a run's records on their way to the trace file.
//
// The simulation itself records tiles and transfers. A fold follows from its tile's compute: its start and length are
// those of the closed form (a bank conflict prolongs the tile behind its last fold). A burst record is one packet that
// DRAM served, heard beside the run; it stands before the first record that ends after it. Since nothing of this
// passes the machine, no level can change a makespan. Records are numbered anew, and causes with them.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "arch/dram/observed_memory.h"
#include "arch/spec/npu_spec.h"
#include "scheduler/tiles/tile_graph.h"
#include "trace/record/level.h"
#include "trace/record/sink.h"

namespace tessera::sim {

class DetailRecords : public trace::Consumer, public arch::MemoryObserver {
 public:
  // `dram_lane`: of DRAM channel 0; the others follow. All references outlive this.
  DetailRecords(const arch::NpuSpec& npu, const scheduler::TileGraph& graph, trace::Level level,
                std::uint16_t dram_lane, trace::Consumer& next);

  void consume(std::span<const trace::Record> records, std::uint64_t first_id) override;
  void finish(base::Ps end) override;
  void on_answer(const arch::MemoryRequest& request, const arch::MemoryAnswer& answer) override;

 private:
  // Of an ArrayWork: where each fold lies, in cycles from the tile's start.
  struct FoldSpan {
    base::Cycles start{0}, length{0};
    std::int64_t macs = 0;
    std::uint16_t rows = 0, columns = 0;
  };
  [[nodiscard]] const std::vector<FoldSpan>& folds_of(std::uint32_t work);
  void add_folds(const trace::Record& compute);
  void add_bursts_until(base::Ps end);
  void inserted(std::uint64_t before_id);
  [[nodiscard]] std::uint64_t new_id(std::uint64_t id) const;
  void pass_on();

  const arch::NpuSpec& npu_;
  const scheduler::TileGraph& graph_;
  trace::Level level_;
  std::uint16_t dram_lane_;
  std::int64_t interleave_, dram_channels_;
  trace::Consumer& next_;
  std::vector<std::vector<FoldSpan>> folds_;  // by work; empty until used
  std::deque<trace::Record> bursts_;          // not yet woven in; by end
  std::vector<trace::Record> out_;
  std::uint64_t out_first_ = 1, out_next_ = 1;  // new ids: of out_'s first record, of the next one
  // (old id, how many records have been put in before it), ascending; ids between follow the entry before them.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> shifts_;
  std::uint64_t added_ = 0;
};

}  // namespace tessera::sim
