#include "trace/export/flows.h"

#include <gtest/gtest.h>

namespace tessera::trace {
namespace {

using base::Ps;
using Arrows = std::vector<std::pair<std::string, std::string>>;
using EdgeKind = TileTable::EdgeKind;

// Slices of tiles, named in the order of their starts.
class Flows : public testing::Test {
 protected:
  std::uint32_t tile(TileTable::Kind kind, std::uint32_t group) {
    TileTable::Tile t;
    t.kind = kind;
    t.group = group;
    tiles.tiles.push_back(t);
    return static_cast<std::uint32_t>(tiles.tiles.size() - 1);
  }
  void slice(Name name, std::uint32_t of_tile, std::int64_t start, std::int64_t end, Operand operand = Operand::none) {
    Record r;
    r.name = name;
    r.tile = of_tile;
    if (r.has(Field::operand)) r.set_operand(operand);
    timeline.slices.push_back({0, 0, Ps{start}, Ps{end}, r, {}});
    const std::string of = operand == Operand::none ? "" : " " + std::string(to_string(operand));
    names.push_back(std::string(to_string(name)) + of + " " + std::to_string(of_tile));
  }
  Arrows arrows() {
    timeline.flows.clear();
    add_flows(tiles, timeline);
    Arrows out;
    for (const auto& f : timeline.flows) out.emplace_back(names[f.from], names[f.to]);
    return out;
  }
  TileTable tiles;
  Timeline timeline;
  std::vector<std::string> names;
};

// Two slices of a reduction with post-operations behind the last, whose drain ends before them.
TEST_F(Flows, LeadThroughSlicesDrainAndPosts) {
  const auto a = tile(TileTable::Kind::pe, 0), b = tile(TileTable::Kind::pe, 0);
  slice(Name::load, a, 0, 10, Operand::weight);
  slice(Name::load, a, 0, 20, Operand::input);
  slice(Name::load, b, 10, 30, Operand::input);
  slice(Name::compute, a, 20, 40);
  slice(Name::compute, b, 40, 60);
  slice(Name::post, b, 45, 70);  // begins with the last reduction step
  slice(Name::drain, b, 60, 65);
  slice(Name::store, b, 70, 80, Operand::output);
  EXPECT_EQ(arrows(), (Arrows{{"load weight 0", "compute 0"},
                              {"load input 0", "compute 0"},
                              {"load input 1", "compute 1"},
                              {"compute 0", "compute 1"},
                              {"compute 1", "post 1"},
                              {"compute 1", "drain 1"},
                              {"post 1", "store output 1"}}));
}

TEST_F(Flows, LeadFromTheDrainWhereNoPostsFollowAndFromTheComputeWithoutADrain) {
  const auto a = tile(TileTable::Kind::pe, 0), b = tile(TileTable::Kind::pe, 1), c = tile(TileTable::Kind::vector, 2);
  slice(Name::compute, a, 0, 10);
  slice(Name::drain, a, 10, 15);
  slice(Name::compute, b, 10, 20);
  slice(Name::store, a, 15, 30, Operand::output);
  slice(Name::store, b, 20, 30, Operand::output);
  slice(Name::vector, c, 30, 40);
  slice(Name::store, c, 40, 50, Operand::output);
  EXPECT_EQ(arrows(), (Arrows{{"compute 0", "drain 0"},
                              {"drain 0", "store output 0"},
                              {"compute 1", "store output 1"},
                              {"vector 2", "store output 2"}}));
}

// A movement has no task: its load leads to its store, in all parts.
TEST_F(Flows, LeadFromLoadToStoreOfAMovement) {
  const auto m = tile(TileTable::Kind::movement, 0);
  slice(Name::load, m, 0, 10, Operand::input);
  slice(Name::load, m, 0, 12, Operand::input);
  slice(Name::store, m, 12, 20, Operand::output);
  EXPECT_EQ(arrows(), (Arrows{{"load input 0", "store output 0"}, {"load input 0", "store output 0"}}));
}

// Tile 1 reads the result of tile 0 as its input. Its weights are loaded first.
TEST_F(Flows, LeadToTheLoadOfTheOperandThatAStoreFeeds) {
  const auto a = tile(TileTable::Kind::pe, 0), b = tile(TileTable::Kind::pe, 1);
  slice(Name::store, a, 0, 10, Operand::output);
  slice(Name::load, b, 10, 20, Operand::weight);
  slice(Name::load, b, 12, 30, Operand::input);
  slice(Name::load, b, 13, 32, Operand::input);  // its second part
  slice(Name::compute, b, 32, 40);
  tiles.edges = {{a, b, EdgeKind::input}};
  EXPECT_EQ(arrows()[0], (Arrows::value_type{"store output 0", "load input 1"}));
  EXPECT_EQ(arrows().size(), 4u);
  tiles.edges = {{a, b, EdgeKind::weight}};
  EXPECT_EQ(arrows()[0], (Arrows::value_type{"store output 0", "load weight 1"}));
  tiles.edges = {{a, b, EdgeKind::control}};
  EXPECT_EQ(arrows()[0], (Arrows::value_type{"store output 0", "load weight 1"}));
}

// What was found in a slot has no load.
TEST_F(Flows, LeadToTheTaskWhereTheOperandWasInASlot) {
  const auto a = tile(TileTable::Kind::pe, 0), b = tile(TileTable::Kind::pe, 1), m = tile(TileTable::Kind::movement, 2);
  slice(Name::store, a, 0, 5, Operand::output);
  slice(Name::store, a, 0, 10, Operand::output);  // the part that ends last
  slice(Name::load, b, 10, 20, Operand::weight);
  slice(Name::compute, b, 20, 40);
  slice(Name::store, m, 40, 50, Operand::output);
  tiles.edges = {{a, b, EdgeKind::input}, {a, m, EdgeKind::input}};
  EXPECT_EQ(
      arrows(),
      (Arrows{{"store output 0", "compute 1"}, {"store output 0", "store output 2"}, {"load weight 1", "compute 1"}}));
  EXPECT_EQ(timeline.slices[timeline.flows[0].from].end, Ps{10});
}

TEST_F(Flows, NeverLeadBackInTimeNorToWhatIsLost) {
  const auto a = tile(TileTable::Kind::pe, 0), b = tile(TileTable::Kind::pe, 1);
  slice(Name::load, b, 0, 10, Operand::input);
  slice(Name::compute, b, 5, 20);  // before its load has ended
  slice(Name::store, a, 10, 30, Operand::output);
  tiles.edges = {{a, b, EdgeKind::input}};
  EXPECT_EQ(arrows(), Arrows{});
}

}  // namespace
}  // namespace tessera::trace
