// Graphs so small that their best order is known: what it takes is worked out by hand, and which policies find it.
//
// One DMA channel that moves a byte in a cycle and answers at once; decisions take no time. So a tile of `work` cycles
// whose operands are there ends `work` cycles after the one before it on its core.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "scheduler/policy/policies.h"
#include "tests/scheduler/support/run_checks.h"

namespace tessera::scheduler::testing {
namespace {

constexpr BlockId kNone = kNoId;

// Every group is one tile; it waits for those whose outputs it reads.
class Hand {
 public:
  Scenario s;

  explicit Hand(std::int64_t cores, std::int64_t inputs, std::int64_t weights, std::int64_t outputs) {
    s.npu.core_clock = s.npu.interconnect_clock = s.npu.dram_clock = base::Clock(1000, 1);
    s.npu.cores = cores;
    s.npu.core.queue = 2;
    s.npu.scheduler.dispatch_latency = base::Cycles{0};
    s.npu.dma.channels.assign(1, {.bytes_per_cycle = 1});
    s.npu.interconnect.bytes_per_cycle = 1;
    s.npu.dram.simple.bytes_per_second = 1'000'000'000;
    s.npu.dram.simple.latency = base::Ps{0};
    s.graph.slots[0] = inputs, s.graph.slots[1] = weights, s.graph.slots[2] = outputs;
    for (auto& bytes : s.graph.slot_bytes) bytes = 1 << 20;
    s.graph.requests.resize(1);
  }
  BlockId block(std::int64_t bytes, bool constant = false) {
    Block b;
    b.root = static_cast<std::uint32_t>(s.graph.blocks.size());
    b.constant = constant;
    b.box = {{0, 0, 0, 0}, {1, bytes / 64, 1, 1}};
    b.bytes = b.useful_bytes = bytes;
    b.where = {s.graph.dram_bytes_end, bytes, {1, 1, 1}, {1, 1, 1}};
    s.graph.dram_bytes_end += bytes;
    s.graph.blocks.push_back(b);
    return static_cast<BlockId>(s.graph.blocks.size() - 1);
  }
  BlockId weights(std::int64_t bytes) { return block(bytes, true); }
  // A tile of operator `op`; what it writes.
  BlockId tile(std::uint32_t op, TileKind kind, std::int64_t work, BlockId input, BlockId weight, std::int64_t output,
               std::uint32_t home = 0) {
    Tile t;
    t.kind = kind;
    t.op = op;
    t.group = static_cast<GroupId>(s.graph.groups.size());
    t.input = input;
    t.weight = weight;
    if (kind == TileKind::pe) {
      arch::ArrayWork w;
      w.occupancy = w.latency = base::Cycles{work};
      w.macs = w.folds = w.rows = w.columns = 1;
      t.work = static_cast<std::uint32_t>(s.graph.works.size());
      s.graph.works.push_back(w);
    } else {
      t.vector_cycles = base::Cycles{work};
    }
    const BlockId out = block(output);
    s.graph.groups.push_back({static_cast<TileId>(s.graph.tiles.size()), 1, out, 0, op, home});
    s.graph.tiles.push_back(t);
    return out;
  }

  // In cycles.
  std::map<std::string, std::int64_t> makespans(bool prefetch = true) {
    link();
    std::map<std::string, std::int64_t> out;
    for (const auto name :
         {"depth_first", "breadth_first", "round_robin", "lookahead", "heft", "critical_path", "memory_aware"}) {
      PolicySpec spec;
      spec.name = name;
      if (!prefetch && spec.name == "lookahead") spec.options["prefetch"] = std::int64_t{0};
      const auto policy = make_policy(spec);
      MachineShape machine;
      machine.ps_per_byte = 1000;
      machine.least_latency = machine.random_latency = 0;
      const Outcome o = run_checked(s, *policy, machine);
      EXPECT_EQ(o.state, RunState::done) << name << o.failure;
      for (const auto& p : o.problems) ADD_FAILURE() << name << ": " << p;
      out[name] = o.makespan.count() / 1000;
    }
    return out;
  }

