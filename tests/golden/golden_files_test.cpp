// Each run file of this folder shows one aspect; beside it stands what it must give.
//
// NAME.yaml        a run file; its first comment says what it shows; "# set: path=value" changes the machine
// NAME.expected    the run as text; scripts/update_golden writes them anew and shows what changed
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "tests/golden/summary_lines.h"
#include "tests/golden/whole_run_checks.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(TESSERA_SOURCE_DIR) / "tests/golden";

std::vector<std::string> names_of(const std::string& extension) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == extension) names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

sim::RunArguments golden_run(const std::string& name) {
  sim::RunArguments arguments;
  arguments.run_file = kFolder / (name + ".yaml");
  const std::string mark = "# set: ";
  std::ifstream in(arguments.run_file);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(mark)) arguments.overrides.push_back(line.substr(mark.size()));
  }
  return arguments;
}

class GoldenRun : public testing::TestWithParam<std::string> {};

TEST_P(GoldenRun, GivesWhatItGave) {
  const TempFolder out;
  const Execution run = execute(golden_run(GetParam()), out.path());
  ASSERT_TRUE(run.result.ok) << run.result.failure;
  const TraceFile trace = read_trace(out / "trace.tsr");
  EXPECT_THAT(broken_laws(run, trace.header.units), testing::IsEmpty());
  EXPECT_THAT(trace.violations, testing::IsEmpty());
  const std::string text = summary_lines(run, out.path());
  const auto expected = kFolder / (GetParam() + ".expected");
  if (std::getenv("TESSERA_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(expected, std::ios::binary) << text;
    return;
  }
  EXPECT_EQ(text, file_bytes(expected)) << "if this is meant: scripts/update_golden, and look at the difference";
}

// resolved.yaml is the same run: it gives the same result.
TEST_P(GoldenRun, ResolvedRunGivesTheSame) {
  const TempFolder out, again;
  const Execution run = execute(golden_run(GetParam()), out.path());
  sim::RunArguments arguments;
  arguments.run_file = out / "resolved.yaml";
  EXPECT_EQ(summary_lines(execute(arguments, again.path()), again.path()), summary_lines(run, out.path()));
}

INSTANTIATE_TEST_SUITE_P(All, GoldenRun, testing::ValuesIn(names_of(".yaml")),
                         [](const auto& one) { return one.param; });

TEST(GoldenFiles, EveryRunHasItsResultAndTheReverse) {
  if (std::getenv("TESSERA_UPDATE_GOLDEN") == nullptr) {
    EXPECT_EQ(names_of(".yaml"), names_of(".expected"));
  }
  EXPECT_GE(names_of(".yaml").size(), 20u);
}

}  // namespace
}  // namespace tessera::tests
