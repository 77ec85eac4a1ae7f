// The hardware's own trace buffer: what it loses is counted to the record, and only `stall` is felt by the machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "tests/golden/whole_run_checks.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

using testing::IsEmpty;

struct Traced {
  Execution run;
  TraceFile lossless;
  std::optional<TraceFile> device;
};

Traced traced(const std::string& network, std::vector<std::string> overrides) {
  const TempFolder out;
  Execution run = execute(shipped("tiny_8x8", network, "lookahead", std::move(overrides)), out.path());
  EXPECT_TRUE(run.result.ok) << run.result.failure;
  Traced t{std::move(run), read_trace(out / "trace.tsr"), {}};
  if (std::filesystem::exists(out / "device.tsr")) t.device = read_trace(out / "device.tsr");
  EXPECT_THAT(broken_laws(t.run, t.lossless.header.units), IsEmpty());
  EXPECT_THAT(t.lossless.violations, IsEmpty());
  return t;
}

// A buffer that holds little and empties slowly, so that every network overflows it.
std::vector<std::string> small_buffer(const std::string& overflow) {
  return {"trace.device=true", "trace_buffer.capacity=12", "trace_buffer.record=64 B", "trace_buffer.drain=1 B/cycle",
          "trace_buffer.overflow=" + overflow};
}

class Lossy : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(Lossy, CountsWhatItLosesAndDisturbsNothing) {
  const auto& [network, overflow] = GetParam();
  const Traced without = traced(network, {});
  EXPECT_FALSE(without.device.has_value());
  const Traced with = traced(network, small_buffer(overflow));
  EXPECT_EQ(with.run.makespan(), without.run.makespan());
  ASSERT_TRUE(with.device.has_value());
  EXPECT_TRUE(with.device->header.device);
  EXPECT_THAT(with.device->violations, IsEmpty());

  std::map<std::uint16_t, std::uint64_t> emitted, kept;
  std::map<std::uint64_t, const trace::Record*> lossless;
  for (const auto& i : with.run.records) {
    if (trace::spec(i.record.name).level > trace::Level::tile) continue;
    ++emitted[i.record.unit];
    lossless[i.id] = &i.record;
  }
  for (const auto& i : with.device->records) {
    ++kept[i.record.unit];
    const auto original = lossless.find(i.id);
    ASSERT_NE(original, lossless.end()) << "record " << i.id << " was never emitted";
    EXPECT_EQ(std::memcmp(&i.record, original->second, sizeof i.record), 0) << "record " << i.id;
  }
  std::uint64_t all_kept = 0, all_lost = 0;
  for (std::size_t u = 0; u < with.device->trailer.units.size(); ++u) {
    const auto& count = with.device->trailer.units[u];
    EXPECT_EQ(count.emitted, emitted[static_cast<std::uint16_t>(u)]) << with.device->header.units[u].path;
    EXPECT_EQ(count.kept, kept[static_cast<std::uint16_t>(u)]) << with.device->header.units[u].path;
    EXPECT_EQ(count.emitted, count.kept + count.lost) << with.device->header.units[u].path;
    EXPECT_EQ(count.lost > 0, !count.lost_ranges.empty()) << with.device->header.units[u].path;
    all_kept += count.kept;
    all_lost += count.lost;
  }
  EXPECT_GT(all_lost, 0u);
  EXPECT_EQ(with.run.summary().trace.device_kept, all_kept);
  EXPECT_EQ(with.run.summary().trace.device_lost, all_lost);
}

std::string case_name(const testing::TestParamInfo<Lossy::ParamType>& info) {
  return std::get<0>(info.param) + "_" + std::get<1>(info.param);
}

INSTANTIATE_TEST_SUITE_P(All, Lossy,
                         testing::Combine(testing::Values("tiny_cnn", "tiny_residual", "tiny_depthwise", "tiny_mlp"),
                                          testing::Values("overwrite_oldest", "drop_newest")),
                         case_name);

TEST(DeviceTrace, NewestOrOldestAreKept) {
  const auto first_and_last = [](const std::string& overflow) {
    const Traced t = traced("tiny_cnn", small_buffer(overflow));
    return std::pair{t.device->records.front().id == t.run.records.front().id,
                     t.device->records.back().id == t.run.records.back().id};
  };
  EXPECT_TRUE(first_and_last("drop_newest").first);
  EXPECT_TRUE(first_and_last("overwrite_oldest").second);
  EXPECT_FALSE(first_and_last("drop_newest").second);
}

class Stalling : public testing::TestWithParam<std::string> {};

TEST_P(Stalling, LosesNothingAndSlowsTheMachine) {
  const Traced without = traced(GetParam(), {}), with = traced(GetParam(), small_buffer("stall"));
  constexpr auto kReason = static_cast<std::size_t>(trace::Reason::trace_buffer);
  EXPECT_GT(with.run.makespan(), without.run.makespan());
  EXPECT_GT(with.run.summary().measures.cores[0].array.stall[kReason].count(), 0);
  EXPECT_EQ(without.run.summary().measures.cores[0].array.stall[kReason].count(), 0);
  EXPECT_EQ(with.run.summary().trace.device_lost, 0u);
  ASSERT_TRUE(with.device.has_value());
  EXPECT_TRUE(same_records(with.device->records, with.run.records));
}

TEST_P(Stalling, IsNotFeltWhereEverythingFits) {
  const Traced without = traced(GetParam(), {});
  const Traced with =
      traced(GetParam(), {"trace.device=true", "trace_buffer.capacity=100000", "trace_buffer.overflow=stall"});
  EXPECT_EQ(with.run.makespan(), without.run.makespan());
  EXPECT_TRUE(same_records(with.run.records, without.run.records));
}

// The machine waits for its trace buffer whether or not anyone keeps the files.
TEST_P(Stalling, DoesNotDependOnTheOutputFolder) {
  const TempFolder out;
  const auto arguments = shipped("tiny_8x8", GetParam(), "lookahead", small_buffer("stall"));
  EXPECT_EQ(execute(arguments, out.path()).makespan(), execute(arguments).makespan());
}

INSTANTIATE_TEST_SUITE_P(All, Stalling, testing::Values("tiny_cnn", "tiny_residual", "tiny_attention"),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace tessera::tests
