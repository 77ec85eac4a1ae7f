// Graph and machine in memory that Python's objects own: copied once a run, so that what a policy keeps stays good.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scheduler/plugin/sdk/tessera_policy.h"

namespace tessera::python {

template <class Raw>
std::vector<Raw> copy_of(const tessera_array& from) {
  std::vector<Raw> to;
  to.reserve(from.count);
  const char* at = static_cast<const char*>(from.data);
  for (std::uint64_t i = 0; i < from.count; ++i, at += from.stride) to.push_back(*reinterpret_cast<const Raw*>(at));
  return to;
}

// Ids in rows: row i is ids[rows[i]] .. ids[rows[i + 1] - 1].
class IdRows {
 public:
  IdRows(const std::uint32_t* rows, const std::uint32_t* ids, std::size_t count)
      : rows_(rows, rows + (rows != nullptr ? count + 1 : 0)), ids_(ids, ids + (rows_.empty() ? 0 : rows_.back())) {}
  [[nodiscard]] std::size_t size() const { return rows_.empty() ? 0 : rows_.size() - 1; }
  [[nodiscard]] std::span<const std::uint32_t> row(std::size_t i) const {
    return std::span(ids_).subspan(rows_[i], rows_[i + 1] - rows_[i]);
  }

 private:
  std::vector<std::uint32_t> rows_, ids_;
};

struct GraphCopy {
  explicit GraphCopy(const tessera_view& view)
      : graph(*view.graph), machine(*view.machine), tiles(copy_of<tessera_tile>(graph.tiles)),
        groups(copy_of<tessera_group>(graph.groups)), blocks(copy_of<tessera_block>(graph.blocks)),
        works(copy_of<tessera_work>(graph.works)), channels(copy_of<tessera_channel>(machine.channels)),
        requests(copy_of<tessera_request>(graph.request_list)),
        arrivals_ps(graph.arrivals_ps, graph.arrivals_ps + graph.requests),
        predecessors(graph.predecessor_rows, graph.predecessor_ids, groups.size()),
        successors(graph.successor_rows, graph.successor_ids, groups.size()),
        control(graph.control_rows, graph.control_ids, groups.size()),
        producers(graph.producer_rows, graph.producer_ids, blocks.size()) {}

  tessera_graph graph;  // its numbers; its pointers are the dispatcher's
  tessera_machine machine;
  std::vector<tessera_tile> tiles;
  std::vector<tessera_group> groups;
  std::vector<tessera_block> blocks;
  std::vector<tessera_work> works;
  std::vector<tessera_channel> channels;
  std::vector<tessera_request> requests;
  std::vector<std::int64_t> arrivals_ps;
  IdRows predecessors, successors, control, producers;
};

}  // namespace tessera::python
