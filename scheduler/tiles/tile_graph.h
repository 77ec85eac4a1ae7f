// The tile graph: every tile of a run, the blocks it loads and stores, and who waits for whom.
//
// Built and checked once (Boost.Graph, in tile_graph_build.cpp), then read-only flat arrays: dense ids, compressed
// rows. Tiles of one reduction form a group (same core, k ascending, one output slot); any other tile is a group of
// one. Readiness, edges and stores are per group; loads are per tile.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "arch/array/fold_plan.h"
#include "arch/transfer/transfer.h"
#include "base/units.h"
#include "models/network/network.h"
#include "scheduler/spec/schedule_spec.h"

namespace tessera::scheduler {

using TileId = std::uint32_t;
using GroupId = std::uint32_t;
using BlockId = std::uint32_t;
inline constexpr std::uint32_t kNoId = 0xffffffff;

// A box of a root tensor that a slot can hold or a store writes. Interned: equal boxes of a run share one id.
struct Block {
  models::TensorId root = models::kNone;
  std::uint32_t buffer = kNoId;  // index into TileGraph::buffers
  std::uint32_t request = 0;     // activations; constants are shared and carry 0
  bool constant = false;         // never changes: weights and parameters
  bool network_input = false, network_output = false;
  std::int64_t bits = 8;  // of one element
  models::Box box;        // in the root's axes; weights: [n0,n1) x [k0,k1) as (n, -, -, c)
  arch::Strided where;
  std::int64_t bytes = 0;         // moved: every burst that the box touches
  std::int64_t useful_bytes = 0;  // inside the box
};

// Memory of its own: one activation of one request, one weight block, or another constant. No two share a line of the
// shared SRAM, so its lines can be forgotten when its last load is done.
struct Buffer {
  std::int64_t begin = 0, end = 0;  // addresses, padding included
  std::uint32_t loads = 0;          // operands of tiles that read it
};

// The first three go to a core when a policy says so. `host`: a task of the host, which no policy sees.
enum class TileKind : std::uint8_t { pe, vector, movement, host };
inline constexpr std::size_t kDispatchedKinds = 3;

struct Tile {
  TileKind kind = TileKind::pe;
  std::uint32_t op = 0;  // models::OperatorId
  std::uint32_t request = 0;
  GroupId group = 0;
  std::uint32_t slice = 0, slices = 1;    // position in its group
  BlockId input = kNoId, weight = kNoId;  // operands; kNoId = not needed
  std::uint32_t work = kNoId;             // index into TileGraph::works; a PE operator on the vector unit: its MACs
  base::Cycles vector_cycles{0};          // vector tile: its task; last PE slice: its post-operations, 0 = none
  [[nodiscard]] bool last() const { return slice + 1 == slices; }
};

// What the tile of kind `host` does: it waits for all blocks that it reads, takes `time` of the host alone, and has
// then written its group's output and `writes`. None of these bytes pass the DMA engine.
struct HostTask {
  TileId tile = 0;
  base::Ps time{0};
  std::vector<BlockId> reads, writes;
};

struct Group {
  TileId first = 0;  // tiles first .. first + slices - 1
  std::uint32_t slices = 1;
  BlockId output = kNoId;  // what its store writes
  std::uint32_t request = 0;
  std::uint32_t op = 0;
  std::uint32_t core_hint = 0;  // where it runs if the policy does not care: core_split, or the tiling's own deal
};

// One inference that somebody asks for. Requests of one network have the same operators and tiles; those of others have
// as many as theirs. Tiles of a request have consecutive ids, in the order of the requests.
struct Request {
  base::Ps arrival{0};
  std::uint32_t network = 0;         // of those that the run has
  std::int32_t priority = 0;         // the higher goes first where a policy asks for it
  base::Ps deadline = base::kNever;  // absolute
  // By TileGraph::count_requests().
  TileId first_tile = 0;
  std::uint32_t tiles = 0;
  std::uint32_t first_operator = 0;  // among the operators of all requests: that of its operator 0
  std::uint32_t operators = 0;
};

class TileGraph {
 public:
  std::vector<Tile> tiles;  // ids in loop order, operators in topological order, request by request
  std::vector<Group> groups;
  std::vector<Block> blocks;
  std::vector<Buffer> buffers;
  std::vector<arch::ArrayWork> works;         // interned fold plans
  std::vector<arch::ArrayShape> work_shapes;  // what each was made from; same index
  std::vector<arch::MacRate> work_rates;      // at which the array computes each; same index
  std::vector<HostTask> host_tasks;           // ascending by tile

  // Of a tile of kind `host`.
  [[nodiscard]] const HostTask& host_task(TileId t) const {
    return *std::ranges::lower_bound(host_tasks, t, {}, &HostTask::tile);
  }
  // Whether the group's output is written by the host, so that nothing is stored.
  [[nodiscard]] bool is_host(const Group& g) const { return tiles[g.first].kind == TileKind::host; }

  // Data edges: the groups whose stores a block needs (empty for constants and network inputs), ascending.
  [[nodiscard]] std::span<const GroupId> producers(BlockId b) const { return row(producer_rows, producer_ids, b); }
  // Distinct predecessors (data of any slice and control edges and barriers) and successors of a group, ascending.
  [[nodiscard]] std::span<const GroupId> predecessors(GroupId g) const {
    return row(predecessor_rows, predecessor_ids, g);
  }
  [[nodiscard]] std::span<const GroupId> successors(GroupId g) const { return row(successor_rows, successor_ids, g); }
  // Control edges and barriers among a group's predecessors (subset; ascending).
  [[nodiscard]] std::span<const GroupId> control(GroupId g) const { return row(control_rows, control_ids, g); }

  std::vector<std::uint32_t> producer_rows{0}, producer_ids, predecessor_rows{0}, predecessor_ids, successor_rows{0},
      successor_ids, control_rows{0}, control_ids;

  // By operator: the held rule that gives its tiles again, sizes 0 where it has none.
  std::vector<TileRule> chosen;
  [[nodiscard]] TileRule chosen_for(std::size_t op) const { return op < chosen.size() ? chosen[op] : TileRule{}; }

  // Slots: bytes of one slot by operand region, and their count (from the schedule's buffers).
  std::int64_t slot_bytes[3] = {0, 0, 0};
  std::int64_t slots[3] = {2, 2, 2};
  std::vector<Request> requests;
  std::int64_t macs = 0;
  std::int64_t dram_bytes_end = 0;  // addresses used: [0, end)

  // An operator of a request among those of all requests.
  [[nodiscard]] std::uint32_t operator_of(std::uint32_t request, std::uint32_t op) const {
    return requests[request].first_operator + op;
  }
  [[nodiscard]] std::uint32_t operators() const {
    return requests.empty() ? 0 : requests.back().first_operator + requests.back().operators;
  }
  // One request of network 0 for each time.
  void set_arrivals(const std::vector<base::Ps>& times);
  // Says of each request which tiles and how many operators it has, when all tiles are there.
  void count_requests();

 private:
  [[nodiscard]] static std::span<const std::uint32_t> row(const std::vector<std::uint32_t>& rows,
                                                          const std::vector<std::uint32_t>& ids, std::uint32_t i) {
    return std::span<const std::uint32_t>(ids).subspan(rows[i], rows[i + 1] - rows[i]);
  }
};

}  // namespace tessera::scheduler
