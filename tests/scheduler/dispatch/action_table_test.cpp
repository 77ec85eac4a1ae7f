// Tables of actions: what is read, what is refused and where, and orders that cannot be kept.
#include "scheduler/replay/action_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "scheduler/policy/policies.h"
#include "tests/scheduler/support/random_graph.h"
#include "tests/scheduler/support/run_checks.h"
#include "tests/support/temp_folder.h"

namespace tessera::scheduler::testing {
namespace {

using ::testing::HasSubstr;

// Two convolutions, "a" and "b, c", of two groups of two slices: tiles 0 to 3 and 4 to 7; each group of the second
// reads both of the first. Two cores, one scheduler, two channels.
class ActionTable : public ::testing::Test {
 protected:
  ActionTable() {
    scenario.graph = layered_graph(2, 2, 2);
    scenario.npu.cores = 2;
    scenario.npu.core_clock = base::Clock(1000, 1);
    scenario.npu.dma.channels.resize(2);
    for (const char* name : {"a", "b, c"}) {
      models::Operator op;
      op.name = name;
      network.operators.push_back(op);
    }
  }
  base::Result<ActionPlan> read(const std::string& text, bool per_core = false) {
    std::ofstream(temp / "t.csv", std::ios::binary) << text;
    return read_action_table(temp / "t.csv", network, scenario.graph, scenario.npu, per_core);
  }
  // The messages, without the folder.
  std::string refused(const std::string& text, bool per_core = false) {
    const auto plan = read(text, per_core);
    if (plan) return "read";
    std::string all = plan.problems().to_string();
    const std::string folder = temp.path().string() + "/";
    for (auto at = all.find(folder); at != std::string::npos; at = all.find(folder)) all.erase(at, folder.size());
    return all;
  }
  std::string failure(const std::string& text) {
    auto plan = read(text);
    if (!plan) return plan.problems().to_string();
    PolicySpec spec{.name = "static"};
    spec.plan = std::make_shared<const ActionPlan>(std::move(plan).value());
    const Outcome o = run_checked(scenario, *make_policy(spec), {});
    return o.state == RunState::done ? "done" : o.failure;
  }

