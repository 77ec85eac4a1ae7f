// Formats of tensors in a whole run: bytes, rates and conversions, worked by hand.
#include "scheduler/address/tensor_precision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/golden/execution.h"
#include "tests/models/build_graph.h"

namespace tessera::tests {
namespace {

using base::Function;
using base::Precision;
using models::ElementType;
using models::tests::OnnxBuilder;
using testing::ElementsAre;
using testing::HasSubstr;

// A network on tiny_8x8 in a file of its own.
Execution on_tiny(const OnnxBuilder& network, std::vector<std::string> overrides) {
  sim::RunArguments arguments = shipped("tiny_8x8", "tiny_cnn", "depth_first", std::move(overrides));
  arguments.model_file = models::tests::scratch_file("net.onnx", network.bytes());
  arguments.overrides.push_back("core.sram.allow_throttle=true");
  return execute(arguments);
}

Execution gemm(const std::string& shape, std::vector<std::string> overrides) {
  sim::RunArguments arguments = shipped("tiny_8x8", "tiny_cnn", "depth_first", std::move(overrides));
  arguments.model_file.clear();
  arguments.gemm = shape;
  arguments.overrides.push_back("core.sram.allow_throttle=true");
  return execute(arguments);
}

std::int64_t moved(const Execution& e) { return e.summary().dram.read_bytes + e.summary().dram.write_bytes; }

// Every block, loaded or stored, holds its elements at their bits and no more.
void expect_bytes_of_bits(const Execution& e) {
  const auto& run = e.run;
  for (const auto& block : run.graph.blocks) {
    const Precision p = scheduler::precision_of(run.network, run.spec.npu, block.root);
    const std::int64_t own = (block.box.elements() * base::bits_of(p) + 7) / 8;
    if (block.constant) EXPECT_GE(block.useful_bytes, own);  // parameters of post-operations lie behind weights
    else EXPECT_EQ(block.useful_bytes, own);
  }
}

OnnxBuilder& scaled(OnnxBuilder& b, const std::string& of, ElementType zero = ElementType::uint8) {
  return b.weight(of + "_s", {}).weight(of + "_z", {}, zero);
}
OnnxBuilder& convert(OnnxBuilder& b, bool quantize, const std::string& from, const std::string& to) {
  scaled(b, to, ElementType::uint8);
  return b.node(quantize ? "QuantizeLinear" : "DequantizeLinear", {from, to + "_s", to + "_z"}, {to});
}
// As onnxruntime writes it: a value quantised and back again.
std::string there_and_back(OnnxBuilder& b, const std::string& x) {
  convert(b, true, x, x + "_q");
  convert(b, false, x + "_q", x + "_d");
  return x + "_d";
}

// Two convolutions, a sum with what is in front of them, a mean, and a product: in floating point or quantised.
OnnxBuilder residual(bool quantised) {
  OnnxBuilder b;
  b.input("x", {1, 64, 16, 16}).output("y");
  const auto weights = [&](const std::string& name, const OnnxBuilder::Ints& dims) {
    if (!quantised) return b.weight(name, dims), name;
    b.weight(name, dims, ElementType::int8);
    convert(b, false, name, name + "_d");
    return name + "_d";
  };
  const auto between = [&](const std::string& x) { return quantised ? there_and_back(b, x) : x; };
  const std::string x = between("x");
  b.node("Conv", {x, weights("w1", {64, 64, 3, 3})}, {"c1"}, {{"pads", {1, 1, 1, 1}}}).node("Relu", {"c1"}, {"r1"});
  const std::string r1 = between("r1");
  b.node("Conv", {r1, weights("w2", {64, 64, 3, 3})}, {"c2"}, {{"pads", {1, 1, 1, 1}}});
  const std::string c2 = between("c2");
  b.node("Add", {c2, x}, {"sum"}).node("Relu", {"sum"}, {"r2"});
  const std::string r2 = between("r2");
  b.node("GlobalAveragePool", {r2}, {"mean"});
  const std::string mean = between("mean");
  b.node("Flatten", {mean}, {"flat"});
  const std::string flat = between("flat");
  b.node("Gemm", {flat, weights("w3", {64, 32})}, {"g"});
  if (quantised) convert(b, true, "g", "g_q"), convert(b, false, "g_q", "y");
  else b.node("Identity", {"g"}, {"y"});
  return b;
}

TEST(TensorPrecision, AQuantisedNetworkRunsAsTheFloatOne) {
  for (const char* precision : {"int8", "fp16"}) {
    const std::string word = std::string("precision=") + precision;
    const Execution plain = on_tiny(residual(false), {word}), quantised = on_tiny(residual(true), {word});
    EXPECT_EQ(quantised.summary().macs, plain.summary().macs);
    EXPECT_EQ(quantised.makespan(), plain.makespan()) << precision;
    EXPECT_EQ(moved(quantised), moved(plain));
  }
}

TEST(TensorPrecision, OfTheFileGivesEachTensorItsBytes) {
  const Execution fp32 = on_tiny(residual(false), {"precision=model"});
  const Execution quantised = on_tiny(residual(true), {"precision=model"});
  expect_bytes_of_bits(fp32);
  expect_bytes_of_bits(quantised);
  EXPECT_EQ(fp32.makespan(), on_tiny(residual(false), {"precision=fp32"}).makespan()) << "the file is fp32";
  EXPECT_EQ(quantised.summary().macs, fp32.summary().macs);
  // Read at least once: the image as it comes, the image as quantised, and three more of its size between operators;
  // the weights; the mean of 64 channels. As the file is, all of it in four bytes an element; quantised, all but the
  // first in one.
  const auto least = [](const Execution& e) { return e.summary().bound.traffic.core_read; };
  const std::int64_t image = 64 * 16 * 16, weights = 2 * 64 * 64 * 9, product = 64 * 32;
  EXPECT_EQ(least(fp32), 4 * (image * 4 + weights + product + 64));
  EXPECT_EQ(least(quantised), 4 * image + image * 4 + weights + product + 64);
}

TEST(TensorPrecision, FourBitsMoveHalfTheBytes) {
  const std::string tiles = "tiles=[{pattern: \"*\", m: 16, n: 64, k: 128}]";
  const Execution int8 = gemm("16x128x128", {"precision=int8", tiles}),
                  int4 = gemm("16x128x128", {"precision=int4", tiles});
  expect_bytes_of_bits(int4);
  EXPECT_EQ(moved(int8), 16 * 128 + 128 * 128 + 16 * 128);
  EXPECT_EQ(2 * moved(int4), moved(int8));
  // 17 channels of 4 bits are 9 bytes a row.
  const Execution odd = gemm("8x17x3", {"precision=int4"});
  EXPECT_EQ(odd.run.graph.blocks[odd.run.graph.tiles[0].weight].useful_bytes, (17 * 3 + 1) / 2);
}

OnnxBuilder chain() {
  OnnxBuilder b;
  b.input("x", {16, 64}).output("y").weight("w1", {64, 64}).weight("w2", {64, 64});
  b.node("MatMul", {"x", "w1"}, {"first"}).node("MatMul", {"first", "w2"}, {"y"});
  return b;
}

Precision format(const Execution& e, models::TensorId t) {
  return scheduler::precision_of(e.run.network, e.run.spec.npu, t);
}

TEST(TensorPrecision, RulesGiveOperatorsTheirFormat) {
  const Execution e =
      on_tiny(chain(), {"precision=[{pattern: \"y\", precision: fp16}, {pattern: \"*\", precision: int4}]"});
  const auto& ops = e.run.network.operators;
  ASSERT_EQ(ops.size(), 2U);
  EXPECT_EQ(format(e, ops[0].inputs[0]), Precision::int4);
  EXPECT_EQ(format(e, ops[0].inputs[1]), Precision::int4);
  EXPECT_EQ(format(e, ops[1].inputs[1]), Precision::fp16);
  EXPECT_EQ(format(e, ops[1].output), Precision::fp16);
  expect_bytes_of_bits(e);
}

// `first` is read as fp16 alone: its producer makes 16 x 64 of them, 64 on every one of 8 lanes: one pass each.
TEST(TensorPrecision, AProducerWritesWhatAllItsReadersWant) {
  const Execution e = on_tiny(chain(), {"precision=[{pattern: \"y\", precision: fp16}]"});
  const auto& network = e.run.network;
  ASSERT_EQ(network.operators.size(), 2U);
  ASSERT_EQ(network.operators[0].posts.size(), 1U);
  EXPECT_EQ(network.operators[0].posts[0].function, Function::cast);
  EXPECT_EQ(format(e, network.operators[0].output), Precision::fp16);
  const auto& unit = e.run.spec.npu.core.vector_unit;
  std::int64_t cycles = 0;
  for (const auto& tile : e.run.graph.tiles)
    if (tile.op == 0)
      cycles += tile.vector_cycles.count() - (tile.vector_cycles.count() > 0 ? unit.start_up.count() : 0);
  EXPECT_EQ(cycles, 16 * 64 / unit.lanes * unit.cycles_per_element[static_cast<std::size_t>(Function::cast)]);
}

TEST(TensorPrecision, ReadersOfOtherFormatsShareACast) {
  OnnxBuilder b;
  b.input("x", {16, 64}).output("y").output("z").output("u").weight("w1", {64, 64}).weight("w2", {64, 64});
  b.node("MatMul", {"x", "w1"}, {"first"}).node("MatMul", {"first", "w2"}, {"y"});
  b.node("MatMul", {"first", "w1"}, {"z"}).node("Sigmoid", {"first"}, {"u"});
  const Execution e = on_tiny(b, {"precision=[{pattern: \"y\", precision: fp16}, {pattern: \"z\", precision: fp16}]"});
  const auto& ops = e.run.network.operators;
  std::vector<std::string> names;
  for (const auto& op : ops) names.push_back(op.name);
  ASSERT_THAT(names, ElementsAre("first", "first#fp16", "y", "z", "u"));
  EXPECT_EQ(format(e, ops[0].output), Precision::int8);
  EXPECT_EQ(format(e, ops[1].output), Precision::fp16);
  EXPECT_EQ(ops[2].inputs[0], ops[1].output);
  EXPECT_EQ(ops[3].inputs[0], ops[1].output);
  EXPECT_EQ(ops[4].inputs[0], ops[0].output);
  // w1 is there in both formats.
  EXPECT_EQ(format(e, ops[0].inputs[1]), Precision::int8);
  EXPECT_EQ(format(e, ops[3].inputs[1]), Precision::fp16);
  // 1,024 elements on 8 lanes, one cycle each, and a start-up for every tile; a byte in and two out.
  const auto& unit = e.run.spec.npu.core.vector_unit;
  std::int64_t cycles = 0, in = 0, out = 0;
  for (const auto& tile : e.run.graph.tiles) {
    if (tile.op != 1) continue;
    cycles += tile.vector_cycles.count() - unit.start_up.count();
    in += e.run.graph.blocks[tile.input].useful_bytes;
    out += e.run.graph.blocks[e.run.graph.groups[tile.group].output].useful_bytes;
  }
  EXPECT_EQ(cycles, 1024 / unit.lanes);
  EXPECT_EQ(in, 1024);
  EXPECT_EQ(out, 2048);
}

TEST(TensorPrecision, AnOperatorComputesAtTheWiderOfItsOperands) {
  OnnxBuilder b;
  b.input("x", {64, 64}).output("y").weight("w", {64, 64}, ElementType::int8);
  convert(b, false, "w", "wd");
  b.node("MatMul", {"x", "wd"}, {"y"});
  const std::vector<std::string> machine{"mac_rate.fp32=0.25", "accumulators.fp32=8 B"};
  const auto with = [&](const std::string& word) {
    auto words = machine;
    words.push_back("precision=" + word);
    return on_tiny(b, words);
  };
  const Execution mixed = with("model"), int8 = with("int8");
  const auto& work = mixed.run.graph.works.at(0);
  EXPECT_EQ(work.bits.input, 32);
  EXPECT_EQ(work.bits.weight, 8);
  EXPECT_EQ(work.bits.accumulator_bytes, 8);
  EXPECT_EQ(mixed.run.graph.work_rates.at(0).thousandths, 250);
  EXPECT_EQ(int8.run.graph.work_rates.at(0).thousandths, 1000);
  EXPECT_EQ(int8.run.graph.works.at(0).bits.accumulator_bytes, 4);
  for (const Execution* e : {&mixed, &int8}) {
    EXPECT_GE(e->summary().makespan, e->summary().bound.time());
    EXPECT_GE(e->summary().makespan, e->summary().bound_network.time());
  }
  const auto& figures = mixed.summary().energy->run.report.figures;
  EXPECT_TRUE(
      std::ranges::any_of(figures, [](const auto& f) { return f.name == "mac.fp32" && f.count == 64 * 64 * 64; }));
}

TEST(TensorPrecision, ARuleWithoutEffectIsAnError) {
  const auto message = [](const std::string& rules) -> std::string {
    try {
      (void)on_tiny(chain(), {"precision=" + rules});
    } catch (const std::runtime_error& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_THAT(
      message("[{pattern: \"frist\", precision: int4}]"),
      HasSubstr("precision: pattern \"frist\" has no effect: it matches no operator of network net, did you mean "
                "\"first\"?"));
  EXPECT_THAT(
      message("[{pattern: \"*\", precision: int4}, {pattern: \"y\", precision: fp16}]"),
      HasSubstr("precision: pattern \"y\" has no effect: every operator that it matches follows a rule before it"));
  EXPECT_THAT(message("[{pattern: \"y\"}]"),
              HasSubstr("precision[0] needs a precision: model or a format such as int8"));
  EXPECT_THAT(message("int7"), HasSubstr("precision must be one of model, int4, int8"));
}

}  // namespace
}  // namespace tessera::tests
