#include <gtest/gtest.h>

#include <algorithm>

#include "arch/dram/constraint_checker.h"
#include "arch/dram/make_channel.h"
#include "tests/arch/dram/traffic.h"

namespace tessera::arch {
namespace {

CommandLog commands_of(const DramStandard& model, const DramStandard& traffic_of, unsigned seed, int bursts) {
  CommandLog log;
  const auto channel = make_channel(model, {});
  channel->log_to(&log);
  const auto answers = feed(*channel, random_traffic(traffic_of, seed, bursts));
  EXPECT_GT(answers.size(), 0u);
  return log;
}

class DramConstraints : public testing::TestWithParam<std::string> {};

TEST_P(DramConstraints, HoldInEveryCommandOfRandomTraffic) {
  const auto standard = find_dram_standard(GetParam()).value();
  for (unsigned seed = 100; seed < 112; ++seed) {
    const auto log = commands_of(standard, standard, seed, 2000);
    ASSERT_GT(log.size(), 2000u);
    for (const auto& v : check_commands(standard, log)) ADD_FAILURE() << "seed " << seed << ": " << v.rule;
  }
}

struct Mutation {
  const char* name;
  DramCycle DramTimings::*timing;
};
constexpr Mutation kMutations[]{
    {"nBL", &DramTimings::burst},
    {"nBL_L", &DramTimings::burst_long},
    {"nCL", &DramTimings::read_latency},
    {"nRCD", &DramTimings::activate_to_read},
    {"nRCD_W", &DramTimings::activate_to_write},
    {"nRP", &DramTimings::precharge},
    {"nRP_all", &DramTimings::precharge_all},
    {"nRAS", &DramTimings::row_active},
    {"nRC", &DramTimings::row_cycle},
    {"nRRD_S", &DramTimings::activate_short},
    {"nRRD_L", &DramTimings::activate_long},
    {"nFAW", &DramTimings::four_activates},
    {"nCCD_S", &DramTimings::column_short},
    {"nCCD_L", &DramTimings::column_long},
    {"nWR", &DramTimings::write_recovery},
    {"nRTP", &DramTimings::read_to_precharge},
    {"nWTR_S", &DramTimings::write_to_read_short},
    {"nWTR_L", &DramTimings::write_to_read_long},
    {"gap", &DramTimings::read_to_write_gap},
    {"nPPD", &DramTimings::precharge_to_precharge},
    {"nRFC", &DramTimings::refresh},
};

// Many timings are covered by others in a standard as it is (nRC by nRAS + nRP), so each is first raised until it
// binds; then a model that has it one too low must be caught.
TEST_P(DramConstraints, ATimingLoweredByOneIsCaught) {
  for (const auto& mutation : kMutations) {
    auto standard = find_dram_standard(GetParam()).value();
    // Bank queues precharge bank by bank.
    const bool all_banks = mutation.timing == &DramTimings::precharge_all;
    if (all_banks && standard.policy == ControllerPolicy::bank_queues) continue;
    // After precharge_all comes a refresh, whose own time would cover it.
    standard.timings.*mutation.timing += all_banks ? standard.timings.refresh + 100 : 60;
    // A stopped data clock costs one more cycle than the rule asks for.
    if (standard.timings.sync_postamble >= 0) standard.timings.sync_postamble += 200;
    auto faulty = standard;
    --(faulty.timings.*mutation.timing);
    bool caught = false;
    for (unsigned seed = 100; seed < 124 && !caught; ++seed) {
      ASSERT_TRUE(check_commands(standard, commands_of(standard, standard, seed, 500), 1).empty())
          << mutation.name << ", seed " << seed;
      caught = !check_commands(standard, commands_of(faulty, standard, seed, 500), 1).empty();
    }
    EXPECT_TRUE(caught) << standard.name << ": " << mutation.name << " lowered by one was not noticed";
  }
}

// A log of three commands to one bank; positions: activate, read, precharge.
CommandLog small_log(DramCycle read, DramCycle precharge) {
  return {{0, DramCommand::activate, 0, 0, 7},
          {read, DramCommand::read, 0, 0, -1},
          {precharge, DramCommand::precharge, 0, 0, -1}};
}

TEST(ConstraintChecker, NotAtOneCycleLessYesAtTheCycle) {
  const auto standard = find_dram_standard("DDR4-3200").value();
  EXPECT_TRUE(check_commands(standard, small_log(22, 52)).empty());
  EXPECT_EQ(check_commands(standard, small_log(21, 52)).size(), 1u);
  EXPECT_EQ(check_commands(standard, small_log(22, 51)).size(), 1u);
  EXPECT_TRUE(check_commands(standard, small_log(40, 52)).empty());
  EXPECT_EQ(check_commands(standard, small_log(41, 52)).size(), 1u);  // nRTP
}

TEST(ConstraintChecker, SeesWrongStatesOfBanks) {
  const auto standard = find_dram_standard("DDR4-3200").value();
  EXPECT_FALSE(check_commands(standard, {{5, DramCommand::read, 0, 3, -1}}).empty());
  EXPECT_FALSE(
      check_commands(standard, {{0, DramCommand::activate, 0, 3, 1}, {200, DramCommand::activate, 0, 3, 2}}).empty());
  EXPECT_FALSE(
      check_commands(standard, {{0, DramCommand::activate, 0, 3, 1}, {200, DramCommand::refresh, 0, -1, -1}}).empty());
}

TEST(ConstraintChecker, SeesALateSecondHalfAndAStoppedDataClock) {
  const auto standard = find_dram_standard("LPDDR5-6400").value();
  const auto log = [](DramCycle second, DramCycle sync) {
    return CommandLog{{0, DramCommand::activate, 0, 0, 1},
                      {second, DramCommand::activate_2, 0, 0, 1},
                      {sync, DramCommand::sync, 0, 0, -1},
                      {20, DramCommand::read, 0, 0, -1}};
  };
  EXPECT_TRUE(check_commands(standard, log(8, 19)).empty());
  EXPECT_FALSE(check_commands(standard, log(9, 19)).empty());
  EXPECT_FALSE(check_commands(standard, log(8, 18)).empty());
}

INSTANTIATE_TEST_SUITE_P(Standards, DramConstraints,
                         testing::Values("DDR4-3200", "DDR4-2400", "LPDDR5-6400", "HBM2-2000", "LPDDR4-3200"),
                         [](const auto& tested) {
                           auto name = tested.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace tessera::arch
