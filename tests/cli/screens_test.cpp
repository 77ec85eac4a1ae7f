// Screens: as wide as the terminal, 80 columns where there is none; one unit of time and of bytes; every footnote has
// its table; what is left out is said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "tests/cli/program.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::filesystem::path kSource = TESSERA_SOURCE_DIR;

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0, begin = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; begin = end + 1, end = text.find('\n', begin))
    widest = std::max(widest, end - begin);
  return widest;
}

std::string screen(const std::string& command, const std::string& environment = "unset COLUMNS; ") {
  const TempFolder temp;
  const Outcome o = run_shell(environment + "$T " + command, kSource);
  EXPECT_EQ(o.code, 0) << command << o.err;
  return o.out;
}

class Screens : public testing::Test {
 protected:
  [[nodiscard]] std::string run(const std::string& more) const { return "run " + more + " --out " + out_.string(); }
  TempFolder temp_;
  std::filesystem::path out_ = temp_ / "out";
};

TEST_F(Screens, NoLineIsWiderThanEightyColumns) {
  const std::vector<std::string> commands{
      run("--npu configs/npu/many_core_64.yaml --model models/zoo/resnet18.yaml --policy lookahead --operators 99"),
      "analyze " + (out_ / "trace.tsr").string(),
      "check " + (out_ / "trace.tsr").string(),
      run("--npu configs/npu/edge_shared_sram.yaml --model models/zoo/tiny_residual.yaml"),
      run("--npu configs/npu/tiny_8x8.yaml --model models/zoo/resnet18.yaml"),  // long times
      "params",
      "params measures",
      "params trace",
      "params dram energy",
      "--help",
      "run --help",
      "convert --help",
      "params --help",
      "analyze --help",
      "validate --help",
      "model models/zoo/yolov5s_640x640.yaml",
      "model --notes models/zoo/yolov5s_640x640.yaml",
      "model --tiles --npu configs/npu/many_core_64.yaml models/zoo/yolov5s_640x640.yaml",
      "model --help",
      run("--npu configs/npu/many_core_64.yaml --model models/zoo/tiny_depthwise.yaml --tiles"),
      "dram --help",
      "dram --standard HBM2-2000 --channels 8 --pattern seq1M",
      "array configs/npu/tiny_8x8.yaml --gemm 64x64x64"};
  for (const std::string& command : commands) EXPECT_LE(widest_line(screen(command)), 80u) << command;
}

TEST_F(Screens, AWiderTerminalIsUsed) {
  EXPECT_GT(widest_line(screen("params", "COLUMNS=120; export COLUMNS; ")), 110u);
  EXPECT_LE(widest_line(screen("params", "COLUMNS=120; export COLUMNS; ")), 120u);
  EXPECT_LE(widest_line(screen("params", "COLUMNS=nonsense; export COLUMNS; ")), 80u);
}

// Notes and tables refer to each other, in both directions.
TEST_F(Screens, EveryFootnoteHasItsTable) {
  const std::string tiny = "--npu configs/npu/tiny_8x8.yaml --model models/zoo/tiny_cnn.yaml";
  for (const std::string& command : {run(tiny), "analyze " + (out_ / "trace.tsr").string()}) {
    const std::string text = screen(command);
    std::set<std::string> notes, uses;
    const std::regex number("(\n| )\\[([1-9])\\]( |\n|,)");
    for (std::sregex_iterator i(text.begin(), text.end(), number), end; i != end; ++i) {
      const bool starts_line = (*i)[1].str() == "\n";
      (starts_line ? notes : uses).insert((*i)[2].str());
    }
    EXPECT_EQ(notes, uses) << text;
    EXPECT_EQ(notes.size(), 8u) << text;
  }
}

