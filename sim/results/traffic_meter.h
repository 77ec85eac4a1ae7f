// Bytes of a run against its plan: what moved, what of it nobody asked for, what did not have to move.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/tiles/tile_graph.h"
#include "trace/record/sink.h"

namespace tessera::sim {

class TrafficMeter : public trace::Consumer {
 public:
  explicit TrafficMeter(const scheduler::TileGraph& graph) : graph_(graph) {}
  void consume(std::span<const trace::Record> records, std::uint64_t first_id) override;
  void finish(base::Ps) override {}

  [[nodiscard]] std::int64_t load_bytes() const { return load_bytes_; }  // moved by loads that ended
  [[nodiscard]] std::int64_t store_bytes() const { return store_bytes_; }
  // Moved because a burst is the smallest access: bytes of touched bursts outside the blocks' boxes.
  [[nodiscard]] std::int64_t padding_bytes() const { return padding_bytes_; }

 private:
  const scheduler::TileGraph& graph_;
  std::vector<bool> counted_;  // by task: the parts of a split transfer share one
  std::int64_t load_bytes_ = 0, store_bytes_ = 0, padding_bytes_ = 0;
};

// What the tiles would move if no slot were ever reused: every operand of every tile, every output once.
[[nodiscard]] std::int64_t planned_bytes(const scheduler::TileGraph& graph);

}  // namespace tessera::sim