  tessera::tests::TempFolder temp;
  Scenario scenario;
  models::Network network;
};

const std::string kAll = "tile,core\n0,0\n1,0\n2,1\n3,1\n4,0\n5,0\n6,1\n7,1\n";

TEST_F(ActionTable, OfACompilerMayHaveTwoColumns) {
  const auto plan = read(kAll);
  ASSERT_TRUE(plan) << plan.problems().to_string();
  ASSERT_EQ(plan->actions.size(), 8u);
  const auto& third = std::get<Dispatch>(plan->actions[2].action);
  EXPECT_EQ(third.tile, 2u);
  EXPECT_EQ(third.core, 1u);
  EXPECT_EQ(third.channel[0], kAnyChannel);
  EXPECT_EQ(plan->actions[2].line, 4);
  EXPECT_EQ(failure(kAll), "done");
}

TEST_F(ActionTable, NamesTilesByOperatorGroupAndSliceInColumnsOfAnyOrder) {
  const auto plan = read(
      "slice,core,group,operator,weight_channel,start_ps,action,until_ps\r\n"
      "0,0,0,a,1,500,dispatch,\r\n1,0,0,a,any,,,\r\n,,,,,,wait,9000\r\n0,1,1,a,,,,\r\n1,1,1,a,,,,\r\n"
      "0,0,0,\"b, c\",,,,\r\n1,0,0,\"b, c\",,,,\r\n0,1,1,\"b, c\",,,,\r\n1,1,1,\"b, c\",,,,\r\n");
  ASSERT_TRUE(plan) << plan.problems().to_string();
  ASSERT_EQ(plan->actions.size(), 9u);
  EXPECT_EQ(std::get<Dispatch>(plan->actions[0].action).channel[1], 1);
  EXPECT_EQ(plan->actions[0].start, base::Ps{500});
  EXPECT_EQ(std::get<Wait>(plan->actions[2].action).until, base::Ps{9000});
  EXPECT_EQ(std::get<Dispatch>(plan->actions[8].action).tile, 7u);
}

TEST_F(ActionTable, WritesWhatItReads) {
  ActionLog log;
  scenario.graph.blocks[scenario.graph.tiles[4].weight].constant = true;
  log.add({Dispatch{0, 1, {0, -1}}, 0, base::Ps{100}, base::Ps{100}});
  log.add({Prefetch{4, 1, 1, 1}, 0, base::Ps{300}, base::Ps{200}});  // could have been earlier
  for (TileId t = 1; t < 8; ++t) log.add({Dispatch{t, 1}, 0, base::Ps{400}, base::Ps{0}});
  log.add({Cap{1, base::ByteRate::of_thousandths(13'600)}, 0, base::Ps{400}, base::Ps{0}});
  log.add({Cap{0, {}}, 0, base::Ps{400}, base::Ps{0}});
  log.done(base::Ps{5000});
  const std::string text = write_action_table(log.plan(), network, scenario.graph);
  EXPECT_THAT(text, HasSubstr("dispatch,0,a,0,0,0,1,,0,any,0,,100,,\nwait,,,,,,,,,,,300,100,,\n"
                              "prefetch,4,\"b, c\",0,0,0,1,weight,,1,0,,300,,\nwait,,,,,,,,,,,400,300,,\n"
                              "dispatch,1,a,0,0,1,1,,any,any,0,,400,,\n"));
  EXPECT_THAT(text, HasSubstr("cap,,,,,,,,,,0,,400,1,13.6 B/cycle\ncap,,,,,,,,,,0,,400,0,none\n"
                              "end,,,,,,,,,,,,5000,,\n"));
  const auto plan = read(text);
  ASSERT_TRUE(plan) << plan.problems().to_string();
  EXPECT_EQ(plan->makespan, base::Ps{5000});
  EXPECT_EQ(write_action_table(*plan, network, scenario.graph), text);
}

TEST_F(ActionTable, RefusesCapsThatNoPolicyMaySet) {
  scenario.npu.dma.channels[1].bytes_per_cycle = 16;
  scenario.npu.dma.max_packet = base::Bytes{256};
  const std::string head = "action,core,tile,channel,rate\ncap,,,";
  EXPECT_THAT(refused(head + ",2 B/cycle\n"), HasSubstr("t.csv:2:1: a cap needs a DMA channel in channel"));
  EXPECT_THAT(refused(head + "1,\n"), HasSubstr("a cap needs a rate, such as \"13.6 B/cycle\", or \"none\""));
  EXPECT_THAT(refused(head + "2,2 B/cycle\n"), HasSubstr("channel is \"2\", not a whole number from 0 to 1"));
  EXPECT_THAT(refused(head + "1,2\n"), HasSubstr("t.csv:2:9: rate is \"2\": "));
  EXPECT_THAT(refused(head + "1,16.001 B/cycle\n"),
              HasSubstr("a cap of channel 1 is from 0.004 B/cycle to 16 B/cycle, or \"none\""));
  EXPECT_THAT(refused(head + "1,0.003 B/cycle\n"), HasSubstr("rate is 0.003 B/cycle; a cap of channel 1"));
}

TEST_F(ActionTable, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(refused(""), HasSubstr("t.csv:1:1: is empty; a table of actions begins with"));
  EXPECT_THAT(refused("tile,corr\n"), HasSubstr("t.csv:1:6: unknown column \"corr\", did you mean \"core\"?"));
  EXPECT_THAT(refused("tile,core,tile\n"), HasSubstr("t.csv:1:11: column tile is there twice"));
  EXPECT_THAT(refused("tile\n0\n"), HasSubstr("has no column core"));
  EXPECT_THAT(refused("core\n0\n"), HasSubstr("neither a column tile (ids) nor a column operator"));
  EXPECT_THAT(refused("tile,core\n0,0,0\n"), HasSubstr("t.csv:2:1: has 3 cells, and the header has 2"));
  EXPECT_THAT(refused("tile,core\n8,0\n"), HasSubstr("t.csv:2:1: tile is \"8\", not a whole number from 0 to 7"));
  EXPECT_THAT(refused("tile,core\n-1,0\n"), HasSubstr("tile is \"-1\""));
  EXPECT_THAT(refused("tile,core\n1.5,0\n"), HasSubstr("tile is \"1.5\""));
  EXPECT_THAT(refused("tile,core\n0,2\n"), HasSubstr("t.csv:2:3: core is \"2\", not a whole number from 0 to 1"));
  EXPECT_THAT(refused("tile,core\n0,\n"), HasSubstr("has no core; the machine has cores 0 to 1"));
  EXPECT_THAT(refused("tile,core,input_channel\n0,0,2\n"), HasSubstr("input_channel is \"2\""));
  EXPECT_THAT(refused("action,tile,core\nrun,0,0\n"), HasSubstr("action is \"run\", not one of dispatch, prefetch"));
  EXPECT_THAT(refused("action,tile,core\nwait,,\n"), HasSubstr("a wait needs a time in until_ps"));
  EXPECT_THAT(refused("action,tile,core\nprefetch,0,0\nprefetch,4,0\n" + kAll.substr(10)), HasSubstr("has 2 cells"));
  EXPECT_THAT(refused("operator,core\nd,0\n"), HasSubstr("t.csv:2:1: there is no operator \"d\""));
  EXPECT_THAT(refused("operator,core,group\na,0,2\n"), HasSubstr("group is \"2\", not a whole number from 0 to 1"));
  EXPECT_THAT(refused("tile,operator,core\n4,a,0\n"), HasSubstr("tile 4 has another name here"));
  EXPECT_THAT(refused("tile,core\n\"0,0\n"), HasSubstr("t.csv:2:1: the quote that opens here is never closed"));
}

TEST_F(ActionTable, RefusesTilesThatAreMissingTwiceOrElsewhere) {
  EXPECT_THAT(refused("tile,core\n0,0\n1,0\n0,0\n"),
              HasSubstr("t.csv:4:1: tile 0 (operator \"a\", request 0) is dispatched here and in line 2"));
  EXPECT_THAT(refused("tile,core\n0,0\n1,0\n"),
              HasSubstr("t.csv: 6 of 8 tiles are not dispatched, the first of them tile 2 (operator \"a\""));
  EXPECT_THAT(refused("tile,core\n0,0\n1,1\n2,1\n3,1\n4,0\n5,0\n6,1\n7,1\n"),
              HasSubstr("t.csv:3:1: tile 1 (operator \"a\", request 0) is slice 1 of the group of tile 0, which line 2 "
                        "dispatches to core 0: it runs there too, not on core 1"));
}

TEST_F(ActionTable, RefusesAnOrderThatCannotBeKept) {
  // Tile 4 needs the groups of tiles 0 and 2.
  EXPECT_THAT(refused("tile,core\n0,0\n1,0\n4,0\n5,0\n2,1\n3,1\n6,1\n7,1\n"),
              HasSubstr("t.csv:4:1: the order cannot be kept: the dispatch of tile 4 (operator \"b, c\", request 0) to "
                        "core 0 in line 4 waits for tile 2 (operator \"a\", request 0), which line 6 dispatches behind "
                        "it"));
  EXPECT_THAT(refused("tile,core\n1,0\n0,0\n2,1\n3,1\n4,0\n5,0\n6,1\n7,1\n"), HasSubstr("waits for tile 0"));
  // Each core waits for the other: only the lists of the cores show it, for one order has its own fault first.
  const std::string crossed = "tile,core\n4,0\n5,0\n0,0\n1,0\n6,1\n7,1\n2,1\n3,1\n";
  EXPECT_THAT(refused(crossed, true), HasSubstr("t.csv:2:1: the order cannot be kept: the dispatch of tile 4"));
  const std::string fine = "tile,core\n6,1\n7,1\n0,0\n1,0\n2,0\n3,0\n4,0\n5,0\n";
  EXPECT_THAT(refused(fine), HasSubstr("cannot be kept"));
  EXPECT_TRUE(read(fine, true)) << "core 1 waits while core 0 goes on";
}

// Two groups open on one core with one output slot: the second never gets its place.
TEST_F(ActionTable, RefusesGroupsThatKeepEachOtherOut) {
  scenario.graph.slots[2] = 1;
  EXPECT_THAT(
      refused("tile,core\n0,0\n2,0\n1,0\n3,0\n4,0\n5,0\n6,1\n7,1\n"),
      HasSubstr("in line 3 waits for an output slot, all of which are open until tile 1 (operator \"a\", request "
                "0), which line 4 dispatches behind it"));
}

// Any plan of a run leads to that run: every policy, random graphs and machines.
TEST(ActionTables, RepeatEveryRunOfTheRandomGraphs) {
  for (const std::string_view name : policy_names()) {
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
      Random random(seed);
      const Scenario setup = random_scenario(random, {.host = seed % 4 == 0});
      MachineShape machine;
      machine.seed = seed;
      ActionLog log;
      const Outcome first = run_checked(setup, *make_policy({.name = std::string(name)}), machine, true, &log);
      ASSERT_EQ(first.state, RunState::done) << first.failure;
      PolicySpec spec{.name = "static"};
      spec.plan = std::make_shared<const ActionPlan>(log.plan());
      const Outcome again = run_checked(setup, *make_policy(spec), machine, true);
      ASSERT_EQ(again.state, RunState::done) << name << " seed " << seed << "\n" << again.failure;
      ASSERT_EQ(again.makespan, first.makespan) << name << " seed " << seed;
      ASSERT_EQ(again.records.size(), first.records.size()) << name << " seed " << seed;
    }
  }
}

}  // namespace
}  // namespace tessera::scheduler::testing