TEST_F(Screens, BytesAreDecimalAndTimesHaveOneUnit) {
  const std::string text = screen(run("--npu configs/npu/tiny_8x8.yaml --model models/zoo/tiny_cnn.yaml"));
  EXPECT_THAT(text, Not(HasSubstr("MiB")));
  EXPECT_THAT(text, Not(HasSubstr(" ms")));
  EXPECT_THAT(text, HasSubstr("Critical path [8]"));
  EXPECT_THAT(text, HasSubstr("DMA waits in us"));
}

TEST_F(Screens, WhatIsLeftOutIsSaidAndCanBeSeen) {
  const std::string resnet = "--npu configs/npu/tpu_4x128.yaml --model models/zoo/resnet18.yaml";
  EXPECT_THAT(screen(run(resnet)), HasSubstr("... and 26 more operators (--operators 31)\n"));
  EXPECT_THAT(screen(run(resnet + " --operators 31")), Not(HasSubstr("more operators")));
  EXPECT_THAT(screen("analyze --operators 30 " + (out_ / "trace.tsr").string()), HasSubstr("... and 1 more operators"));
  const auto summary = nlohmann::json::parse(read_all(out_ / "summary.json"));
  EXPECT_EQ(summary.at("operators_by_time").size(), summary.at("operators"));
}

TEST_F(Screens, TheSummaryHasTheCriticalPath) {
  screen(run("--npu configs/npu/tiny_8x8.yaml --model models/zoo/tiny_residual.yaml"));
  const auto summary = nlohmann::json::parse(read_all(out_ / "summary.json"));
  const auto analysis = nlohmann::json::parse(screen("analyze --json " + (out_ / "trace.tsr").string()));
  const auto& path = summary.at("critical_path");
  EXPECT_EQ(path.at("parts_ps"), analysis.at("critical_path").at("parts_ps"));
  EXPECT_EQ(path.at("links"), analysis.at("critical_path").at("links"));
  std::int64_t sum = 0;
  for (const auto& [part, ps] : path.at("parts_ps").items()) sum += ps.get<std::int64_t>();
  EXPECT_EQ(sum, summary.at("makespan_ps"));
  for (const char* key : {"request_latency", "load_to_compute", "double_buffering", "dma_channels"})
    EXPECT_TRUE(summary.contains(key)) << key;
}

// What is loaded at its tile's dispatch, what a Prefetch brought and what is used again are all that tiles need.
TEST_F(Screens, OperandBytesAddUp) {
  for (const char* policy : {"depth_first", "lookahead"}) {
    screen(run("--npu configs/npu/edge_8tops.yaml --model models/zoo/tiny_cnn.yaml --policy " + std::string(policy)));
    const auto s = nlohmann::json::parse(read_all(out_ / "summary.json"));
    EXPECT_EQ(s.at("operand_bytes").get<std::int64_t>(), s.at("loaded_bytes").get<std::int64_t>() +
                                                             s.at("prefetched_bytes").get<std::int64_t>() +
                                                             s.at("reused_bytes").get<std::int64_t>());
    EXPECT_EQ(s.at("prefetched_bytes").get<std::int64_t>() > 0, s.at("decisions").at("prefetches").get<int>() > 0);
  }
}

// What is recorded changes no time: the same schedule, to the byte, at every level.
TEST_F(Screens, NoTraceLevelChangesTheSchedule) {
  std::string schedule, makespan;
  for (const char* level : {"off", "operator", "tile", "fold", "burst"}) {
    for (const char* device : {"false", "true"}) {
      screen(
          run("--npu configs/npu/edge_8tops.yaml --model models/zoo/tiny_residual.yaml --policy lookahead --set "
              "trace.level=" +
              std::string(level) + " --set trace.device=" + device));
      const auto summary = nlohmann::json::parse(read_all(out_ / "summary.json"));
      const std::string now = read_all(out_ / "schedule.csv"), end = summary.at("makespan_ps").dump();
      if (schedule.empty()) schedule = now, makespan = end;
      EXPECT_TRUE(now == schedule) << level << " " << device;
      EXPECT_EQ(end, makespan) << level << " " << device;
    }
  }
}

}  // namespace
}  // namespace tessera::tests
