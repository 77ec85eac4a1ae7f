// The tile graph as a policy in a library sees it: a copy in its own memory, made once.
#pragma once

#include <tessera/base/clock.h>
#include <tessera/base/units.h>
#include <tessera_policy.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tessera::scheduler {

using TileId = std::uint32_t;
using GroupId = std::uint32_t;
using BlockId = std::uint32_t;
inline constexpr std::uint32_t kNoId = TESSERA_NO_ID;

enum class TileKind : std::uint8_t { pe, vector, movement, host };
inline constexpr std::size_t kDispatchedKinds = 3;  // the first three: tasks of the host are no policy's

struct Tile {
  TileKind kind = TileKind::pe;
  std::uint32_t op = 0;
  std::uint32_t request = 0;
  GroupId group = 0;
  std::uint32_t slice = 0, slices = 1;    // position in its group
  BlockId input = kNoId, weight = kNoId;  // operands; kNoId = not needed
  std::uint32_t work = kNoId;             // index into TileGraph::works
  base::Cycles vector_cycles{0};          // vector tile: its task; last PE slice: its post-operations
  base::Ps predicted{0};                  // on its unit without waiting; a host task's time
  [[nodiscard]] bool last() const { return slice + 1 == slices; }
};

struct Group {
  TileId first = 0;  // tiles first .. first + slices - 1
  std::uint32_t slices = 1;
  BlockId output = kNoId;
  std::uint32_t request = 0, op = 0;
  std::uint32_t core_hint = 0;  // where the tiling dealt it to
};

struct Box {
  std::int64_t begin[4] = {}, end[4] = {};  // n, h, w, c
};

struct Block {
  std::uint32_t root = kNoId, buffer = kNoId, request = 0;
  bool constant = false, network_input = false, network_output = false;
  std::int64_t bits = 8;
  Box box;
  std::int64_t bytes = 0, useful_bytes = 0;
};

struct Work {
  base::Cycles occupancy{0}, latency{0}, last_step_offset{0};
  std::int64_t macs = 0;
};

// One inference that somebody asks for. Its tiles have consecutive ids.
struct Request {
  base::Ps arrival{0};
  std::uint32_t network = 0;         // of those that the run has
  std::int32_t priority = 0;         // the higher goes first
  base::Ps deadline = base::kNever;  // absolute
  TileId first_tile = 0;
  std::uint32_t tiles = 0, operators = 0;  // 0 where Tessera is older than this header
};

class TileGraph {
 public:
  std::vector<Tile> tiles;
  std::vector<Group> groups;
  std::vector<Block> blocks;
  std::vector<Work> works;
  std::int64_t slot_bytes[3] = {}, slots[3] = {};
  std::vector<Request> requests;
  std::int64_t macs = 0;

  [[nodiscard]] std::span<const GroupId> producers(BlockId b) const {
    return row(raw_->producer_rows, raw_->producer_ids, b);
  }
  [[nodiscard]] std::span<const GroupId> predecessors(GroupId g) const {
    return row(raw_->predecessor_rows, raw_->predecessor_ids, g);
  }
  [[nodiscard]] std::span<const GroupId> successors(GroupId g) const {
    return row(raw_->successor_rows, raw_->successor_ids, g);
  }
  [[nodiscard]] std::span<const GroupId> control(GroupId g) const {
    return row(raw_->control_rows, raw_->control_ids, g);
  }
  [[nodiscard]] bool is_host(const Group& g) const { return tiles[g.first].kind == TileKind::host; }

  TileGraph() = default;
  explicit TileGraph(const tessera_graph& raw) : macs(raw.macs), raw_(&raw) {
    copy<tessera_tile>(raw.tiles, tiles, [](const tessera_tile& t) {
      return Tile{static_cast<TileKind>(t.kind),
                  t.op,
                  t.request,
                  t.group,
                  t.slice,
                  t.slices,
                  t.input,
                  t.weight,
                  t.work,
                  base::Cycles{t.vector_cycles},
                  base::Ps{t.predicted_ps}};
    });
    copy<tessera_group>(raw.groups, groups, [](const tessera_group& g) {
      return Group{g.first, g.slices, g.output, g.request, g.op, g.core_hint};
    });
    copy<tessera_block>(raw.blocks, blocks, [](const tessera_block& b) {
      Block block{b.root,
                  b.buffer,
                  b.request,
                  (b.flags & TESSERA_CONSTANT) != 0,
                  (b.flags & TESSERA_NETWORK_INPUT) != 0,
                  (b.flags & TESSERA_NETWORK_OUTPUT) != 0,
                  b.bits,
                  {},
                  b.bytes,
                  b.useful_bytes};
      for (int i = 0; i < 4; ++i) block.box.begin[i] = b.begin[i], block.box.end[i] = b.end[i];
      return block;
    });
    copy<tessera_work>(raw.works, works, [](const tessera_work& w) {
      return Work{base::Cycles{w.occupancy}, base::Cycles{w.latency}, base::Cycles{w.last_step_offset}, w.macs};
    });
    for (int r = 0; r < 3; ++r) slots[r] = raw.slots[r], slot_bytes[r] = raw.slot_bytes[r];
    if (raw.size > offsetof(tessera_graph, request_list)) {
      copy<tessera_request>(raw.request_list, requests, [](const tessera_request& r) {
        return Request{base::Ps{r.arrival_ps}, r.network, r.priority, base::Ps{r.deadline_ps},
                       r.first_tile,           r.tiles,   r.operators};
      });
      return;
    }
    for (std::uint64_t r = 0; r < raw.requests; ++r) requests.push_back({.arrival = base::Ps{raw.arrivals_ps[r]}});
  }

 private:
  template <class Raw, class Made, class Make>
  static void copy(const tessera_array& from, std::vector<Made>& to, const Make& make) {
    to.reserve(from.count);
    const char* at = static_cast<const char*>(from.data);
    for (std::uint64_t i = 0; i < from.count; ++i, at += from.stride)
      to.push_back(make(*reinterpret_cast<const Raw*>(at)));
  }

  static std::span<const std::uint32_t> row(const std::uint32_t* rows, const std::uint32_t* ids, std::uint32_t i) {
    return {ids + rows[i], ids + rows[i + 1]};
  }
  const tessera_graph* raw_ = nullptr;
};

}  // namespace tessera::scheduler
