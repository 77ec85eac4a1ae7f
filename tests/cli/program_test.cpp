// The program's conventions: what goes to stdout, what to stderr, and the exit codes.
#include "tests/cli/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/app/command.h"

namespace tessera::tests {
namespace {

using testing::HasSubstr;

const std::filesystem::path kSource = TESSERA_SOURCE_DIR;

Outcome tessera(const std::vector<std::string>& arguments) { return run_tessera(arguments, kSource); }

TEST(Program, WithoutArgumentsShowsHelpAndFails) {
  const Outcome o = tessera({});
  EXPECT_EQ(o.code, 2);
  EXPECT_EQ(o.out, "");
  EXPECT_THAT(o.err, HasSubstr("usage: tessera COMMAND"));
}

TEST(Program, HelpListsEveryCommandAndEachHasItsOwn) {
  const Outcome o = tessera({"--help"});
  EXPECT_EQ(o.code, 0);
  EXPECT_EQ(o.err, "");
  ASSERT_FALSE(app::commands().empty());
  for (const app::Command& c : app::commands()) {
    EXPECT_THAT(o.out, HasSubstr("  " + std::string(c.name) + " "));
    EXPECT_THAT(o.out, HasSubstr(std::string(c.help)));
    const Outcome own = tessera({std::string(c.name), "--help"});
    EXPECT_EQ(own.code, 0) << c.name;
    EXPECT_THAT(own.out, HasSubstr("Usage: tessera " + std::string(c.name)));
  }
}

TEST(Program, Version) {
  const Outcome o = tessera({"--version"});
  EXPECT_EQ(o.code, 0);
  EXPECT_THAT(o.out, testing::MatchesRegex("tessera [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(Validate, ShippedFilesAreFine) {
  const Outcome o = tessera({"validate", "configs/npu/edge_8tops.yaml", "configs/npu/tpu_4x128.yaml",
                             "configs/npu/tiny_8x8.yaml", "configs/npu/many_core_64.yaml"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.err, "");
  EXPECT_EQ(o.out,
            "configs/npu/edge_8tops.yaml: npu, ok\nconfigs/npu/tpu_4x128.yaml: npu, ok\n"
            "configs/npu/tiny_8x8.yaml: npu, ok\nconfigs/npu/many_core_64.yaml: npu, ok\n");
}

TEST(Validate, GoodFilesAreNamedBesideBadOnes) {
  const Outcome o = tessera({"validate", "configs/npu/tiny_8x8.yaml", "no_such.yaml"});
  EXPECT_EQ(o.code, 2);
  EXPECT_EQ(o.out, "configs/npu/tiny_8x8.yaml: npu, ok\n");
  EXPECT_EQ(o.err, "no_such.yaml: there is no such file\n");
}

TEST(Validate, JsonIsOneDocument) {
  const Outcome o = tessera({"validate", "--json", "configs/npu/tiny_8x8.yaml"});
  EXPECT_EQ(o.code, 0);
  EXPECT_EQ(o.out.front(), '{');
  EXPECT_THAT(o.out, HasSubstr("\"kind\": \"npu\""));
  EXPECT_THAT(o.out, HasSubstr("\"ok\": true"));
}

TEST(Params, ListsBothTables) {
  const Outcome o = tessera({"params"});
  EXPECT_EQ(o.code, 0);
  EXPECT_EQ(o.err, "");
  EXPECT_THAT(o.out, HasSubstr("  core.pe_array.rows\n"));
  EXPECT_THAT(o.out, HasSubstr("  scheduler.policy\n"));
  const Outcome run = tessera({"params", "run"});
  EXPECT_THAT(run.out, testing::Not(HasSubstr("core.pe_array.rows")));
  EXPECT_THAT(run.out, HasSubstr("depth_first"));
}

TEST(Params, ListsTheMeasures) {
  const Outcome o = tessera({"params", "measures"});
  EXPECT_EQ(o.code, 0);
  EXPECT_THAT(o.out, HasSubstr("  cores[].pe_time_utilization\n"
                               "      busy / window of the array\n"
                               "      ratio; from trace level tile; of the run: mean as pe_time_utilization\n"));
  EXPECT_THAT(o.out, HasSubstr("  lower_bound_cycles\n"));
  EXPECT_THAT(o.out, HasSubstr("cycles; known to the run alone; the same as lower_bound.tile_graph.ps\n"));
}

}  // namespace
}  // namespace tessera::tests
