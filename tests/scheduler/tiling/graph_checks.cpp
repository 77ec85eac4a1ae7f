#include "graph_checks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

namespace tessera::scheduler::tests {

namespace {

using models::Box;
using models::Shape;

template <class Visit>
void for_each_element(const Shape& shape, const Box& box, Visit visit) {
  for (auto n = box.begin[0]; n < box.end[0]; ++n)
    for (auto h = box.begin[1]; h < box.end[1]; ++h)
      for (auto w = box.begin[2]; w < box.end[2]; ++w) {
        const auto row = ((n * shape[1] + h) * shape[2] + w) * shape[3];
        for (auto c = box.begin[3]; c < box.end[3]; ++c) visit(static_cast<std::size_t>(row + c));
      }
}

std::size_t elements(const Shape& s) { return static_cast<std::size_t>(s[0] * s[1] * s[2] * s[3]); }

models::TensorId root_of(const models::Network& net, models::TensorId t) {
  return net.tensors[t].root == models::kNone ? t : net.tensors[t].root;
}

// The operands of a tile as blocks of the box's own tensor, in a list.
std::vector<BlockId> operands(const Tile& t) {
  std::vector<BlockId> list;
  for (const BlockId b : {t.input, t.weight})
    if (b != kNoId) list.push_back(b);
  return list;
}

bool through_linear_view(const models::Network& net, models::TensorId t) {
  return net.tensors[t].view == models::Tensor::View::linear;
}

}  // namespace

void check_outputs_written_once(const TileGraph& graph, const models::Network& net) {
  std::map<models::TensorId, std::vector<std::uint8_t>> paint;
  std::set<models::TensorId> inexact;  // written through a linear view: a block encloses more than its elements
  for (const auto& op : net.operators)
    if (through_linear_view(net, op.output)) inexact.insert(root_of(net, op.output));
  for (const Group& g : graph.groups) {
    if (g.request != 0) continue;
    const Block& out = graph.blocks[g.output];
    const Shape& shape = net.tensors[out.root].shape;
    ASSERT_EQ(out.root, root_of(net, net.operators[g.op].output));
    ASSERT_TRUE(models::whole(shape).contains(out.box));
    auto& painted = paint.try_emplace(out.root, elements(shape), 0).first->second;
    for_each_element(shape, out.box, [&](std::size_t i) { ++painted[i]; });
  }
  for (const auto& op : net.operators) {
    const auto root = root_of(net, op.output);
    const Shape& shape = net.tensors[root].shape;
    const Box written = net.root_box(op.output, models::whole(net.tensors[op.output].shape));
    std::size_t missing = 0, twice = 0;
    for_each_element(shape, written, [&](std::size_t i) {
      missing += paint[root][i] == 0;
      twice += paint[root][i] > 1;
    });
    EXPECT_EQ(missing, 0u) << op.name << ": elements never written";
    if (!inexact.contains(root)) {
      EXPECT_EQ(twice, 0u) << op.name << ": elements written twice";
    }
  }
}

void check_operands_cover(const TileGraph& graph, const models::Network& net) {
  std::int64_t macs = 0;
  std::vector<std::int64_t> reduced(net.operators.size(), 0), whole_k(net.operators.size(), 0);
  for (const Group& g : graph.groups) {
    const auto& op = net.operators[g.op];
    std::int64_t k = 0;
    for (TileId t = g.first; t < g.first + g.slices; ++t) {
      const Tile& tile = graph.tiles[t];
      if (tile.work != kNoId) macs += graph.works[tile.work].macs;
      const std::size_t loads = operands(tile).size();
      EXPECT_EQ(loads, op.inputs.size()) << op.name;
      for (std::size_t i = 0; i < loads; ++i)
        EXPECT_EQ(graph.blocks[operands(tile)[i]].root, root_of(net, op.inputs[i])) << op.name << " operand " << i;
      if (op.unit == models::Unit::pe && !op.pe.weight_is_activation) {
        const Box& w = graph.blocks[tile.weight].box;
        EXPECT_EQ(w.begin[3], k) << op.name << ": slices of k in order, without gaps";
        k = w.end[3];
        EXPECT_EQ(w.extent(0), graph.blocks[g.output].box.extent(3)) << op.name;
      }
    }
    if (op.unit == models::Unit::pe && !op.pe.weight_is_activation) {
      EXPECT_EQ(k, op.pe.channels) << op.name;
    }
    // Vector and movement tiles: the operand box is what source_box() asks for the output box.
    if (op.unit == models::Unit::pe || net.tensors[op.output].view == models::Tensor::View::linear) continue;
    Box out = graph.blocks[g.output].box;
    for (std::size_t a = 0; a < 4; ++a) {
      out.begin[a] -= net.tensors[op.output].offset[a];
      out.end[a] -= net.tensors[op.output].offset[a];
    }
    for (std::size_t i = 0; i < op.inputs.size(); ++i) {
      const Box need = net.root_box(op.inputs[i], models::source_box(net, op, i, out));
      EXPECT_EQ(graph.blocks[operands(graph.tiles[g.first])[i]].box, need) << op.name << " operand " << i;
    }
  }
  const auto requests = static_cast<std::int64_t>(graph.requests.size());
  EXPECT_EQ(macs, net.macs() * requests);
  EXPECT_EQ(graph.macs, net.macs() * requests);
}

void check_producers_cover(const TileGraph& graph, const models::Network& net) {
  std::vector<std::uint8_t> painted;
  for (BlockId b = 0; b < graph.blocks.size(); ++b) {
    const Block& block = graph.blocks[b];
    if (block.constant || block.network_input) {
      EXPECT_TRUE(graph.producers(b).empty());
      continue;
    }
    std::int64_t left = block.box.elements();
    bool exact = true;
    for (const GroupId g : graph.producers(b)) {
      const Block& out = graph.blocks[graph.groups[g].output];
      ASSERT_EQ(out.root, block.root);
      ASSERT_EQ(out.request, block.request);
      ASSERT_TRUE(out.box.intersects(block.box));
      Box common;
      for (std::size_t a = 0; a < 4; ++a) {
        common.begin[a] = std::max(out.box.begin[a], block.box.begin[a]);
        common.end[a] = std::min(out.box.end[a], block.box.end[a]);
      }
      left -= common.elements();
      exact = exact && !through_linear_view(net, net.operators[graph.groups[g].op].output);
    }
    // Outputs are disjoint (see check_outputs_written_once), so volumes add up.
    if (exact) {
      ASSERT_EQ(left, 0) << net.tensors[block.root].name << " block " << b;
    } else {
      ASSERT_LE(left, 0) << net.tensors[block.root].name << " block " << b;
    }
  }
}

void check_slots(const TileGraph& graph, const arch::NpuSpec& npu) {
  for (const Tile& t : graph.tiles) {
    if (t.input != kNoId) {
      ASSERT_LE(graph.blocks[t.input].bytes, graph.slot_bytes[0]);
    }
    if (t.weight != kNoId) {
      ASSERT_LE(graph.blocks[t.weight].bytes, graph.slot_bytes[1]);
    }
    const Block& out = graph.blocks[graph.groups[t.group].output];
    if (t.kind == TileKind::pe) {
      ASSERT_LE(out.box.elements() * npu.accumulator_bytes, graph.slot_bytes[2]);
    }
    if (t.kind == TileKind::vector) {
      ASSERT_LE(out.bytes, graph.slot_bytes[2]);
    }
    if (t.kind == TileKind::movement) {
      ASSERT_LE(out.bytes, graph.slot_bytes[0]);
    }
  }
}

void check_addresses(const TileGraph& graph, std::int64_t burst) {
  std::map<std::int64_t, std::pair<models::TensorId, std::uint32_t>> owner;  // of a burst
  std::map<std::int64_t, BlockId> weight_at;                                 // one-block constants: base of each
  for (BlockId b = 0; b < graph.blocks.size(); ++b) {
    const Block& block = graph.blocks[b];
    const auto& s = block.where;
    std::set<std::int64_t> touched;
    for (std::int64_t i = 0; i < s.count[0]; ++i)
      for (std::int64_t j = 0; j < s.count[1]; ++j)
        for (std::int64_t k = 0; k < s.count[2]; ++k) {
          const auto start = s.base + i * s.stride[0] + j * s.stride[1] + k * s.stride[2];
          for (auto at = start / burst; at <= (start + s.run_bytes - 1) / burst; ++at) touched.insert(at);
        }
    ASSERT_EQ(block.bytes, static_cast<std::int64_t>(touched.size()) * burst);
    ASSERT_LE(block.useful_bytes, block.bytes);
    ASSERT_GE(*touched.begin(), 0);
    ASSERT_LE((*touched.rbegin() + 1) * burst, base::round_up(graph.dram_bytes_end, burst));
    for (const auto at : touched) {
      const auto [found, fresh] = owner.try_emplace(at, block.root, block.request);
      ASSERT_EQ(found->second, std::make_pair(block.root, block.request)) << "two tensors share a burst";
    }
  }
}

void check_order(const TileGraph& graph, const models::Network& net) {
  TileId next = 0;
  std::uint64_t last = 0;
  for (GroupId g = 0; g < graph.groups.size(); ++g) {
    const Group& group = graph.groups[g];
    ASSERT_EQ(group.first, next) << "tiles of a group stand together, groups in order";
    const auto place = (static_cast<std::uint64_t>(group.request) << 32) + group.op;
    ASSERT_GE(place, last) << "operators in topological order, request by request";
    last = place;
    for (std::uint32_t s = 0; s < group.slices; ++s, ++next) {
      const Tile& t = graph.tiles[next];
      ASSERT_EQ(t.group, g);
      ASSERT_EQ(t.slice, s);
      ASSERT_EQ(t.slices, group.slices);
      ASSERT_EQ(t.op, group.op);
      ASSERT_EQ(t.request, group.request);
      ASSERT_TRUE(t.kind == TileKind::pe || t.slices == 1);
      // A grouped layer on the vector unit keeps its work for the MACs.
      ASSERT_EQ(net.operators[t.op].unit == models::Unit::pe, t.work != kNoId);
    }
    for (const GroupId p : graph.predecessors(g)) {
      ASSERT_LT(p, g);
      ASSERT_EQ(graph.groups[p].request, group.request);
      ASSERT_TRUE(std::ranges::binary_search(graph.successors(p), g));
    }
    ASSERT_TRUE(std::ranges::is_sorted(graph.predecessors(g)));
    ASSERT_TRUE(std::ranges::is_sorted(graph.successors(g)));
  }
  ASSERT_EQ(next, graph.tiles.size());
  ASSERT_EQ(graph.predecessor_ids.size(), graph.successor_ids.size());
  ASSERT_LE(net.operators.size(), graph.groups.size());
}

void check_edges_by_all_pairs(const TileGraph& graph) {
  for (BlockId b = 0; b < graph.blocks.size(); ++b) {
    const Block& block = graph.blocks[b];
    std::vector<GroupId> expected;
    for (GroupId g = 0; g < graph.groups.size() && !block.constant && !block.network_input; ++g) {
      const Block& out = graph.blocks[graph.groups[g].output];
      if (out.root == block.root && out.request == block.request && out.box.intersects(block.box))
        expected.push_back(g);
    }
    const auto producers = graph.producers(b);
    ASSERT_EQ(std::vector<GroupId>(producers.begin(), producers.end()), expected);
  }
  for (GroupId g = 0; g < graph.groups.size(); ++g) {
    std::set<GroupId> expected;
    for (TileId t = graph.groups[g].first; t < graph.groups[g].first + graph.groups[g].slices; ++t)
      for (const BlockId b : operands(graph.tiles[t]))
        expected.insert(graph.producers(b).begin(), graph.producers(b).end());
    const auto predecessors = graph.predecessors(g);
    ASSERT_EQ(std::vector<GroupId>(predecessors.begin(), predecessors.end()),
              std::vector<GroupId>(expected.begin(), expected.end()));
  }
}

}  // namespace tessera::scheduler::tests
