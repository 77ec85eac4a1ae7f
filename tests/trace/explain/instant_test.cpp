// What is told of one instant, against a run worked out by hand: a tile decided on in [0, 10), loads in [10, 92.92) and
// [10, 174.84), compute in [175, 575), post in [475, 605), store in [605, 687.92).
#include "trace/explain/instant.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/trace/explain/told.h"
#include "trace/explain/documents.h"
#include "trace/explain/screens.h"

namespace tessera::trace::test {
namespace {

using base::Ps;
using nlohmann::json;
using testing::HasSubstr;

class ExplainAt : public testing::Test {
 protected:
  [[nodiscard]] std::string unit(std::int64_t at, const std::string& path) const {
    for (const UnitAt& u : instant_of(*told_.story, Ps{at}).units)
      if (told_.head.units[u.unit].path == path) return u.text;
    return "nothing";
  }
  Told told_{chain(1, 1), first_legal};
};

TEST_F(ExplainAt, TellsWhatEachUnitDid) {
  EXPECT_THAT(unit(5'000, "scheduler[0]"), HasSubstr("tile 0 (conv0) for core[0], from 0 ns to 10 ns (cycle 10)"));
  EXPECT_EQ(unit(100'000, "scheduler[0]"),
            "idle since 10 ns (cycle 10), after scheduler[0]'s decision on tile 0 (conv0); nothing follows");
  EXPECT_EQ(unit(100'000, "core[0].pe_array"),
            "waits for tile 0 (conv0): load, the operand that fills last is on its way, from 10 ns to 174.84 ns (cycle "
            "174); the load of the weight of tile 0 (conv0) ended it");
  EXPECT_EQ(unit(100'000, "dma.channel[1]"),
            "1 transfer of 8 KiB under way, 0 of them waiting for the channel; sends the load of the weight of tile 0 "
            "(conv0), queued at 10 ns, done at 174.84 ns (cycle 174)");
  EXPECT_EQ(unit(100'000, "dma.channel[0]"), "idle");
  EXPECT_THAT(unit(100'000, "core[0].sram.input[0]"), HasSubstr("holds what was loaded for tile 0 (conv0)"));
  EXPECT_THAT(unit(100'000, "core[0].sram.weight[0]"), HasSubstr("fills with what was loaded for tile 0 (conv0)"));
  EXPECT_EQ(unit(300'000, "core[0].pe_array"), "the compute of tile 0 (conv0), from 175 ns to 575 ns (cycle 575)");
  EXPECT_THAT(unit(500'000, "core[0].vector_unit"), HasSubstr("the post-operations of tile 0 (conv0)"));
  EXPECT_THAT(unit(650'000, "core[0].sram.output[0]"), HasSubstr("drains the result of the group of tile 0 (conv0)"));
  EXPECT_THAT(unit(650'000, "core[0].pe_array"), HasSubstr("has nothing left to do (no_work) from 575 ns"));
}

// A span holds from its start on and no longer at its end.
TEST_F(ExplainAt, SpansAreHalfOpen) {
  EXPECT_THAT(unit(175'000, "core[0].pe_array"), HasSubstr("the compute"));
  EXPECT_THAT(unit(574'999, "core[0].pe_array"), HasSubstr("the compute"));
  EXPECT_THAT(unit(575'000, "core[0].pe_array"), HasSubstr("nothing left"));
}

TEST_F(ExplainAt, CountsTilesAndFindsTheNearestDecision) {
  const Instant now = instant_of(*told_.story, Ps{300'000});
  EXPECT_EQ(now.tiles_started, 1U);
  EXPECT_EQ(now.tiles_done, 0U);
  ASSERT_NE(now.nearest, nullptr);
  EXPECT_EQ(now.nearest->record.tile, 0U);
  const Told two(chain(2, 1), first_legal);  // decided at 0 and 687.92
  EXPECT_EQ(instant_of(*two.story, Ps{343'960}).nearest->record.tile, 0U) << "as near: the one before";
  EXPECT_EQ(instant_of(*two.story, Ps{343'961}).nearest->record.tile, 1U);
}

TEST_F(ExplainAt, TheDocumentSaysTheSame) {
  const json d = json::parse(instant_json(*told_.story, "f", Ps{100'500}));
  EXPECT_EQ(d.at("cycle"), 100);
  EXPECT_EQ(d.at("nearest_decision").at("tile"), 0);
  bool found = false;
  for (const json& u : d.at("units")) {
    if (u.at("unit") != "core[0].pe_array") continue;
    found = true;
    EXPECT_EQ(u.at("doing").at(0).at("reason"), "load");
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace tessera::trace::test
