// Whatever a plug-in does wrong ends its run, or the program, as the policy's error: with the call, the cycle, the tile
// and the reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "scheduler/plugin/open_policy.h"
#include "scheduler/plugin/policy_call.h"
#include "scheduler/policy/policies.h"
#include "tests/scheduler/plugin/plugin_files.h"
#include "tests/scheduler/support/run_checks.h"

namespace tessera::scheduler::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Test;

PolicySpec broken(const std::string& way) {
  PolicySpec spec;
  spec.file = TESSERA_BROKEN;
  spec.file_options["way"] = way;
  if (way.ends_with("endless")) spec.time_limit = base::Ps{50'000'000'000};  // 50 ms
  return spec;
}

Outcome run(const std::string& way) {
  const auto policy = open_policy(broken(way));
  EXPECT_TRUE(policy) << (policy ? "" : policy.problems().to_string());
  return run_checked(small_scenario(), **policy, {});
}

std::string failure_of(const std::string& way) {
  const Outcome o = run(way);
  EXPECT_EQ(o.state, RunState::failed) << way;
  EXPECT_THAT(o.problems, IsEmpty());
  return o.failure;
}

TEST(PluginContainment, OneThatDoesRightRuns) {
  const Outcome o = run("nothing");
  EXPECT_EQ(o.state, RunState::done) << o.failure;
  EXPECT_THAT(o.problems, IsEmpty());
  EXPECT_EQ(o.counts.dispatches, 12u);
}

// Requests, queued_tile and Undispatch over the interface.
TEST(PluginContainment, OneThatTakesBackWhatItMayRuns) {
  const Outcome o = run("takes back");
  EXPECT_EQ(o.state, RunState::done) << o.failure;
  EXPECT_THAT(o.problems, IsEmpty());
  EXPECT_GE(o.counts.undispatches, 3u);
  EXPECT_GT(o.counts.dispatches, 12u);
}

// Rates, their range and Cap over the interface, whenever it may.
TEST(PluginContainment, OneThatSetsRatesWheneverItMayRuns) {
  const Outcome o = run("caps");
  EXPECT_EQ(o.state, RunState::done) << o.failure;
  EXPECT_THAT(o.problems, IsEmpty());
  EXPECT_GE(o.counts.caps, 12u);
  EXPECT_EQ(o.counts.dispatches, 12u);
}

TEST(PluginContainment, ExceptionsBecomeErrorsWithTheirText) {
  EXPECT_EQ(failure_of("decide throws"),
            "policy broken: in decide at cycle 0, where tile 0 is ready: std::out_of_range: vector::at");
  EXPECT_EQ(failure_of("decide throws no exception"),
            "policy broken: in decide at cycle 0, where tile 0 is ready: an exception that is no std::exception");
  EXPECT_EQ(failure_of("begin throws"),
            "policy broken: in begin at cycle 0, where no tile is ready: std::runtime_error: not today");
  EXPECT_EQ(failure_of("on_tile_ready throws"),
            "policy broken: in on_tile_ready of tile 2 at cycle 0: std::logic_error: tile 2");
}

TEST(PluginContainment, ALongTextIsCutAndNoTerminalObeysIt) {
  const std::string text = failure_of("decide throws a long text");
  EXPECT_THAT(text, HasSubstr("xxxx"));
  EXPECT_LT(text.size(), 1200u);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(PluginContainment, QuestionsThatMakeNoSense) {
  EXPECT_THAT(failure_of("asks for a tile that is not there"),
              HasSubstr("in decide at cycle 0, where tile 0 is ready: ready was asked of tile 4711, and there are 12"));
  EXPECT_THAT(failure_of("asks for a core that is not there"), HasSubstr("busy_until_ps was asked of core 17, and"));
  EXPECT_THAT(failure_of("asks for a kind that is not there"), HasSubstr("next_ready was asked of kind 3, and"));
  EXPECT_THAT(failure_of("asks for an operand that is not there"), HasSubstr("evictable_slots was asked of operand 2"));
  EXPECT_THAT(failure_of("on_tile_done asks nonsense"), HasSubstr("in on_tile_done of tile 1 at cycle "));
}

TEST(PluginContainment, CandidatesThatAreNotThere) {
  const auto policy = open_policy(broken("weighs a tile that is not there"));
  ASSERT_TRUE(policy);
  std::string error;
  struct Listener final : Policy {
    Listener(Policy& p, std::string& e) : inner(p), error(e) {}
    std::string_view name() const override { return "listener"; }
    void begin(const View& v) override { inner.begin(v); }
    Action decide(const View& v) override {
      const Action a = inner.decide(v);
      try {
        static_cast<void>(inner.candidates());
      } catch (const std::exception& e) {
        error = e.what();
      }
      return a;
    }
    Policy& inner;
    std::string& error;
  } listener(**policy, error);
  static_cast<void>(run_checked(small_scenario(), listener, {}));
  EXPECT_THAT(error, HasSubstr("it weighed tile 12345 on core 0, which do not exist"));
}

TEST(PluginContainment, AnswersThatAreNotLegal) {
  const std::pair<const char*, const char*> ways[] = {
      {"unknown kind", "in decide at cycle 0, where tile 0 is ready: it answered with an action of unknown kind 9"},
      {"error", "in decide at cycle 0, where tile 0 is ready: it returned error 3"},
      {"unknown tile", "16 illegal actions at cycle 0, the last: Dispatch of tile 12345 to core 0: there is no such"},
      {"not ready", "Dispatch of tile 6 (operator 1, request 0) to core 0: the tile is not ready"},
      {"unknown core", "Dispatch of tile 0 (operator 0, request 0) to core 9: there is no such core"},
      {"unknown channel", "there is no such DMA channel"},
      {"prefetch of an input", "only a constant operand can be prefetched"},
      {"prefetch of nothing", "only a constant operand can be prefetched"},
      {"time passed", "the time to wait for has passed"},
      {"undispatch", "Undispatch of tile 0 (operator 0, request 0): the tile is not dispatched"},
      {"cap of no channel", "Cap of channel 9 to 1000 thousandths of a byte per cycle: there is no such DMA channel"},
      {"cap of channel -1", "there is no such DMA channel"},
      {"cap below 0", "at that rate a packet would hold the channel for more than 65,536 cycles"},
      {"cap of nearly nothing", "Cap of channel 0 to 1 thousandths of a byte per cycle: at that rate a packet would"},
      {"cap of everything", "the machine lets the channel move less"},
      {"caps for ever", "the channel's rate was set before, and since then nothing was dispatched"},
      {"waits", "Wait at cycle 0 with nothing in flight and 12 tiles not dispatched"},
      {"sleeps", "Wait until 1000000 ps at cycle 0 with nothing in flight"},
      {"the same twice", "the tile was dispatched before"},
  };
  for (const auto& [way, text] : ways) {
    const Environment table("TESSERA_TEST_TABLE", "answers"), answer("TESSERA_TEST_ANSWER", way);
    EXPECT_THAT(failure_of("nothing"), HasSubstr(text)) << way;
  }
}

TEST(PluginContainment, ThatCannotBeMade) {
  for (const auto& [way, text] :
       {std::pair{"create throws", "in create: std::invalid_argument: no"},
        std::pair{"makes no policy", "in create: std::runtime_error: its PolicyEntry made"}}) {
    const auto policy = open_policy(broken(way));
    ASSERT_FALSE(policy) << way;
    EXPECT_THAT(policy.problems().to_string(), HasSubstr(std::string("policy broken: ") + text));
  }
}

// The program ends: nothing that such a policy has done to it can be undone.
using PluginContainmentDeathTest = Test;

TEST(PluginContainmentDeathTest, CrashesAndEndlessCallsEndTheProgramWithExitCode1) {
  GTEST_FLAG_SET(death_test_style, "fast");
  const std::pair<const char*, const char*> ways[] = {
      {"crashes", "it crashed .SIGSEGV."},
      {"writes to nowhere", "it crashed .SIGSEGV."},
      {"aborts", "it crashed .SIGABRT."},
      {"exits", "it called exit"},
      {"recurses without end", "it crashed .SIGSEGV."},
      {"decide is endless", "it has not answered for 50 ms .scheduler.time_limit."},
  };
  for (const auto& [way, text] : ways) {
    EXPECT_EXIT(
        static_cast<void>(run(way)), ::testing::ExitedWithCode(1),
        std::string("tessera: the run failed: policy broken: in decide at cycle 0, where tile 0 is ready: ") + text)
        << way;
  }
  EXPECT_EXIT(static_cast<void>(run("begin is endless")), ::testing::ExitedWithCode(1),
              "policy broken: in begin at cycle 0, where no tile is ready: it has not answered for 50 ms");
}

TEST(PluginContainmentDeathTest, TheNoteSaysHowToDoItAgain) {
  EXPECT_EXIT(
      {
        set_policy_note("seed 17");
        static_cast<void>(run("crashes"));
      },
      ::testing::ExitedWithCode(1), "SIGSEGV.\nseed 17");
}

// What is not the policy's ends the program as ever.
TEST(PluginContainmentDeathTest, ACrashOutsideOfACallIsNotThePolicys) {
  EXPECT_EXIT(
      {
        static_cast<void>(run("nothing"));
        ::raise(SIGABRT);
      },
      ::testing::KilledBySignal(SIGABRT), "");
}

}  // namespace
}  // namespace tessera::scheduler::testing
