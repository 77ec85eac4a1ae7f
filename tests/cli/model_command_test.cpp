// tessera model: what an operator costs at least, what it was made of, and the tiles that a machine gets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/app/short_number.h"
#include "tests/cli/program.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::filesystem::path kSource = TESSERA_SOURCE_DIR;

// 1 x 16 x 8 x 8, a convolution of 32 kernels 3 x 3 with a bias and a ReLU.
constexpr const char* kNetwork =
    "network: one\ninputs: {x: [1, 16, 8, 8]}\nlayers:\n"
    "  - {name: conv, op: conv, out: 32, kernel: 3, pad: 1, activation: relu}\n";

Outcome model(std::vector<std::string> words) {
  words.insert(words.begin(), "model");
  return run_tessera(words, kSource);
}

TEST(ShortNumber, HasThreeDigits) {
  using app::short_number;
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(999), "999");
  EXPECT_EQ(short_number(1000), "1.00k");
  EXPECT_EQ(short_number(9994), "9.99k");
  EXPECT_EQ(short_number(9995), "10.0k");
  EXPECT_EQ(short_number(99'950), "100k");
  EXPECT_EQ(short_number(999'499), "999k");
  EXPECT_EQ(short_number(999'500), "1.00M");
  EXPECT_EQ(short_number(123'456'789'012), "123G");
}

class ModelCommand : public testing::Test {
 protected:
  ModelCommand() { std::ofstream(file_) << kNetwork; }
  TempFolder temp_;
  std::string file_ = temp_ / "one.yaml";
};

TEST_F(ModelCommand, SaysWhatAnOperatorCosts) {
  const Outcome o = model({file_, "--json"});
  ASSERT_EQ(o.code, 0) << o.err;
  const json document = json::parse(o.out), op = document.at("operator_list").at(0);
  EXPECT_EQ(op.at("output_dims"), json({1, 32, 8, 8}));
  EXPECT_EQ(op.at("precision"), "int8");
  EXPECT_EQ(op.at("macs"), 64 * 32 * 16 * 9);
  EXPECT_EQ(op.at("input_bytes"), 1024);
  EXPECT_EQ(op.at("weight_bytes"), 32 * 9 * 16 + 32 * 4);
  EXPECT_EQ(op.at("output_bytes"), 2048);
  EXPECT_EQ(op.at("bytes"), 1024 + 4736 + 2048);
  EXPECT_DOUBLE_EQ(op.at("intensity"), 294912.0 / 7808);
  EXPECT_TRUE(op.at("from").is_array());
  const json total = document.at("totals").at(0);
  EXPECT_EQ(total.at("unit"), "pe");
  EXPECT_EQ(total.at("bytes"), 7808);
  EXPECT_FALSE(document.contains("operator_tiles"));
  const Outcome screen = model({file_});
  EXPECT_THAT(screen.out, HasSubstr("1x32x8x8"));
  EXPECT_THAT(screen.out, HasSubstr(" int8 "));
  EXPECT_THAT(screen.out, HasSubstr(" 295k  7.81k   37.8\n"));
}

TEST_F(ModelCommand, TakesTheMachinesPrecision) {
  const Outcome o = model({file_, "--json", "--npu", "configs/npu/tiny_8x8.yaml", "--set", "precision=fp16", "--set",
                           "npu.core.sram.allow_throttle=true"});
  ASSERT_EQ(o.code, 0) << o.err;
  const json op = json::parse(o.out).at("operator_list").at(0);
  EXPECT_EQ(op.at("precision"), "fp16");
  EXPECT_EQ(op.at("input_bytes"), 2048);
  EXPECT_EQ(op.at("weight_bytes"), 2 * 4608 + 32 * 4);
}

TEST_F(ModelCommand, ListsTheTilesThatARunCanHold) {
  const std::vector<std::string> tiny{"--npu", "configs/npu/tiny_8x8.yaml"};
  const Outcome o = model({file_, "--tiles", "--json", tiny[0], tiny[1]});
  ASSERT_EQ(o.code, 0) << o.err;
  std::ofstream(temp_ / "tiles.json") << o.out;
  const json tiles = json::parse(o.out).at("operator_tiles");
  const auto run = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"run", tiny[0], tiny[1], "--model", file_, "--json"});
    const Outcome of = run_tessera(more, kSource);
    EXPECT_EQ(of.code, 0) << of.err;
    return of.code == 0 ? json::parse(of.out) : json();
  };
  const json chosen = run({}), held = run({"--set", "tiles={from: " + std::string(temp_ / "tiles.json") + "}"});
  EXPECT_EQ(chosen.at("operator_tiles"), tiles);
  EXPECT_EQ(held.at("operator_tiles"), tiles);
  EXPECT_EQ(held.at("makespan_ps"), chosen.at("makespan_ps"));
  const json first = tiles.at(0);
  EXPECT_EQ(first.at("operator"), "conv");
  std::int64_t planned = 0;
  for (const json& op : tiles)
    for (const char* key : {"input_bytes", "weight_bytes", "output_bytes"}) planned += op.at(key).get<std::int64_t>();
  EXPECT_EQ(chosen.at("planned_bytes"), planned);
}

TEST_F(ModelCommand, TilesNeedAMachine) {
  const Outcome o = model({file_, "--tiles"});
  EXPECT_EQ(o.code, 2);
  EXPECT_EQ(o.err, "tessera model: --tiles needs a machine: --npu FILE\n");
  EXPECT_EQ(model({file_, "--set", "cores=2"}).err, "tessera model: --set needs a machine: --npu FILE\n");
}

TEST_F(ModelCommand, ARunListsItsTilesOnDemand) {
  const std::vector<std::string> words{"run",   "--npu",      "configs/npu/tiny_8x8.yaml", "--model", file_,
                                       "--out", temp_ / "out"};
  EXPECT_EQ(run_tessera(words, kSource).out.find("tiles of operator"), std::string::npos);
  std::vector<std::string> asked = words;
  asked.emplace_back("--tiles");
  EXPECT_THAT(run_tessera(asked, kSource).out, HasSubstr("tiles of operator"));
}

}  // namespace
}  // namespace tessera::tests
