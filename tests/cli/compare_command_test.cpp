// tessera compare as a program: one table for all policies, in three forms, and what fails beside what does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cli/program.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

const std::filesystem::path kSource = TESSERA_SOURCE_DIR;

Outcome compare(std::vector<std::string> more) {
  more.insert(more.begin(), {"compare", "--npus", "configs/npu/tiny_8x8.yaml"});
  return run_tessera(more, kSource);
}

// The numbers are those of a run of its own.
TEST(Compare, HasOneRowForEachPolicyWithTheNumbersOfItsRun) {
  const Outcome o = compare({"--models", "models/zoo/tiny_cnn.yaml", "--policies", "lookahead,depth_first", "--json"});
  ASSERT_EQ(o.code, 0) << o.err;
  const json cells = json::parse(o.out).at("cells");
  ASSERT_EQ(cells.size(), 1u);
  const json& runs = cells[0].at("runs");
  ASSERT_EQ(runs.size(), 2u);
  for (const json& row : runs) {
    const Outcome alone = run_tessera({"run", "--npu", "configs/npu/tiny_8x8.yaml", "--model",
                                       "models/zoo/tiny_cnn.yaml", "--policy", row.at("policy"), "--json"},
                                      kSource);
    const json run = json::parse(alone.out);
    EXPECT_EQ(row.at("makespan_ps"), run.at("makespan_ps"));
    EXPECT_EQ(row.at("lower_bound_ps"), run.at("lower_bound").at("tile_graph").at("ps"));
    EXPECT_EQ(row.at("gap"), run.at("gap").at("total"));
    EXPECT_NEAR(
        row.at("gap").get<double>(),
        row.at("gap_bytes").get<double>() * row.at("gap_phases").get<double>() * row.at("gap_overlap").get<double>(),
        1e-9);
    EXPECT_EQ(row.at("energy_uj"), run.at("energy_uj"));
  }
  EXPECT_EQ(runs[0].at("policy"), "lookahead") << "in the order that was asked for";
}

TEST(Compare, TheScreenHasEightyColumns) {
  const Outcome o = compare({"--models", "models/zoo/tiny_cnn.yaml"});
  ASSERT_EQ(o.code, 0) << o.err;
  std::istringstream lines(o.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
  for (const char* part : {"depth_first", "lookahead", "bytes", "phases", "overlap", "uJ"})
    EXPECT_THAT(o.out, HasSubstr(part));
}

TEST(Compare, TheNameOfTheFileSaysWhatIsWritten) {
  const TempFolder temp;
  EXPECT_EQ(compare({"--gemm", "64x64x64", "--policies", "depth_first", "-o", temp / "t.md"}).code, 0);
  EXPECT_THAT(read_all(temp / "t.md"), HasSubstr("| policy | us | x | bytes | phases | overlap |"));
  EXPECT_EQ(compare({"--gemm", "64x64x64", "--policies", "depth_first", "-o", temp / "t.json"}).code, 0);
  EXPECT_EQ(json::parse(read_all(temp / "t.json")).at("cells").size(), 1u);
  const Outcome html = compare({"--gemm", "64x64x64", "-o", temp / "t.html"});
  EXPECT_EQ(html.code, 2);
  EXPECT_THAT(html.err, HasSubstr("name a .md or a .json file"));
}

// A network that cannot be read stands beside one that can.
TEST(Compare, ACellThatFailsDoesNotLoseTheOthers) {
  const TempFolder temp;
  const std::string broken = temp / "broken.yaml";
  std::ofstream(broken) << "name: broken\n";
  const Outcome o = compare({"--models", broken + ",models/zoo/tiny_cnn.yaml", "--policies", "depth_first", "--json"});
  EXPECT_EQ(o.code, 1) << o.err;
  const json cells = json::parse(o.out).at("cells");
  ASSERT_EQ(cells.size(), 2u);
  EXPECT_THAT(cells[0].at("failure").get<std::string>(), HasSubstr("broken.yaml"));
  EXPECT_TRUE(cells[1].at("failure").is_null());
  EXPECT_GT(cells[1].at("runs")[0].at("makespan_ps"), 0);
}

TEST(Compare, AnUnknownPolicyIsNamedBeforeAnythingRuns) {
  const Outcome o = compare({"--models", "models/zoo/tiny_cnn.yaml", "--policies", "depth_first,nope"});
  EXPECT_EQ(o.code, 2);
  EXPECT_THAT(o.err, HasSubstr("nope"));
  EXPECT_THAT(o.out, IsEmpty());
  EXPECT_EQ(compare({"--models", "models/zoo/tiny_cnn.yaml", "--policies", ","}).code, 2);
}

}  // namespace
}  // namespace tessera::tests