 private:
  void link() {
    TileGraph& g = s.graph;
    if (g.producer_rows.size() > 1) return;
    const auto row = [](std::vector<std::uint32_t>& rows, std::vector<std::uint32_t>& ids, const auto& values) {
      ids.insert(ids.end(), values.begin(), values.end());
      rows.push_back(static_cast<std::uint32_t>(ids.size()));
    };
    std::map<BlockId, GroupId> writer;
    for (GroupId i = 0; i < g.groups.size(); ++i) writer[g.groups[i].output] = i;
    std::vector<std::vector<std::uint32_t>> after(g.groups.size());
    for (BlockId b = 0; b < g.blocks.size(); ++b)
      row(g.producer_rows, g.producer_ids,
          writer.contains(b) ? std::vector<std::uint32_t>{writer[b]} : std::vector<std::uint32_t>{});
    for (GroupId i = 0; i < g.groups.size(); ++i) {
      std::vector<std::uint32_t> before;
      for (const BlockId b : {g.tiles[i].input, g.tiles[i].weight})
        if (b != kNone && writer.contains(b)) before.push_back(writer[b]);
      std::ranges::sort(before);
      row(g.predecessor_rows, g.predecessor_ids, before);
      row(g.control_rows, g.control_ids, std::vector<std::uint32_t>{});
      for (const GroupId p : before) after[p].push_back(i);
    }
    for (const auto& a : after) row(g.successor_rows, g.successor_ids, a);
    g.count_requests();
  }
};

// Two operators read the same two weights, of which the core holds one. Each weight is loaded once if the operators
// take turns: 64 + 1024 cycles to the first tile; its twin runs behind it until 1288, when the other weight may come
// (64 + 1024, behind a store of 64: 2440); two tiles of 100 and a store of 64. In the order of the operators each
// weight is loaded twice.
TEST(KnownOrders, OperatorsThatShareWeightsTakeTurns) {
  Hand h(1, 2, 1, 2);
  const BlockId w0 = h.weights(1024), w1 = h.weights(1024);
  for (const std::uint32_t op : {0U, 1U})
    for (const BlockId w : {w0, w1}) h.tile(op, TileKind::pe, 100, h.block(64), w, 64);
  auto cycles = h.makespans();
  for (const auto* name : {"lookahead", "memory_aware", "heft", "critical_path", "depth_first", "round_robin"})
    EXPECT_EQ(cycles[name], 2704) << name;
  EXPECT_GT(cycles["breadth_first"], 64 + 4 * 1024);
}

// A chain of four tiles of 400 behind eight short ones of 100: 2400 cycles of work behind the first load of 128, before
// a store of 64. Each link of the chain waits 128 for a store and a load, which short ones fill if enough are left.
TEST(KnownOrders, ALongChainGoesBeforeManyShortTiles) {
  Hand h(1, 4, 2, 4);
  const BlockId w = h.weights(64);
  for (std::uint32_t i = 0; i < 8; ++i) h.tile(0, TileKind::pe, 100, h.block(64), w, 64);
  BlockId link = h.block(64);
  for (std::uint32_t i = 0; i < 4; ++i) link = h.tile(1 + i, TileKind::pe, 400, link, w, 64, 0);
  auto cycles = h.makespans();
  for (const auto* name : {"lookahead", "heft", "critical_path", "memory_aware"})
    EXPECT_EQ(cycles[name], 128 + 2400 + 64) << name;
  EXPECT_EQ(cycles["breadth_first"], 3072) << "the links wait with nothing to fill them";
}

// A movement of 960 bytes there and back again, which one vector tile waits for, beside five tiles of 600. 3648 bytes
// in all, and the channel never rests if the first tiles' 192 go before the movement's: the work ends at 128 + 3000. If
// the movement goes first, as it has the longest way to the end, the work begins at 960 + 128 and takes 3000 and a
// store.
TEST(KnownOrders, AMovementGoesBesideTheWork) {
  Hand h(1, 8, 2, 4);
  const BlockId w = h.weights(64);
  for (std::uint32_t i = 0; i < 5; ++i) h.tile(0, TileKind::pe, 600, h.block(64), w, 64);
  const BlockId moved = h.tile(1, TileKind::movement, 0, h.block(960), kNone, 960);
  h.tile(2, TileKind::vector, 10, moved, kNone, 64);
  auto cycles = h.makespans();
  for (const auto* name : {"lookahead", "critical_path", "memory_aware"}) EXPECT_EQ(cycles[name], 3648) << name;
  EXPECT_EQ(cycles["heft"], 4152);
}

// The second tile's weights are loaded while the first one runs, 128 to 2128: its store, the second tile's input, 100
// and a store follow. Without a prefetch its weights come after its input, 1920 cycles later.
TEST(KnownOrders, APrefetchPaysWhereWeightsAreLoadedUnderTheWorkBefore) {
  Hand h(1, 2, 2, 2);
  const BlockId first = h.tile(0, TileKind::pe, 2000, h.block(64), h.weights(64), 64);
  h.tile(1, TileKind::pe, 100, first, h.weights(1920), 64);
  auto cycles = h.makespans(), without = h.makespans(false);
  EXPECT_EQ(cycles["lookahead"], 2420);
  EXPECT_EQ(cycles["heft"], 2420);
  EXPECT_EQ(cycles["critical_path"], 2420);
  EXPECT_EQ(cycles["memory_aware"], 2420);
  EXPECT_EQ(without["lookahead"], 2420 + 1920);
  EXPECT_EQ(cycles["depth_first"], 2420 + 1920);
  EXPECT_EQ(cycles["breadth_first"], 2420 + 1920);
  EXPECT_EQ(cycles["round_robin"], 2420 + 1920);
}

// Three tiles of 100 that store 1024, and three of 1000 that store 64: 3300 cycles of work, and in turns the stores go
// under it. No order attains the 128 + 3300 + 64 that the work alone would take: the last store but one is in the way.
TEST(KnownOrders, LargeStoresGoUnderLongTiles) {
  Hand h(1, 2, 2, 2);
  const BlockId w = h.weights(64);
  for (std::uint32_t i = 0; i < 3; ++i) h.tile(0, TileKind::pe, 100, h.block(64), w, 1024);
  for (std::uint32_t i = 0; i < 3; ++i) h.tile(1, TileKind::pe, 1000, h.block(64), w, 64);
  auto cycles = h.makespans();
  EXPECT_EQ(cycles["round_robin"], 3748);
  EXPECT_EQ(cycles["lookahead"], 3748);
  EXPECT_EQ(cycles["breadth_first"], 5556) << "two stores in the way of every third tile";
}

}  // namespace
}  // namespace tessera::scheduler::testing
