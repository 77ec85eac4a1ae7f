// The `schedule` section of a machine file: defaults of a run's keys, below the run file and --set.
#include "sim/config/machine_schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/config/run_reader.h"

namespace tessera::sim {
namespace {

using testing::HasSubstr;

base::Node yaml(const std::string& text) { return base::parse_yaml(text, "m.yaml").value(); }

std::string problems(const std::string& machine) {
  base::Diagnostics wrong;
  check_machine_schedule(yaml(machine), wrong);
  return wrong.to_string();
}

RunArguments nvdla(std::vector<std::string> overrides) {
  RunArguments a;
  a.npu_file = std::filesystem::path(TESSERA_SOURCE_DIR) / "configs/npu/nvdla_nv_small.yaml";
  a.conv = "w=8,h=8,c=8,k=8,kw=1,kh=1";
  a.overrides = std::move(overrides);
  return a;
}

TEST(MachineSchedule, FillsWhatTheRunDoesNotSay) {
  base::Node run = yaml("buffers: {input: 4}\nloop_order: bgmn\n");
  base::Diagnostics wrong;
  add_machine_schedule(yaml("schedule: {buffers: {input: 1, weight: 3}, loop_order: bgnm, core_split: n}"), run, wrong);
  ASSERT_TRUE(wrong.empty()) << wrong.to_string();
  EXPECT_EQ(run.find("buffers")->find("input")->text, "4");
  EXPECT_EQ(run.find("buffers")->find("weight")->text, "3");
  EXPECT_EQ(run.find("loop_order")->text, "bgmn");
  EXPECT_EQ(run.find("core_split")->text, "n");
}

TEST(MachineSchedule, SetGoesBeforeTheMachine) {
  const auto defaults = read_run(nvdla({}));
  ASSERT_TRUE(defaults) << defaults.problems().to_string();
  EXPECT_EQ(defaults->schedule.buffers, (std::array<std::int64_t, 3>{1, 2, 2}));
  ASSERT_EQ(defaults->schedule.tiles.size(), 1u);
  EXPECT_TRUE(defaults->schedule.tiles[0].whole_input);
  EXPECT_EQ(defaults->schedule.tiles[0].n, 8);
  EXPECT_EQ(defaults->schedule.tiles[0].rows(1), 0) << "a matrix: as many rows as fit";
  EXPECT_EQ(defaults->schedule.tiles[0].rows(14), 1) << "an image: row by row";
  EXPECT_EQ(defaults->schedule.binding, scheduler::ChannelBinding::statically);

  const auto set = read_run(nvdla({"buffers.input=2", "npu.schedule.buffers.weight=4", "tiles=[]"}));
  ASSERT_TRUE(set) << set.problems().to_string();
  EXPECT_EQ(set->schedule.buffers, (std::array<std::int64_t, 3>{2, 4, 2}));
  EXPECT_TRUE(set->schedule.tiles.empty());
}

TEST(MachineSchedule, OtherKeysAndBadValuesAreReportedInTheMachinesFile) {
  EXPECT_THAT(problems("schedule: {bufers: {input: 1}}"),
              testing::AllOf(HasSubstr("m.yaml:1"), HasSubstr("did you mean \"buffers\"")));
  EXPECT_THAT(problems("schedule: {trace: {level: off}}"), HasSubstr("unknown key \"trace\""));
  EXPECT_THAT(problems("schedule: {buffers: {input: 0}}"), HasSubstr("m.yaml:1"));
  EXPECT_THAT(problems("schedule: fast"), HasSubstr("must be a map"));
  EXPECT_EQ(problems("cores: 1"), "");
}

}  // namespace
}  // namespace tessera::sim
