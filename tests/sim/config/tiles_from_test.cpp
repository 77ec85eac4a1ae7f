// Rules of `tiles` for held tiles, and `tiles: {from: FILE}`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/config/parameter.h"
#include "sim/config/run_reader.h"
#include "sim/config/run_writer.h"
#include "tests/support/temp_folder.h"

namespace tessera::sim {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

const std::string kRun =
    "npu: " + (fs::path(TESSERA_SOURCE_DIR) / "configs/npu/tiny_8x8.yaml").string() + "\ngemm: 8x8x8\n";

class TilesFrom : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((temp_ / name).parent_path());
    std::ofstream(temp_ / name) << text;
  }
  [[nodiscard]] RunArguments run(const std::string& tiles) const {
    write("runs/r.yaml", kRun + "tiles: " + tiles + "\n");
    RunArguments a;
    a.run_file = temp_ / "runs/r.yaml";
    return a;
  }
  [[nodiscard]] std::vector<scheduler::TileRule> rules(const RunArguments& a) const {
    const auto spec = read_run(a);
    EXPECT_TRUE(spec) << spec.problems().to_string();
    return spec ? spec->schedule.tiles : std::vector<scheduler::TileRule>{};
  }
  [[nodiscard]] std::string problems(const RunArguments& a) const {
    const auto spec = read_run(a);
    EXPECT_FALSE(spec);
    return spec ? "" : spec.problems().to_string();
  }
  tests::TempFolder temp_;
};

// As summary.json has it, with what its tiles come to and a null that is no value.
constexpr const char* kDocument = R"({
  "schema": "tessera.summary/1",
  "tiles": 12,
  "slots": {"input": 2, "weight": 4, "output": 2},
  "operator_tiles": [
    {"operator": "conv*", "type": "Conv", "unit": "pe", "b": 1, "m": 4, "w": 5, "n": 6, "k": 7, "input": "whole",
     "loop_order": "bgmn", "deal": "columns", "cores": 3, "channel_groups": 1, "tiles": 12, "input_bytes": 99},
    {"operator": "pool", "unit": "vector", "b": 2, "m": 1, "w": 8, "n": 16777217, "k": null, "input": null,
     "loop_order": null, "deal": null, "cores": null}
  ]
})";

TEST_F(TilesFrom, ASummaryGivesHeldRules) {
  write("runs/out/summary.json", kDocument);
  const auto held = rules(run("{from: out/summary.json}"));
  ASSERT_EQ(held.size(), 2u);
  EXPECT_TRUE(held[0].held);
  EXPECT_EQ(held[0].pattern, "conv*");
  EXPECT_EQ(held[0].m, 4);
  EXPECT_EQ(held[0].w, 5);
  EXPECT_EQ(held[0].n, 6);
  EXPECT_EQ(held[0].k, 7);
  EXPECT_TRUE(held[0].whole_input);
  EXPECT_EQ(held[0].loop_order, "bgmn");
  EXPECT_EQ(held[0].deal, scheduler::Deal::columns);
  EXPECT_EQ(held[0].cores, 3);
  EXPECT_THAT(held[0].where.file, HasSubstr("summary.json"));
  EXPECT_EQ(held[0].where.line, 6);
  EXPECT_EQ(held[1].b, 2);
  EXPECT_EQ(held[1].n, 16777217);
  EXPECT_EQ(held[1].k, 0);
}

TEST_F(TilesFrom, ARunFileGivesTheRulesThatItHas) {
  write("tiles.yaml", "tiles: [{operator: a, m: 1, w: 2, n: 3}, {pattern: \"b*\", m: 4}]\n");
  const auto given = rules(run("{from: ../tiles.yaml}"));
  ASSERT_EQ(given.size(), 2u);
  EXPECT_TRUE(given[0].held);
  EXPECT_EQ(given[0].b, 1);
  EXPECT_FALSE(given[1].held);
}

// The number of slots belongs to the tiles; a run that says one keeps it.
TEST_F(TilesFrom, SlotsAreHeldToo) {
  write("runs/out/summary.json", kDocument);
  RunArguments a = run("{from: out/summary.json}");
  EXPECT_EQ(read_run(a).value().schedule.held_slots, (std::array<std::int64_t, 3>{2, 4, 2}));
  a.overrides = {"slots.input=8"};
  EXPECT_EQ(read_run(a).value().schedule.held_slots, (std::array<std::int64_t, 3>{8, 0, 0}));
}

