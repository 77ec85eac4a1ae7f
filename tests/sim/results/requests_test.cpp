// Requests with priorities and deadlines: what a run does with them and what it says of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/results/request_results.h"
#include "sim/results/summary.h"
#include "tests/golden/execution.h"

namespace tessera::tests {
namespace {

using base::Ps;
using testing::HasSubstr;

// Three requests by hand: the first has no deadline, the second ends 1 us after its own, the third at its own.
TEST(Requests, ADeadlineIsMissedByWhatEndsLater) {
  sim::RunSummary s;
  s.makespan = Ps{9'000'000};
  s.requests = {{0, 0, 0, Ps{0}, Ps{9'000'000}},
                {1, 0, 2, Ps{1'000'000}, Ps{5'000'000}, Ps{4'000'000}},
                {2, 0, -1, Ps{2'000'000}, Ps{6'000'000}, Ps{6'000'000}}};
  const nlohmann::json d = nlohmann::json::parse(sim::summary_json(s));
  EXPECT_EQ(d.at("deadlines").at("given"), 2);
  EXPECT_EQ(d.at("deadlines").at("missed"), 1);
  EXPECT_EQ(d.at("deadlines").at("late_by_ps"), 1'000'000);
  ASSERT_EQ(d.at("requests").size(), 3U);
  EXPECT_EQ(d.at("requests")[0].at("latency_ps"), 9'000'000);
  EXPECT_TRUE(d.at("requests")[0].at("missed").is_null());
  EXPECT_TRUE(d.at("requests")[0].at("deadline_ps").is_null());
  EXPECT_EQ(d.at("requests")[1].at("latency_ps"), 4'000'000);
  EXPECT_EQ(d.at("requests")[1].at("priority"), 2);
  EXPECT_EQ(d.at("requests")[1].at("missed"), 1);
  EXPECT_EQ(d.at("requests")[2].at("priority"), -1);
  EXPECT_EQ(d.at("requests")[2].at("missed"), 0) << "at the deadline is in time";
  const std::string text = sim::summary_text(s);
  EXPECT_THAT(text, HasSubstr("requests  3: latency 5.667 us on average, 9.000 us at most;\n          1 of 2 deadlines "
                              "missed, request 1 by 1.000 us\n"));
}

TEST(Requests, OneWithoutADeadlineIsNotWorthALine) {
  sim::RunSummary s;
  s.makespan = Ps{9'000'000};
  s.requests = {{0, 0, 0, Ps{0}, Ps{9'000'000}}};
  EXPECT_THAT(sim::summary_text(s), testing::Not(HasSubstr("requests  ")));
}

TEST(Requests, AListOfManyIsCutOff) {
  sim::RunSummary s;
  s.requests.resize(1001);
  EXPECT_EQ(nlohmann::json::parse(sim::summary_json(s)).at("requests").size(), 1000U);
}

std::vector<Ps> ends(const std::string& policy, std::vector<std::string> requests) {
  const Execution run = execute(shipped("tiny_8x8", "tiny_cnn", policy, std::move(requests)));
  EXPECT_TRUE(run.result.ok) << run.result.failure;
  std::vector<Ps> all;
  for (const auto& r : run.summary().requests) all.push_back(r.end);
  return all;
}

class Priorities : public testing::TestWithParam<const char*> {};

// All arrive at once: the last goes first, then the first, then the second.
TEST_P(Priorities, TheHigherGoesFirst) {
  const auto plain = ends(GetParam(), {"requests.count=3"});
  EXPECT_LT(plain[0], plain[2]);
  const auto with = ends(GetParam(), {"requests.list=[{}, {priority: -3}, {priority: 2}]"});
  EXPECT_LT(with[2], with[0]);
  EXPECT_LT(with[0], with[1]);
  EXPECT_LT(with[2], plain[1]) << "it does not wait for what came before it";
}

// One that comes while another is under way overtakes it; what was dispatched stays so.
TEST_P(Priorities, ALaterRequestOvertakes) {
  const auto alone = ends(GetParam(), {"requests.count=1"});
  const auto with = ends(GetParam(), {"requests.list=[{}, {arrival: 5 us, priority: 1}]"});
  EXPECT_LT(with[1], with[0]);
  EXPECT_GT(with[0], alone[0]);
}

INSTANTIATE_TEST_SUITE_P(All, Priorities,
                         testing::Values("depth_first", "lookahead", "heft", "critical_path", "memory_aware"),
                         [](const testing::TestParamInfo<const char*>& policy) { return std::string(policy.param); });

TEST(Requests, ADeadlineCountsFromItsArrival) {
  const Execution run =
      execute(shipped("tiny_8x8", "tiny_cnn", "depth_first", {"requests.list=[{}, {arrival: 5 us, deadline: 1 us}]"}));
  const auto& asked = run.run.graph.requests;
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[0].deadline, base::kNever);
  EXPECT_EQ(asked[1].arrival, Ps{5'000'000});
  EXPECT_EQ(asked[1].deadline, Ps{6'000'000});
  EXPECT_EQ(asked[0].tiles + asked[1].tiles, run.run.graph.tiles.size());
  EXPECT_EQ(run.run.graph.operator_of(1, 0), asked[0].operators);
  EXPECT_TRUE(run.summary().requests.at(1).missed());
}

// A list that says what count and interval say leads to the same run.
TEST(Requests, AListSaysTheSameAsAnInterval) {
  for (const char* policy : {"depth_first", "breadth_first", "round_robin", "lookahead"})
    EXPECT_EQ(ends(policy, {"requests.list=[{}, {arrival: 7 us}, {arrival: 14 us}]"}),
              ends(policy, {"requests.count=3", "requests.interval=7 us"}));
}

}  // namespace
}  // namespace tessera::tests
