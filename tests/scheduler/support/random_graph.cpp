#include "tests/scheduler/support/random_graph.h"

#include <algorithm>
#include <set>

namespace tessera::scheduler::testing {
namespace {

using base::Cycles;
using base::Ps;

constexpr std::int64_t kBurst = 64;

void append_row(std::vector<std::uint32_t>& rows, std::vector<std::uint32_t>& ids,
                const std::set<std::uint32_t>& values) {
  ids.insert(ids.end(), values.begin(), values.end());
  rows.push_back(static_cast<std::uint32_t>(ids.size()));
}

// Builds a graph operator by operator. Boxes are intervals [begin, end) along h of one-dimensional tensors.
class Builder {
 public:
  TileGraph graph;

  BlockId block(std::uint32_t root, std::uint32_t request, bool constant, std::int64_t begin, std::int64_t end) {
    Block b;
    b.root = root;
    b.request = constant ? 0 : request;
    b.constant = constant;
    b.box = {{0, begin, 0, 0}, {1, end, 1, 1}};
    b.bytes = b.useful_bytes = (end - begin) * kBurst;
    b.where.base = graph.dram_bytes_end;
    b.where.run_bytes = b.bytes;
    for (BlockId i = 0; i < graph.blocks.size(); ++i) {
      const Block& o = graph.blocks[i];
      if (o.root == b.root && o.request == b.request && o.box == b.box) return i;
    }
    graph.dram_bytes_end += b.bytes;
    graph.blocks.push_back(b);
    return static_cast<BlockId>(graph.blocks.size() - 1);
  }
  std::uint32_t work(const arch::ArrayWork& w) {
    graph.works.push_back(w);
    return static_cast<std::uint32_t>(graph.works.size() - 1);
  }
  // Tiles of one group, in order; the block that it writes must be new.
  GroupId group(std::vector<Tile> slices, BlockId output) {
    const auto g = static_cast<GroupId>(graph.groups.size());
    graph.groups.push_back({static_cast<TileId>(graph.tiles.size()), static_cast<std::uint32_t>(slices.size()), output,
                            slices[0].request, slices[0].op, 0});
    for (std::uint32_t i = 0; i < slices.size(); ++i) {
      slices[i].group = g;
      slices[i].slice = i;
      slices[i].slices = static_cast<std::uint32_t>(slices.size());
      graph.tiles.push_back(slices[i]);
    }
    control_.emplace_back();
    return g;
  }
  void control(GroupId before, GroupId after) { control_[after].insert(before); }

  TileGraph finish() {
    // Who writes what a block reads: every group whose output box meets it.
    for (BlockId b = 0; b < graph.blocks.size(); ++b) {
      std::set<std::uint32_t> producers;
      const Block& block = graph.blocks[b];
      for (GroupId g = 0; g < graph.groups.size() && !block.constant; ++g) {
        const Block& out = graph.blocks[graph.groups[g].output];
        if (out.root == block.root && out.request == block.request && out.box.intersects(block.box))
          producers.insert(g);
      }
      append_row(graph.producer_rows, graph.producer_ids, producers);
    }
    std::vector<std::set<std::uint32_t>> successors(graph.groups.size());
    for (GroupId g = 0; g < graph.groups.size(); ++g) {
      std::set<std::uint32_t> before = control_[g];
      const Group& group = graph.groups[g];
      for (TileId t = group.first; t < group.first + group.slices; ++t) {
        for (const BlockId b : {graph.tiles[t].input, graph.tiles[t].weight}) {
          if (b == kNoId) continue;
          const auto p = graph.producers(b);
          before.insert(p.begin(), p.end());
        }
      }
      if (graph.is_host(group))
        for (const BlockId b : graph.host_task(group.first).reads)
          before.insert(graph.producers(b).begin(), graph.producers(b).end());
      before.erase(g);
      append_row(graph.predecessor_rows, graph.predecessor_ids, before);
      append_row(graph.control_rows, graph.control_ids, control_[g]);
      for (const GroupId p : before) successors[p].insert(g);
    }
    for (const auto& s : successors) append_row(graph.successor_rows, graph.successor_ids, s);
    graph.count_requests();
    return std::move(graph);
  }

