// Two ways out of a run and back: its actions as a table that `static` follows, its tiles as a program. Each gives the
// same run again: makespan, schedule.csv, traffic and energy.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "scheduler/policy/policies.h"
#include "scheduler/program/program.h"
#include "scheduler/replay/action_table.h"
#include "tests/golden/execution.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

using testing::IsEmpty;

const std::filesystem::path kFolder = std::filesystem::path(TESSERA_SOURCE_DIR) / "tests/golden";

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

// Of one way to run; a run file and what is set beside it.
struct Trip {
  sim::RunArguments arguments;
  TempFolder temp;
  scheduler::ActionLog log;
  Execution first;

  explicit Trip(sim::RunArguments run) : arguments(std::move(run)), first(execute(arguments, temp / "first", &log)) {
    EXPECT_TRUE(first.result.ok) << first.result.failure;
  }
  void expect_same(const Execution& again, const std::filesystem::path& out) const {
    ASSERT_TRUE(again.result.ok) << again.result.failure;
    EXPECT_EQ(again.makespan(), first.makespan());
    EXPECT_EQ(file_bytes(out / "schedule.csv"), file_bytes(temp / "first/schedule.csv"));
  }
  void by_actions() const {
    write(temp / "actions.csv", scheduler::write_action_table(log.plan(), first.run.network, first.run.graph));
    sim::RunArguments replay = arguments;
    replay.policy = "static";
    replay.overrides.push_back("scheduler.table=" + (temp / "actions.csv").string());
    const Execution again = execute(replay, temp / "replay");
    expect_same(again, temp / "replay");
    ASSERT_TRUE(again.summary().plan);
    const scheduler::PlanReport& report = *again.summary().plan;
    EXPECT_EQ(report.on_time, report.dispatches);
    EXPECT_EQ(report.skipped_prefetches, first.summary().dispatch.prefetches - again.summary().dispatch.prefetches);
    EXPECT_EQ(report.skipped_prefetches, 0u);
    EXPECT_EQ(report.planned_makespan, report.makespan);
  }
  void by_program(const std::string& file) const {
    const auto path = temp / file;
    write(path, scheduler::write_program(first.run.network, first.run.spec.npu, first.run.graph,
                                         scheduler::program_form(path)));
    sim::RunArguments from = arguments;
    from.model_file.clear();
    from.gemm.clear();
    from.conv.clear();
    from.bind.clear();
    from.host.clear();
    from.program_file = path;
    const Execution again = execute(from, temp / "program");
    expect_same(again, temp / "program");
    EXPECT_THAT(read_trace(temp / "program/trace.tsr").violations, IsEmpty());
    const sim::RunSummary &a = first.summary(), &b = again.summary();
    EXPECT_EQ(b.dram.read_bytes, a.dram.read_bytes);
    EXPECT_EQ(b.dram.write_bytes, a.dram.write_bytes);
    EXPECT_EQ(b.macs, a.macs);
    EXPECT_EQ(b.macs_at, a.macs_at);
    EXPECT_EQ(b.bound.terms, a.bound.terms);
    EXPECT_EQ(b.bound_moved.terms, a.bound_moved.terms);
    EXPECT_LE(b.bound_network.time(), b.makespan);
    ASSERT_EQ(b.energy.has_value(), a.energy.has_value());
    if (a.energy) {
      EXPECT_EQ(b.energy->run.report.components, a.energy->run.report.components);
    }
    ASSERT_EQ(b.measures.operators.size(), a.measures.operators.size());
    // What a program run says of itself runs again, and its program is a program again.
    sim::RunArguments resolved;
    resolved.run_file = temp / "program/resolved.yaml";
    const Execution third = execute(resolved);
    EXPECT_EQ(third.makespan(), first.makespan());
    EXPECT_EQ(
        scheduler::write_program(again.run.network, again.run.spec.npu, again.run.graph, scheduler::program_form(path)),
        file_bytes(path));
  }
};

std::vector<std::string> golden_runs() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

class RoundTrip : public testing::TestWithParam<std::string> {};

// Every golden run: slices, several requests and schedulers, static channels, split transfers, a shared SRAM, formats.
TEST_P(RoundTrip, OfAGoldenRun) {
  sim::RunArguments run;
  run.run_file = kFolder / (GetParam() + ".yaml");
  std::ifstream in(run.run_file);
  for (std::string line; std::getline(in, line);)
    if (const std::string mark = "# set: "; line.starts_with(mark)) run.overrides.push_back(line.substr(mark.size()));
  const Trip trip(run);
  trip.by_actions();
  trip.by_program("program.pb");
}
INSTANTIATE_TEST_SUITE_P(Runs, RoundTrip, testing::ValuesIn(golden_runs()), [](const auto& i) { return i.param; });

// Every shipped machine under every policy.
TEST(RoundTrips, OfEveryMachineUnderEveryPolicy) {
  for (const auto& entry : std::filesystem::directory_iterator(kFolder / "../../configs/npu")) {
    if (entry.path().extension() != ".yaml") continue;
    for (const auto policy : scheduler::policy_names()) {
      SCOPED_TRACE(entry.path().stem().string() + " " + std::string(policy));
      const Trip trip(shipped(entry.path().stem().string(), "tiny_residual", std::string(policy)));
      trip.by_actions();
    }
  }
}

TEST(RoundTrips, OfProgramsInEveryForm) {
  for (const char* network : {"tiny_cnn", "tiny_attention", "tiny_depthwise", "tiny_lstm"}) {
    SCOPED_TRACE(network);
    const Trip trip(shipped("edge_shared_sram", network, "lookahead", {"requests.count=3"}));
    trip.by_program("program.yaml");
    trip.by_program("program.txtpb");
  }
}

TEST(RoundTrips, OfTasksOfTheHost) {
  sim::RunArguments run = shipped("tiny_8x8", "tiny_attention", "", {"requests.count=2"});
  run.host = {"Softmax=20us"};
  const Trip trip(run);
  EXPECT_FALSE(trip.first.run.graph.host_tasks.empty());
  trip.by_actions();
  trip.by_program("program.yaml");
}

// On another machine the order stays, and the report says where the times part.
TEST(RoundTrips, OnAnotherMachineTheReportSaysWhereTheRunParts) {
  const Trip trip(shipped("tiny_8x8", "tiny_residual"));
  write(trip.temp / "actions.csv",
        scheduler::write_action_table(trip.log.plan(), trip.first.run.network, trip.first.run.graph));
  sim::RunArguments slower = trip.arguments;
  slower.policy = "static";
  // The tiles do not depend on the time that a decision takes.
  slower.overrides = {"scheduler.table=" + (trip.temp / "actions.csv").string(),
                      "scheduler.dispatch_latency=100 cycles",
                      "tiles={from: " + (trip.temp / "first/summary.json").string() + "}"};
  const Execution run = execute(slower);
  ASSERT_TRUE(run.result.ok) << run.result.failure;
  ASSERT_TRUE(run.summary().plan);
  const scheduler::PlanReport& report = *run.summary().plan;
  EXPECT_GT(report.later, 0u);
  EXPECT_EQ(report.on_time + report.later + report.earlier, report.dispatches);
  ASSERT_TRUE(report.first_later);
  EXPECT_EQ(report.first_later->by(), report.first_later->taken - report.first_later->planned);
  EXPECT_EQ(report.planned_makespan, trip.first.summary().makespan);
  EXPECT_GT(report.makespan, report.planned_makespan);
}

}  // namespace
}  // namespace tessera::tests
