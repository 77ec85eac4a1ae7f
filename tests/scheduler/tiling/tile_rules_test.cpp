// Tile rules that change nothing are mistakes of the run file.
#include "scheduler/tiling/tile_rules.h"

#include <gtest/gtest.h>

#include "base/glob.h"
#include "small_networks.h"

namespace tessera::scheduler::tests {
namespace {

models::Network network(const std::vector<std::pair<std::string, models::Unit>>& operators) {
  models::Network n;
  n.name = "net";
  for (const auto& [name, unit] : operators) {
    n.operators.emplace_back();
    n.operators.back().name = name;
    n.operators.back().unit = unit;
  }
  return n;
}

std::string said(const std::vector<std::string>& patterns, const models::Network& n) {
  ScheduleSpec schedule;
  int line = 0;
  for (const std::string& pattern : patterns)
    schedule.tiles.push_back({.pattern = pattern, .where = {"r.yaml", ++line, 5}});
  return check_tile_rules(schedule, n).to_string();
}

using models::Unit;
const models::Network kNet = network({{"stem/conv", Unit::pe}, {"stem/pool", Unit::vector}, {"turn", Unit::movement}});

TEST(TileRules, RulesThatAreFollowedAreRight) {
  EXPECT_EQ(said({"stem/*", "*"}, network({{"stem/conv", Unit::pe}, {"head", Unit::pe}})), "");
  EXPECT_EQ(said({"*pool"}, kNet), "");
  EXPECT_EQ(said({"st?m/con?"}, kNet), "");
}

TEST(TileRules, APatternThatMatchesNothingNamesWhatIsNear) {
  EXPECT_EQ(
      said({"*", "steam/conv"}, kNet),
      "r.yaml:2:5: tiles: pattern \"steam/conv\" has no effect: it matches no operator of network net, did you mean "
      "\"stem/conv\"?\n");
  EXPECT_EQ(
      said({"zzz*"}, kNet),
      "r.yaml:1:5: tiles: pattern \"zzz*\" has no effect: it matches no operator of network net; it has stem/conv, "
      "stem/pool\n");
}

TEST(TileRules, AllThatAreWrongAreReported) {
  const std::string text = said({"a?b", "stem/conv", "zzz"}, kNet);
  EXPECT_NE(text.find("r.yaml:1:5"), std::string::npos) << text;
  EXPECT_EQ(text.find("r.yaml:2:5"), std::string::npos) << text;
  EXPECT_NE(text.find("r.yaml:3:5"), std::string::npos) << text;
}

TEST(TileRules, MovementsHaveNoSizesToGive) {
  EXPECT_NE(said({"turn"}, kNet).find("it matches only movements, whose tiles are automatic"), std::string::npos);
}

TEST(TileRules, ARuleBehindOneThatMatchesTheSameNames) {
  EXPECT_NE(
      said({"*", "stem/conv"}, kNet)
          .find("r.yaml:2:5: tiles: pattern \"stem/conv\" has no effect: every operator that it matches follows a "
                "rule before it"),
      std::string::npos);
}

// A machine's schedule has such a rule for every network.
TEST(TileRules, ARuleForAllNamesIsRightForANetworkOfMovements) {
  const models::Network moves = network({{"turn", Unit::movement}});
  EXPECT_EQ(said({"*"}, moves), "");
  EXPECT_NE(said({"t*"}, moves), "");
}

TEST(TileRules, ABuildWithSuchARuleFails) {
  NetworkMaker maker;
  maker.conv(maker.input({1, 8, 8, 16}), {.n = 16});
  ScheduleSpec schedule;
  schedule.tiles.push_back({.pattern = "no such name", .m = 2});
  EXPECT_FALSE(tiled(maker.take(), small_npu(), schedule, {}).ok());
}

}  // namespace
}  // namespace tessera::scheduler::tests