// On a command line a path counts from the run file, as `model` does.
TEST_F(TilesFrom, AnOverrideGoesBeforeTheFile) {
  write("runs/t.yaml", "tiles: [{operator: a, m: 1, w: 2, n: 3}]\n");
  RunArguments a = run("[{pattern: \"*\", m: 4}]");
  a.overrides = {"tiles={from: t.yaml}"};
  const auto given = rules(a);
  ASSERT_EQ(given.size(), 1u);
  EXPECT_EQ(given[0].pattern, "a");
}

TEST_F(TilesFrom, WhatIsWrittenHasTheRulesInPlace) {
  write("runs/out/summary.json", kDocument);
  const auto spec = read_run(run("{from: out/summary.json}"));
  ASSERT_TRUE(spec) << spec.problems().to_string();
  const std::string text = base::write_yaml(write_run(*spec, temp_ / "else"));
  EXPECT_EQ(text.find("from"), std::string::npos);
  write("else/resolved.yaml", text);
  RunArguments again;
  again.run_file = temp_ / "else/resolved.yaml";
  const auto back = read_run(again);
  ASSERT_TRUE(back) << back.problems().to_string() << text;
  EXPECT_EQ(back->schedule.tiles[0].deal, scheduler::Deal::columns);
  EXPECT_EQ(base::write_yaml(write_run(*back, temp_ / "else")), text);
}

TEST_F(TilesFrom, FilesWithoutTilesAreRefused) {
  write("runs/auto.yaml", "name: auto\n");
  write("runs/old.json", R"({"schema": "tessera.summary/1", "tiles": 12})");
  write("runs/none.yaml", "tiles: []\n");
  for (const char* file : {"auto.yaml", "old.json", "none.yaml"}) {
    const std::string text = problems(run(std::string("{from: ") + file + "}"));
    EXPECT_THAT(text, HasSubstr("r.yaml:3:15: tiles.from: "));
    EXPECT_THAT(text, HasSubstr("holds no tiles; they stand in operator_tiles of a summary.json"));
  }
  EXPECT_THAT(problems(run("{from: nothing.json}")), HasSubstr("there is no such file"));
  EXPECT_THAT(problems(run("{form: t.yaml}")), HasSubstr("unknown key \"form\" in tiles, did you mean \"from\"?"));
  EXPECT_THAT(problems(run("all")), HasSubstr("must be a list of maps"));
}

TEST_F(TilesFrom, AHeldRuleHasItsSizes) {
  EXPECT_THAT(problems(run("[{operator: a, m: 1, n: 2}]")), HasSubstr("missing key \"w\" in tiles[0]"));
  EXPECT_THAT(problems(run("[{operator: a, m: 0, w: 1, n: 2}]")), HasSubstr("tiles[0].m is 0"));
  EXPECT_THAT(problems(run("[{operator: a, m: 1, w: 1, n: 2, deal: rows}]")),
              HasSubstr("tiles[0].deal must be one of chunks, columns"));
  EXPECT_THAT(problems(run("[{pattern: a, m: 1, cores: 2}]")), HasSubstr("unknown key \"cores\" in tiles[0]"));
}

// A machine's own file stands beside the machine.
TEST_F(TilesFrom, OfAMachineLiesBesideIt) {
  std::ifstream in(fs::path(TESSERA_SOURCE_DIR) / "configs/npu/tiny_8x8.yaml");
  std::string machine{std::istreambuf_iterator<char>(in), {}};
  write("machines/m.yaml", machine + "\nschedule: {tiles: {from: t.yaml}}\n");
  write("machines/t.yaml", "tiles: [{operator: gemm, m: 8, w: 1, n: 8, k: 8, loop_order: bgnm}]\n");
  write("runs/r.yaml", "npu: ../machines/m.yaml\ngemm: 8x8x8\n");
  RunArguments a;
  a.run_file = temp_ / "runs/r.yaml";
  EXPECT_EQ(rules(a).size(), 1u);
  const auto npu = read_machine(temp_ / "machines/m.yaml", {});
  EXPECT_TRUE(npu) << npu.problems().to_string();
}

}  // namespace
}  // namespace tessera::sim
