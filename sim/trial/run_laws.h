// What must hold of every run, judged from its records alone: whatever a policy answers, every tile is dispatched once
// (of those that were taken back the last time counts), and none before the results that it reads are stored.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scheduler/tiles/tile_graph.h"
#include "trace/record/sink.h"

namespace tessera::sim {

class RunLaws final : public trace::Consumer {
 public:
  explicit RunLaws(const scheduler::TileGraph& graph);
  void consume(std::span<const trace::Record>, std::uint64_t first_id) override;
  void finish(base::Ps) override {}

  // After a run that ended well: the first law that is broken, or empty.
  [[nodiscard]] std::string broken() const;
  // The same for runs whose records are the same.
  [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_; }

 private:
  const scheduler::TileGraph* graph_;
  std::vector<std::uint32_t> decisions_;               // by tile
  std::vector<base::Ps> decided_, stored_;             // by tile, by group
  std::uint64_t fingerprint_ = 14695981039346656037U;  // FNV-1a
};

}  // namespace tessera::sim
