// tessera run as a program: its files, its JSON, its exit codes, and that bad input leaves nothing behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const std::filesystem::path kSource = TESSERA_SOURCE_DIR;
const std::vector<std::string> kTiny{"--npu", "configs/npu/tiny_8x8.yaml", "--model", "models/zoo/tiny_cnn.yaml"};

Outcome run(std::vector<std::string> more, const std::filesystem::path& folder = kSource) {
  more.insert(more.begin(), "run");
  return run_tessera(more, folder);
}
Outcome run_tiny(std::vector<std::string> more) {
  more.insert(more.begin(), kTiny.begin(), kTiny.end());
  return run(more);
}

std::vector<std::string> files_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  if (!std::filesystem::exists(folder)) return {"no folder"};
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  return names;
}

TEST(Run, WritesItsFourFilesAndOneScreen) {
  const TempFolder temp;
  const Outcome o = run_tiny({"--out", temp / "out"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(files_in(temp / "out"),
              UnorderedElementsAre("summary.json", "trace.tsr", "schedule.csv", "resolved.yaml"));
  for (const char* part :
       {"makespan", "lower bound", "Cores", "MAC util.", "overlap", "DRAM", "wasted", "dependence", "Operators"}) {
    EXPECT_THAT(o.out, HasSubstr(part));
  }
  EXPECT_THAT(o.err, HasSubstr("files are in"));
}

TEST(Run, TheDeviceTraceIsAFileOfItsOwn) {
  const TempFolder temp;
  EXPECT_EQ(run_tiny({"--out", temp / "out", "--set", "trace.device=true"}).code, 0);
  EXPECT_TRUE(std::filesystem::exists(temp / "out" / "device.tsr"));
}

// Keys that scripts rely on, with the kind of their values.
TEST(Run, JsonIsOneDocumentWithTheAgreedKeys) {
  const TempFolder temp;
  const Outcome o = run_tiny({"--json", "--out", temp / "out"});
  ASSERT_EQ(o.code, 0) << o.err;
  const json result = json::parse(o.out);  // throws where anything else is printed
  for (const char* text : {"network", "npu", "policy"}) EXPECT_TRUE(result.at(text).is_string()) << text;
  for (const char* count : {"makespan_cycles", "lower_bound_cycles", "macs", "tiles", "dram_read_bytes",
                            "dram_write_bytes", "trace_events"}) {
    EXPECT_TRUE(result.at(count).is_number_integer()) << count;
    EXPECT_GT(result.at(count).get<std::int64_t>(), 0) << count;
  }
  for (const char* share : {"pe_time_utilization", "pe_mac_utilization", "overlap_ratio"}) {
    EXPECT_GE(result.at(share).get<double>(), 0) << share;
    EXPECT_LE(result.at(share).get<double>(), 1) << share;
  }
  EXPECT_GT(result.at("wall_seconds").get<double>(), 0);
  EXPECT_DOUBLE_EQ(result.at("makespan_ns").get<double>(),
                   5.0 * result.at("makespan_cycles").get<double>());  // 200 MHz
  EXPECT_GE(result.at("makespan_cycles"), result.at("lower_bound_cycles"));
  ASSERT_EQ(result.at("cores").size(), 1u);
  const json& core = result.at("cores")[0];
  EXPECT_EQ(core.at("name"), "core[0]");
  std::int64_t sum = core.at("busy_ps").get<std::int64_t>() + core.at("no_work_ps").get<std::int64_t>();
  for (const auto& [reason, ps] : core.at("stall_ps").items()) sum += ps.get<std::int64_t>();
  EXPECT_EQ(sum, core.at("window_ps"));
  EXPECT_EQ(json::parse(read_all(temp / "out" / "summary.json")), result);
}

TEST(Run, JsonWithoutAFolderLeavesNoFiles) {
  const TempFolder temp;
  const Outcome o =
      run({"--npu", kSource / "configs/npu/tiny_8x8.yaml", "--model", kSource / "models/zoo/tiny_cnn.yaml", "--json"},
          temp.path());
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(json::accept(o.out));
  EXPECT_THAT(files_in(temp.path()), IsEmpty());
}

TEST(Run, TheResolvedRunGivesTheSameResult) {
  const TempFolder temp;
  const auto without_wall = [](const std::string& text) {
    json result = json::parse(text);
    result.erase("wall_seconds");
    return result;
  };
  const Outcome first =
      run_tiny({"--json", "--out", temp / "out", "--policy", "lookahead", "--set", "buffers.input=3"});
  const Outcome again = run({temp / "out" / "resolved.yaml", "--json", "--out", temp / "again"});
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(without_wall(first.out), without_wall(again.out));
  EXPECT_TRUE(read_all(temp / "out" / "trace.tsr") == read_all(temp / "again" / "trace.tsr"));
}

TEST(Run, OptionsOverrideTheRunFile) {
  const Outcome o = run({"configs/runs/tiny_cnn.yaml", "--model", "models/zoo/tiny_mlp.yaml", "--npu",
                         "configs/npu/edge_8tops.yaml", "--set", "scheduler.policy=round_robin", "--json"});
  ASSERT_EQ(o.code, 0) << o.err;
  const json result = json::parse(o.out);
  EXPECT_EQ(result.at("network"), "tiny_mlp");
  EXPECT_EQ(result.at("npu"), "edge_8tops");
  EXPECT_EQ(result.at("policy"), "round_robin");
}

TEST(Run, OneOperatorFromTheCommandLine) {
  const Outcome gemm = run({"--npu", "configs/npu/tiny_8x8.yaml", "--gemm", "16x32x24", "--json"});
  ASSERT_EQ(gemm.code, 0) << gemm.err;
  EXPECT_EQ(json::parse(gemm.out).at("macs"), 16 * 32 * 24);
  const Outcome conv = run({"--npu", "configs/npu/tiny_8x8.yaml", "--conv",
                            "w=10,h=8,c=4,k=6,kw=3,kh=3,sx=2,sy=1,pl=1,pr=1,pt=0,pb=0", "--json"});
  ASSERT_EQ(conv.code, 0) << conv.err;
  EXPECT_EQ(json::parse(conv.out).at("macs"), 5 * 6 * 6 * 4 * 9);
}

TEST(Run, PathsInAFileAreRelativeToIt) {
  const TempFolder temp;
  const Outcome o = run({kSource / "configs/runs/tiny_cnn.yaml", "--json"}, temp.path());
  EXPECT_EQ(o.code, 0) << o.err;
}

// Every kind of bad input: exit code 2, one message, an empty stdout, and no folder.
struct Bad {
  const char* name;
  std::vector<std::string> arguments;
  const char* message;
};
void PrintTo(const Bad& b, std::ostream* out) { *out << b.name; }

class BadRun : public testing::TestWithParam<Bad> {};

TEST_P(BadRun, LeavesNothingBehind) {
  const TempFolder temp;
  std::vector<std::string> arguments = GetParam().arguments;
  arguments.insert(arguments.end(), {"--out", temp / "out"});
  const Outcome o = run(arguments);
  EXPECT_EQ(o.code, 2);
  EXPECT_EQ(o.out, "");
  EXPECT_THAT(o.err, HasSubstr(GetParam().message));
  EXPECT_FALSE(std::filesystem::exists(temp / "out"));
}

std::vector<std::string> tiny_and(std::vector<std::string> more) {
  more.insert(more.begin(), kTiny.begin(), kTiny.end());
  return more;
}

INSTANTIATE_TEST_SUITE_P(
    All, BadRun,
    testing::Values(
        Bad{"misspelt_key", tiny_and({"--set", "scheduler.polcy=lookahead"}), "scheduler.polcy"},
        Bad{"wrong_unit", tiny_and({"--set", "clocks.core=200"}), "clocks.core"},
        Bad{"missing_model", {"--npu", "configs/npu/tiny_8x8.yaml", "--model", "no_such.onnx"}, "no_such.onnx"},
        Bad{"not_onnx", {"--npu", "configs/npu/tiny_8x8.yaml", "--model", "LICENSE"}, "LICENSE"},
        Bad{"machine_as_model",
            {"--npu", "configs/npu/tiny_8x8.yaml", "--model", "configs/npu/tiny_8x8.yaml"},
            "tiny_8x8.yaml"},
        Bad{"tile_that_fits_nowhere",
            {"--npu", "configs/npu/tiny_8x8.yaml", "--gemm", "64x4096x64", "--set",
             "tiles=[{pattern: \"*\", m: 64, n: 64, k: 4096}]"},
            "slot"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(Run, AFolderThatCannotBeMadeIsBadInput) {
  const TempFolder temp;
  std::ofstream(temp / "file") << "not a folder";
  const Outcome o = run_tiny({"--out", temp / "file/out"});
  EXPECT_EQ(o.code, 2);
  EXPECT_THAT(o.err, HasSubstr("the folder cannot be made"));
}

}  // namespace
}  // namespace tessera::tests