 private:
  std::vector<std::set<std::uint32_t>> control_;
};

arch::ArrayWork random_work(Random& random) {
  arch::ArrayWork w;
  w.occupancy = Cycles{pick(random, 1, 40)};
  w.latency = w.occupancy + Cycles{chance(random, 50) ? 0 : pick(random, 1, 30)};
  w.last_step_offset = Cycles{pick(random, 0, w.occupancy.count() - 1)};
  w.macs = pick(random, 1, 1000);
  w.folds = w.rows = w.columns = 1;
  return w;
}

class RandomRequest {
 public:
  RandomRequest(Builder& builder, Random& random, const GraphShape& shape, std::uint32_t structure_seed,
                std::uint32_t network)
      : builder_(builder), random_(random), shape_(shape), structure_(structure_seed), constants_(10'000 * network) {}

  // Tensor ids of activations are 100 + operator; weights 1000 + operator, of another network 10000 x network on; the
  // input is 0.
  void build(std::uint32_t request) {
    const std::int64_t operators = pick(structure_, 1, shape_.operators);
    std::vector<std::int64_t> extent{pick(structure_, 2, 8)};  // of tensor i; 0 = the network input
    std::vector<std::vector<GroupId>> groups;
    for (std::uint32_t op = 0; op < operators; ++op) {
      const auto from = static_cast<std::size_t>(pick(structure_, std::max<std::int64_t>(0, std::int64_t{op} - 2), op));
      const auto second = static_cast<std::size_t>(pick(structure_, 0, op));
      const std::int64_t kind = pick(structure_, 0, 9);
      const std::int64_t blocks = std::min(pick(structure_, 1, shape_.blocks), extent[from]);
      extent.push_back(extent[from]);
      groups.emplace_back();
      const bool barrier = op > 0 && chance(structure_, 20);
      const bool on_host = shape_.host && chance(structure_, 30);
      for (std::int64_t i = 0; i < blocks; ++i) {
        const std::int64_t begin = i * extent[from] / blocks, end = (i + 1) * extent[from] / blocks;
        Place at{request, op, begin, end, extent[from]};
        const BlockId output = builder_.block(100 + op, request, false, begin, end);
        const GroupId g = on_host    ? host_task(at, from, second, extent, output)
                          : kind < 6 ? convolution(at, from, output)
                          : kind < 9 ? vector(at, from, kind == 6 ? std::min(second, from) : kNoOperand, extent, output)
                                     : movement(at, from, output);
        if (barrier)
          for (const GroupId p : groups[op - 1]) builder_.control(p, g);
        else if (op > 0 && chance(structure_, 10)) builder_.control(groups[op - 1].front(), g);
        groups.back().push_back(g);
      }
    }
  }

 private:
  static constexpr std::size_t kNoOperand = 999;
  struct Place {
    std::uint32_t request, op;
    std::int64_t begin, end, extent;
  };
  static std::uint32_t tensor(std::size_t i) { return i == 0 ? 0 : static_cast<std::uint32_t>(99 + i); }
  Tile tile(const Place& at, TileKind kind) {
    Tile t;
    t.kind = kind;
    t.op = at.op;
    t.request = at.request;
    return t;
  }
  // Halo of one row now and then, so that boxes overlap and contain one another.
  BlockId activation(const Place& at, std::size_t from) {
    const std::int64_t halo = pick(structure_, 0, 1);
    return builder_.block(tensor(from), at.request, false, std::max<std::int64_t>(0, at.begin - halo),
                          std::min(at.extent, at.end + halo));
  }
  GroupId convolution(const Place& at, std::size_t from, BlockId output) {
    std::vector<Tile> slices;
    const std::int64_t n = pick(structure_, 1, shape_.slices);
    const bool wide = chance(structure_, 30);  // the first slice's weights hold those of the others
    for (std::int64_t k = 0; k < n; ++k) {
      Tile t = tile(at, TileKind::pe);
      t.input = activation(at, from);
      t.weight = builder_.block(constants_ + 1000 + at.op, 0, true, wide && k == 0 ? 0 : k * 3, k * 3 + 3);
      t.work = builder_.work(random_work(structure_));
      if (k + 1 == n && chance(structure_, 40)) t.vector_cycles = Cycles{pick(structure_, 1, 40)};
      slices.push_back(t);
    }
    return builder_.group(slices, output);
  }
  GroupId vector(const Place& at, std::size_t from, std::size_t second, const std::vector<std::int64_t>& extent,
                 BlockId output) {
    Tile t = tile(at, TileKind::vector);
    t.input = activation(at, from);
    if (second != kNoOperand && extent[second] >= at.end) {
      t.weight = builder_.block(tensor(second), at.request, false, at.begin, at.end);
    } else if (chance(structure_, 30)) {
      t.weight = builder_.block(constants_ + 2000 + at.op, 0, true, 0, 2);
    }
    t.vector_cycles = Cycles{pick(structure_, 0, 30)};
    return builder_.group({t}, output);
  }
  GroupId host_task(const Place& at, std::size_t from, std::size_t second, const std::vector<std::int64_t>& extent,
                    BlockId output) {
    std::vector<BlockId> reads{activation(at, from)};
    if (extent[second] >= at.end && second != at.op + 1)
      reads.push_back(builder_.block(tensor(second), at.request, false, at.begin, at.end));
    const Ps time{chance(structure_, 20) ? 0 : pick(structure_, 1, 100'000)};
    const GroupId g = builder_.group({tile(at, TileKind::host)}, output);
    builder_.graph.host_tasks.push_back({builder_.graph.groups[g].first, time, std::move(reads), {}});
    return g;
  }
  GroupId movement(const Place& at, std::size_t from, BlockId output) {
    Tile t = tile(at, TileKind::movement);
    t.input = builder_.block(tensor(from), at.request, false, at.begin, at.end);
    return builder_.group({t}, output);
  }

  Builder& builder_;
  Random& random_;
  const GraphShape& shape_;
  Random structure_;  // the same for every request of a network
  std::uint32_t constants_;
};

}  // namespace

TileGraph random_graph(Random& random, const GraphShape& shape) {
  Builder builder;
  const std::int64_t requests = pick(random, 1, shape.requests);
  const auto structure = static_cast<std::uint32_t>(random());
  Ps arrival{0};
  for (std::uint32_t r = 0; r < requests; ++r) {
    const bool other = r > 0 && chance(random, 30);
    builder.graph.requests.push_back({.arrival = arrival, .network = other ? r : 0});
    arrival += Ps{chance(random, 40) ? 0 : pick(random, 1, 200'000)};
    RandomRequest(builder, random, shape, other ? static_cast<std::uint32_t>(random()) : structure, other ? r : 0)
        .build(r);
  }
  return builder.finish();
}

Scenario random_scenario(Random& random, const GraphShape& shape) {
  Scenario s;
  s.graph = random_graph(random, shape);
  constexpr std::int64_t kPeriods[] = {1000, 625, 1333};
  s.npu.core_clock = base::Clock(kPeriods[pick(random, 0, 2)], pick(random, 1, 2));
  s.npu.interconnect_clock = s.npu.dram_clock = base::Clock(1000, 1);
  s.npu.cores = pick(random, 1, 4);
  s.npu.core.queue = pick(random, 1, 3);
  s.npu.core.vector_unit.pipeline_latency = Cycles{pick(random, 0, 5)};
  s.npu.dma.channels.resize(static_cast<std::size_t>(pick(random, 1, 3)));
  s.npu.dram.burst = base::Bytes{kBurst};
  s.npu.scheduler.count = chance(random, 40) ? 1 : pick(random, 2, 4);
  s.npu.scheduler.dispatch_latency = Cycles{chance(random, 30) ? 0 : pick(random, 1, 30)};
  s.npu.scheduler.launch_latency = Cycles{chance(random, 40) ? 0 : pick(random, 1, 200)};
  s.schedule.dma_split = pick(random, 1, 3);
  s.schedule.binding = chance(random, 50) ? ChannelBinding::dynamically : ChannelBinding::statically;
  for (auto& c : s.schedule.static_channel)
    c = pick(random, 0, static_cast<std::int64_t>(s.npu.dma.channels.size()) - 1);
  for (std::size_t r = 0; r < 3; ++r)
    s.schedule.buffers[r] = s.graph.slots[r] = chance(random, 40) ? 1 : pick(random, 1, 4);
  for (std::size_t r = 0; r < 3; ++r) s.graph.slot_bytes[r] = 1 << 20;
  return s;
}

TileGraph layered_graph(std::int64_t operators, std::int64_t blocks, std::int64_t slices) {
  TileGraph g;
  const auto add_block = [&](std::uint32_t root, bool constant, std::int64_t begin, std::int64_t end,
                             std::int64_t unit) {
    Block b;
    b.root = root;
    b.constant = constant;
    b.box = {{0, begin, 0, 0}, {1, end, 1, 1}};
    b.bytes = b.useful_bytes = (end - begin) * unit;
    b.where = {g.dram_bytes_end, b.bytes, {1, 1, 1}, {1, 1, 1}};
    g.dram_bytes_end += b.bytes;
    g.blocks.push_back(b);
    return static_cast<BlockId>(g.blocks.size() - 1);
  };
  arch::ArrayWork w;
  w.occupancy = Cycles{400};
  w.latency = Cycles{430};
  w.last_step_offset = Cycles{300};
  w.macs = 400'000;
  w.folds = 4;
  w.rows = w.columns = 32;
  g.works.push_back(w);
  for (std::uint32_t op = 0; op < operators; ++op) {
    std::vector<BlockId> weights;
    for (std::int64_t k = 0; k < slices; ++k) weights.push_back(add_block(10'000 + op, true, k, k + 1, 8192));
    for (std::int64_t i = 0; i < blocks; ++i) {
      Group group{static_cast<TileId>(g.tiles.size()), static_cast<std::uint32_t>(slices), kNoId, 0, op, 0};
      const BlockId input = add_block(op, false, std::max<std::int64_t>(0, i - 1), std::min(blocks, i + 2), 4096);
      group.output = add_block(op + 1, false, i, i + 1, 4096);
      for (std::uint32_t k = 0; k < slices; ++k) {
        Tile t;
        t.op = op;
        t.group = static_cast<GroupId>(g.groups.size());
        t.slice = k;
        t.slices = static_cast<std::uint32_t>(slices);
        t.input = input;
        t.weight = weights[k];
        t.work = 0;
        if (t.last()) t.vector_cycles = Cycles{100};
        g.tiles.push_back(t);
      }
      g.groups.push_back(group);
    }
  }
  const auto group_id = [&](std::int64_t op, std::int64_t i) { return static_cast<GroupId>(op * blocks + i); };
  std::vector<std::set<std::uint32_t>> producers(g.blocks.size());
  for (std::int64_t op = 0; op < operators; ++op) {
    for (std::int64_t i = 0; i < blocks; ++i) {
      std::set<std::uint32_t> before, after;
      for (std::int64_t j = std::max<std::int64_t>(0, i - 1); j <= std::min(blocks - 1, i + 1); ++j) {
        if (op > 0) before.insert(group_id(op - 1, j));
        if (op + 1 < operators) after.insert(group_id(op + 1, j));
      }
      producers[g.tiles[g.groups[group_id(op, i)].first].input] = before;
      append_row(g.predecessor_rows, g.predecessor_ids, before);
      append_row(g.successor_rows, g.successor_ids, after);
      append_row(g.control_rows, g.control_ids, {});
    }
  }
  for (const auto& p : producers) append_row(g.producer_rows, g.producer_ids, p);
  for (std::size_t r = 0; r < 3; ++r) g.slots[r] = 2, g.slot_bytes[r] = 1 << 20;
  g.set_arrivals({Ps{0}});
  return g;
}

Scenario small_scenario() {
  Scenario s;
  s.graph = layered_graph(2, 3, 2);
  s.npu.core_clock = base::Clock(1000, 1);
  s.npu.dma.channels.resize(1);
  return s;
}

}  // namespace tessera::scheduler::testing
