// `tessera policy check`: what it draws runs, what it judges, and what it says of policies that do not behave.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "sim/trial/policy_trial.h"
#include "sim/trial/random_run.h"
#include "sim/trial/run_laws.h"
#include "tests/scheduler/support/random_graph.h"

namespace tessera::sim {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class Trial : public ::testing::Test {
 protected:
  Trial() { options_.folder = fs::temp_directory_path() / ("tessera_trial_" + std::to_string(getpid())); }
  ~Trial() override { fs::remove_all(options_.folder); }
  TrialResult of(const std::string& policy, const std::string& option, std::uint64_t runs) {
    options_.policy = policy;
    if (!option.empty()) options_.options = {option};
    options_.runs = runs;
    const auto result = try_policy(options_);
    EXPECT_TRUE(result) << (result ? "" : result.problems().to_string());
    return result ? *result : TrialResult{};
  }
  TrialOptions options_;
};

TEST_F(Trial, APolicyThatBehavesEndsEveryRun) {
  const TrialResult result = of(TESSERA_BROKEN, "way=nothing", 6);
  EXPECT_FALSE(result.wrong) << result.wrong->text;
  EXPECT_EQ(result.runs, 6u);
  EXPECT_GT(result.tiles, 100u);
}

TEST_F(Trial, TheFirstMisbehaviourIsSaidWithItsSeedAndItsFilesStay) {
  options_.seed = 4;
  const TrialResult result = of(TESSERA_BROKEN, "way=decide throws", 6);
  ASSERT_TRUE(result.wrong);
  EXPECT_EQ(result.wrong->seed, 4u);
  EXPECT_EQ(result.wrong->law, "ends");
  EXPECT_THAT(result.wrong->text, HasSubstr("policy broken: in decide at cycle "));
  EXPECT_TRUE(fs::exists(options_.folder / "run.yaml"));
  EXPECT_TRUE(fs::exists(options_.folder / "network.yaml"));
}

TEST_F(Trial, TwoRunsThatDifferAreFound) {
  const TrialResult result = of(TESSERA_BROKEN, "way=is not deterministic", 6);
  ASSERT_TRUE(result.wrong);
  EXPECT_EQ(result.wrong->law, "deterministic");
}

TEST_F(Trial, ABuiltInPolicyIsTriedToo) {
  const TrialResult result = of("round_robin", "", 3);
  EXPECT_FALSE(result.wrong);
  options_.policy = "nothing";
  EXPECT_FALSE(try_policy(options_));
}

TEST(RandomRun, IsTheSameForTheSameSeedAndAnotherForAnother) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const RandomRun one = random_run(seed), two = random_run(seed);
    EXPECT_EQ(one.run_yaml, two.run_yaml);
    EXPECT_EQ(one.network_yaml, two.network_yaml);
    seen.insert(one.run_yaml + one.network_yaml);
  }
  EXPECT_EQ(seen.size(), 50u);
}

trace::Record span(trace::Name name, std::uint32_t tile, std::int64_t start, std::int64_t end) {
  trace::Record r{};
  r.name = name;
  r.tile = tile;
  r.start = base::Ps{start};
  r.end = base::Ps{end};
  return r;
}

// Two operators of one tile each, the second reads the first: decided at 0 and 100, the first stored at 90.
TEST(RunLaws, EveryTileOnceAndEdgesKept) {
  const scheduler::TileGraph graph = scheduler::testing::layered_graph(2, 1, 1);
  using trace::Name;
  const auto judged = [&](const std::vector<trace::Record>& records) {
    RunLaws laws(graph);
    laws.consume(records, 1);
    return laws.broken();
  };
  const auto first = span(Name::decision, 0, 0, 10), store = span(Name::store, 0, 50, 90);
  EXPECT_EQ(judged({first, store, span(Name::decision, 1, 100, 110)}), "");
  EXPECT_EQ(judged({first, store, span(Name::decision, 1, 90, 110)}), "");
  EXPECT_EQ(judged({first, store}), "tile 1 was dispatched 0 times");
  EXPECT_EQ(judged({first, first, store, span(Name::decision, 1, 100, 110)}), "tile 0 was dispatched 2 times");
  EXPECT_EQ(judged({first, store, span(Name::decision, 1, 89, 110)}),
            "tile 1 was dispatched at 89 ps, before tile 0 was stored at 90 ps");
}

}  // namespace
}  // namespace tessera::sim
