// What the trace says of a policy's answers, in runs small enough to work out by hand. Clock 1 ns, dispatch latency 10
// cycles; a load of b bytes takes 20 ps x b + 1 ns, in packets of 256 B; inputs of 4096 B, weights of 8192 B, computes
// of 400 cycles.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/scheduler/support/run_checks.h"
#include "tests/scheduler/support/scripted_policy.h"

namespace tessera::scheduler::testing {
namespace {

using base::Ps;
using trace::AnswerKind;
using trace::Name;
using trace::OperandState;
using trace::Record;

Scenario layer(std::int64_t groups) {
  Scenario s;
  s.graph = layered_graph(1, groups, 1);
  s.npu.cores = 1;
  s.npu.core_clock = base::Clock(1000, 1);
  s.npu.scheduler.dispatch_latency = base::Cycles{10};
  s.npu.dma.channels.resize(2);
  return s;
}

// Says what it weighed.
class Weighing : public Scripted {
 public:
  using Scripted::Scripted;
  [[nodiscard]] std::span<const Candidate> candidates() const override { return list; }
  [[nodiscard]] std::uint32_t weighed() const override { return count; }
  std::vector<Candidate> list;
  std::uint32_t count = 0;
};

// The records of its answers and candidates.
std::vector<Record> of_policy(const Scenario& s, Policy& policy) {
  MachineShape machine;
  machine.least_latency = 1000;
  machine.random_latency = 0;
  machine.record_answers = true;
  const Outcome o = run_checked(s, policy, machine, true);
  EXPECT_EQ(o.state, RunState::done) << o.failure;
  for (const auto& p : o.problems) ADD_FAILURE() << p;
  std::vector<Record> records;
  for (const auto& item : o.records)
    if (is_of_policy(item.record.name)) records.push_back(item.record);
  return records;
}

void expect_answer(const Record& r, std::int64_t at, AnswerKind kind, std::uint32_t tile, Illegal why,
                   std::int64_t argument) {
  ASSERT_EQ(r.name, Name::answer);
  EXPECT_EQ(r.start, Ps{at});
  EXPECT_EQ(r.end, Ps{at});
  EXPECT_EQ(r.answer(), kind);
  EXPECT_EQ(r.tile, tile);
  EXPECT_EQ(r.refusal(), static_cast<std::uint8_t>(why));
  EXPECT_EQ(r.argument(), argument);
}

TEST(Answers, RefusedOnesHaveTheirReasonAndWaitsTheirTime) {
  int asked = 0;
  Weighing policy([&](const View& v) -> Action {
    switch (++asked) {
      case 1: return Dispatch{99, 0};
      case 2: return Dispatch{0, 7};
      case 3: return Dispatch{0, 0, {kAnyChannel, 5}};
      case 4: return Wait{Ps{0}};
      case 5: return Prefetch{1, 1, 0};
      case 6: return Wait{Ps{15'000}};
      default: return first_legal(v);
    }
  });
  const auto r = of_policy(layer(2), policy);
  ASSERT_GE(r.size(), 8U);
  expect_answer(r[0], 0, AnswerKind::dispatch, trace::kNoTile, Illegal::unknown_tile, 99);
  expect_answer(r[1], 0, AnswerKind::dispatch, 0, Illegal::unknown_core, 7);
  EXPECT_EQ(r[1].core(), 0) << "a core that there is";
  expect_answer(r[2], 0, AnswerKind::dispatch, 0, Illegal::unknown_channel, 5);
  expect_answer(r[3], 0, AnswerKind::wait_until, trace::kNoTile, Illegal::time_passed, 0);
  expect_answer(r[4], 0, AnswerKind::prefetch, 1, Illegal::none, 0);
  EXPECT_EQ(r[4].operand(), trace::Operand::weight);
  expect_answer(r[5], 10'000, AnswerKind::wait_until, trace::kNoTile, Illegal::none, 15'000);
  expect_answer(r[6], 15'000, AnswerKind::dispatch, 0, Illegal::none, 0);
}

// Tile 0 is decided on in [0, 10). Its input and weights, 8192 B each, serve tile 1 too; they go over a channel each.
// By 50 each channel has sent for 8 packets: 2 x (8192 - 2048) bytes are left.
TEST(Answers, ACandidateShowsWhatItWouldHaveWaitedFor) {
  Weighing policy([&](const View& v) -> Action {
    policy.list.clear();
    if (v.now() == Ps{10'000}) return Wait{Ps{50'000}};
    if (v.check(Dispatch{0, 0}) == Illegal::none) return Dispatch{0, 0};
    policy.list = {{0, 0, 5}, {1, 0, 7}, {9, 0, 1}, {0, 9, 1}};
    policy.count = 12;
    return first_legal(v);
  });
  const auto r = of_policy(layer(2), policy);
  ASSERT_EQ(r.size(), 5U);
  expect_answer(r[0], 0, AnswerKind::dispatch, 0, Illegal::none, 0);
  EXPECT_EQ(r[0].weighed(), 0U);
  expect_answer(r[1], 10'000, AnswerKind::wait_until, trace::kNoTile, Illegal::none, 50'000);
  expect_answer(r[2], 50'000, AnswerKind::dispatch, 1, Illegal::none, 0);
  EXPECT_EQ(r[2].weighed(), 12U);
  EXPECT_EQ(r[2].backlog(), 12'288);
  const Record& taken = r[3];
  ASSERT_EQ(taken.name, Name::candidate);
  EXPECT_EQ(taken.tile, 1U) << "the one taken, though another score is lower";
  EXPECT_EQ(taken.score(), 7);
  EXPECT_EQ(taken.refusal(), 0);
  EXPECT_EQ(taken.input_state(), OperandState::filling);
  EXPECT_EQ(taken.weight_state(), OperandState::filling);
  EXPECT_EQ(taken.queued(), 1U);
  EXPECT_EQ(taken.busy(), Ps{400'000});
  EXPECT_EQ(taken.free_outputs(), 1U);
  EXPECT_EQ(r[4].tile, 0U);
  EXPECT_EQ(r[4].refusal(), static_cast<std::uint8_t>(Illegal::already_dispatched));
}

TEST(Answers, AWaitThatIsRepeatedIsRecordedOnce) {
  int waits = 0;
  Scripted policy([&](const View& v) -> Action {
    if (v.now() == Ps{0} || v.now() > Ps{500'000}) return first_legal(v);
    ++waits;
    return Wait{};
  });
  const auto r = of_policy(layer(2), policy);
  EXPECT_GT(waits, 1);
  ASSERT_EQ(r.size(), 3U);
  expect_answer(r[1], 10'000, AnswerKind::wait, trace::kNoTile, Illegal::none, 0);
  EXPECT_EQ(r[2].answer(), AnswerKind::dispatch);
}

TEST(Answers, TheBestFewAreKept) {
  Weighing policy([&](const View& v) -> Action {
    policy.list = {{4, 0, 40}, {2, 0, 20}, {3, 0, 30}, {6, 0, 20}, {1, 0, 10}, {5, 0, 50}, {0, 0, 60}};
    policy.count = 0;  // less than it names
    return first_legal(v);
  });
  const auto r = of_policy(layer(7), policy);
  ASSERT_GE(r.size(), 6U);
  EXPECT_EQ(r[0].weighed(), 7U);
  const std::uint32_t kept[] = {0, 1, 2, 6, 3};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(r[i + 1].name, Name::candidate);
    EXPECT_EQ(r[i + 1].tile, kept[i]) << i;
  }
  EXPECT_EQ(r[1].input_state(), OperandState::absent);
  EXPECT_EQ(r[6].name, Name::answer);
}

TEST(Answers, AreRecordedOnlyWhereTheyAreWanted) {
  Scripted policy(first_legal);
  const Outcome o = run_checked(layer(2), policy, {}, true);
  EXPECT_TRUE(
      std::none_of(o.records.begin(), o.records.end(), [](const auto& i) { return is_of_policy(i.record.name); }));
}

}  // namespace
}  // namespace tessera::scheduler::testing
