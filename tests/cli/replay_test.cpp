// The ways out of a run and back as a user takes them: --save-actions and scheduler.table, export-program and
// --program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

using testing::HasSubstr;

const std::string kSource = TESSERA_SOURCE_DIR;
const std::string kMachine = kSource + "/configs/npu/tiny_8x8.yaml", kModel = kSource + "/models/zoo/tiny_cnn.yaml";

TEST(Replay, OfTheActionsOfARun) {
  const TempFolder temp;
  const Outcome first = run_tessera({"run", "--npu", kMachine, "--model", kModel, "--policy", "lookahead", "--out", "a",
                                     "--save-actions", "actions.csv"},
                                    temp.path());
  ASSERT_EQ(first.code, 0) << first.err;
  const Outcome again = run_tessera({"run", "--npu", kMachine, "--model", kModel, "--policy", "static", "--set",
                                     "scheduler.table=actions.csv", "--out", "b"},
                                    temp.path());
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(read_all(temp / "a/schedule.csv"), read_all(temp / "b/schedule.csv"));
  EXPECT_THAT(again.out, HasSubstr("dispatches on time, 0 later, 0 earlier"));
  const auto plan = nlohmann::json::parse(read_all(temp / "b/summary.json"))["plan"];
  EXPECT_EQ(plan["on_time"], plan["dispatches"]);
  EXPECT_EQ(plan["table"], "actions.csv");
  // What the run says of itself finds the table from its own folder.
  const Outcome resolved = run_tessera({"run", "b/resolved.yaml", "--out", "c"}, temp.path());
  ASSERT_EQ(resolved.code, 0) << resolved.err;
  EXPECT_EQ(read_all(temp / "a/schedule.csv"), read_all(temp / "c/schedule.csv"));
}

TEST(Replay, TablesThatCannotBeReadOrWritten) {
  const TempFolder temp;
  std::ofstream(temp / "t.csv") << "tile,core\n0,7\n";
  const auto run = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"run", "--npu", kMachine, "--model", kModel, "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return run_tessera(words, temp.path());
  };
  const Outcome core = run({"--policy", "static", "--set", "scheduler.table=t.csv"});
  EXPECT_EQ(core.code, 2);
  EXPECT_THAT(core.err, HasSubstr("t.csv:2:3: core is \"7\", not a whole number from 0 to 0"));
  const Outcome missing = run({"--policy", "static", "--set", "scheduler.table=u.csv"});
  EXPECT_EQ(missing.code, 2);
  EXPECT_THAT(missing.err, HasSubstr("u.csv"));
  const Outcome other = run({"--set", "scheduler.table=t.csv"});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("scheduler.table has no effect without scheduler.policy: static"));
  EXPECT_EQ(run({"--save-actions", "no/such/folder.csv"}).code, 2);
}

TEST(Replay, OfTheProgramOfARun) {
  const TempFolder temp;
  ASSERT_EQ(run_tessera({"run", "--npu", kMachine, "--model", kModel, "--out", "a"}, temp.path()).code, 0);
  // From the run's folder, and in another form from the program itself.
  const Outcome written = run_tessera({"export-program", "a", "-o", "p.yaml"}, temp.path());
  ASSERT_EQ(written.code, 0) << written.err;
  EXPECT_EQ(written.out, "p.yaml\n");
  ASSERT_EQ(run_tessera({"export-program", "--npu", kMachine, "--program", "p.yaml", "-o", "p.pb"}, temp.path()).code,
            0);
  for (const std::string file : {"p.yaml", "p.pb"}) {
    EXPECT_EQ(run_tessera({"validate", file}, temp.path()).out, file + ": program, ok\n");
    const Outcome again = run_tessera({"run", "--npu", kMachine, "--program", file, "--out", "b"}, temp.path());
    ASSERT_EQ(again.code, 0) << again.err;
    EXPECT_EQ(read_all(temp / "a/schedule.csv"), read_all(temp / "b/schedule.csv"));
    EXPECT_EQ(run_tessera({"check", "b/trace.tsr"}, temp.path()).code, 0);
  }
}

// A compiler's own text form, through the converter that the documentation shows.
TEST(Replay, OfAProgramFromText) {
  if (std::system("python3 -c pass") != 0) GTEST_SKIP() << "python3 is not installed";
  const TempFolder temp;
  const std::string example = kSource + "/examples/tile_program/";
  ASSERT_EQ(
      std::system(
          ("python3 " + example + "from_text.py " + example + "two_layers.txt " + (temp / "p.yaml").string()).c_str()),
      0);
  const Outcome run = run_tessera({"run", "--npu", kMachine, "--program", "p.yaml", "--json"}, temp.path());
  ASSERT_EQ(run.code, 0) << run.err;
  const auto summary = nlohmann::json::parse(run.out);
  EXPECT_EQ(summary["tiles"], 6);
  EXPECT_EQ(summary["groups"], 4);
  EXPECT_EQ(summary["macs"], 4 * 32 * 32 * 16);
  EXPECT_EQ(summary["network"], "two_layers");
}

}  // namespace
}  // namespace tessera::tests
