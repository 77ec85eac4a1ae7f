// scheduler.policy and scheduler.options of a run file whose policy is a plug-in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/config/parameter.h"
#include "sim/config/run_reader.h"
#include "sim/config/run_writer.h"
#include "tests/scheduler/plugin/plugin_files.h"

namespace tessera::sim {
namespace {

using scheduler::OptionValue;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class PluginRun : public ::testing::Test {
 protected:
  PluginRun() : folder_(fs::temp_directory_path() / ("tessera_plugin_run_" + std::to_string(getpid()))) {
    fs::create_directories(folder_ / "plugins");
    fs::create_directories(folder_ / "out");
    fs::create_symlink(TESSERA_BROKEN, folder_ / "plugins/libmine.so");
  }
  ~PluginRun() override { fs::remove_all(folder_); }
  base::Result<RunSpec> read(const std::string& scheduler, const RunArguments& more = {}) {
    std::ofstream(folder_ / "r.yaml") << "npu: " << TESSERA_SOURCE_DIR << "/configs/npu/tiny_8x8.yaml\ngemm: 8x8x8\n"
                                      << scheduler;
    RunArguments a = more;
    a.run_file = folder_ / "r.yaml";
    return read_run(a);
  }
  std::string problems(const std::string& scheduler) {
    const auto run = read(scheduler);
    EXPECT_FALSE(run);
    return run ? "" : run.problems().to_string();
  }
  fs::path folder_;
};

constexpr const char* kFull =
    "scheduler:\n  policy: plugins/libmine.so\n  time_limit: 3 s\n"
    "  options: {way: 007, depth: 6, eager: false, share: 1}\n";

TEST_F(PluginRun, ValuesHaveTheTypesThatThePluginDeclares) {
  const auto run = read(kFull);
  ASSERT_TRUE(run) << run.problems().to_string();
  const auto& policy = run->schedule.policy;
  EXPECT_EQ(policy.file, folder_ / "plugins/libmine.so") << "relative to the run file";
  EXPECT_EQ(policy.file_options.at("way"), OptionValue(std::string("007")));
  EXPECT_EQ(policy.file_options.at("depth"), OptionValue(std::int64_t{6}));
  EXPECT_EQ(policy.file_options.at("eager"), OptionValue(false));
  EXPECT_EQ(policy.file_options.at("share"), OptionValue(1.0));
  EXPECT_EQ(policy.time_limit, base::Ps{3'000'000'000'000});
}

TEST_F(PluginRun, TheRunThatIsWrittenReadsBackToTheSame) {
  const auto run = read(kFull);
  ASSERT_TRUE(run);
  std::ofstream(folder_ / "out/resolved.yaml") << base::write_yaml(write_run(*run, folder_ / "out"));
  RunArguments again;
  again.run_file = folder_ / "out/resolved.yaml";
  const auto back = read_run(again);
  ASSERT_TRUE(back) << back.problems().to_string();
  EXPECT_TRUE(fs::equivalent(back->schedule.policy.file, run->schedule.policy.file));
  EXPECT_EQ(back->schedule.policy.file_options, run->schedule.policy.file_options);
}

TEST_F(PluginRun, WhatThePluginDoesNotDeclareIsAnErrorWithItsPlace) {
  const std::string text =
      problems("scheduler:\n  policy: ./plugins/libmine.so\n  options:\n    dept: 4\n    share: 2\n    eager: 1\n");
  EXPECT_THAT(text, HasSubstr("r.yaml:6:5: unknown key \"dept\" in scheduler.options of policy broken, did you mean "
                              "\"depth\"?"));
  EXPECT_THAT(text, HasSubstr("r.yaml:7:12: scheduler.options.share is 2: must be 0 to 1"));
  EXPECT_THAT(text, HasSubstr("r.yaml:8:12: scheduler.options.eager must be true or false, not \"1\""));
}

TEST_F(PluginRun, WhereItDeclaresNoneAllAreTaken) {
  const scheduler::testing::Environment table("TESSERA_TEST_TABLE", "undeclared");
  const auto run =
      read("scheduler: {policy: plugins/libmine.so, options: {a: 3, b: 2.5, c: true, d: x, e: \"4\", f: 2.0}}\n");
  ASSERT_TRUE(run) << run.problems().to_string();
  const scheduler::OptionValues values{{"a", std::int64_t{3}},  {"b", 2.5}, {"c", true}, {"d", std::string("x")},
                                       {"e", std::string("4")}, {"f", 2.0}};
  EXPECT_EQ(run->schedule.policy.file_options, values);
  std::ofstream(folder_ / "again.yaml") << base::write_yaml(write_run(*run, folder_));
  RunArguments again;
  again.run_file = folder_ / "again.yaml";
  const auto back = read_run(again);
  ASSERT_TRUE(back) << back.problems().to_string();
  EXPECT_EQ(back->schedule.policy.file_options, values);
}

TEST_F(PluginRun, ThatIsNoPluginIsAnErrorWhereItIsNamed) {
  EXPECT_THAT(problems("scheduler: {policy: ./nothing.so}\n"), HasSubstr("r.yaml:3:21: scheduler.policy: "));
  EXPECT_THAT(problems("scheduler: {policy: ./nothing.so}\n"), HasSubstr("nothing.so: there is no such file"));
  EXPECT_THAT(problems("scheduler: {policy: r.yaml/x}\n"), HasSubstr("r.yaml:3:21: scheduler.policy: "));
  EXPECT_THAT(problems("scheduler: {policy: depth_frist}\n"), HasSubstr("did you mean \"depth_first\"?"));
  EXPECT_THAT(problems("scheduler: {options: {depth: 1}}\n"),
              HasSubstr("scheduler.options has no effect without a plug-in as scheduler.policy: leave it out"));
  EXPECT_THAT(problems("scheduler: {time_limit: 1 s}\n"),
              HasSubstr("scheduler.time_limit has no effect without a plug-in as scheduler.policy: leave it out"));
  EXPECT_THAT(problems("scheduler: {policy: plugins/libmine.so, options: 3}\n"), HasSubstr("must be a map such as"));
  EXPECT_THAT(problems("scheduler: {policy: plugins/libmine.so, options: {depth: [1]}}\n"),
              HasSubstr("scheduler.options.depth must be a number, true or false, or a text, not a list"));
}

TEST_F(PluginRun, APathOnTheCommandLineIsTheCallers) {
  const fs::path before = fs::current_path();
  fs::current_path(folder_ / "plugins");
  RunArguments arguments;
  arguments.policy = "./libmine.so";
  arguments.overrides = {"scheduler.options.depth=7"};
  const auto run = read("", arguments);
  fs::current_path(before);
  ASSERT_TRUE(run) << run.problems().to_string();
  EXPECT_EQ(run->schedule.policy.file, fs::path("./libmine.so"));
  EXPECT_EQ(run->schedule.policy.file_options.at("depth"), OptionValue(std::int64_t{7}));
}

// One that stands in the run file is not used then, nor looked for.
TEST_F(PluginRun, TheCommandLineReplacesAPluginByABuiltInPolicy) {
  RunArguments arguments;
  arguments.policy = "round_robin";
  const auto run = read("scheduler: {policy: ./gone.so}\n", arguments);
  ASSERT_TRUE(run) << run.problems().to_string();
  EXPECT_EQ(run->schedule.policy.name, "round_robin");
  EXPECT_TRUE(run->schedule.policy.file.empty());
}

}  // namespace
}  // namespace tessera::sim
