// MACs and bytes of operators by hand: each tensor once, and of it what the operator reads.
#include "models/network/operator_work.h"

#include <gtest/gtest.h>

#include "models/network/operator_sources.h"
#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

Network read(const OnnxBuilder& b) {
  auto n = b.read();
  EXPECT_TRUE(n.ok()) << n.problems().to_string();
  return n.ok() ? std::move(n).value() : Network{};
}

OnnxBuilder conv(const std::map<std::string, OnnxBuilder::Ints>& attributes = {}) {
  return OnnxBuilder()
      .input("x", {1, 3, 8, 8})
      .weight("w", {4, 3, 3, 3})
      .weight("b", {4})
      .node("Conv", {"x", "w", "b"}, {"c"}, attributes);
}

OperatorWork first(const Network& n, const ElementFormat& format = {}) {
  return n.operators.empty() ? OperatorWork{} : work_of(n, n.operators[0], format);
}

TEST(OperatorWork, OfAConvolution) {
  const OperatorWork work = first(read(conv().output("c")));
  EXPECT_EQ(work.macs, 6 * 6 * 4 * 3 * 3 * 3);
  EXPECT_EQ(work.input_bytes, 8 * 8 * 3);
  EXPECT_EQ(work.weight_bytes, 4 * 3 * 3 * 3 + 4 * 4);  // a bias has the accumulators' size
  EXPECT_EQ(work.output_bytes, 6 * 6 * 4);
  EXPECT_EQ(work.bytes(), 192 + 124 + 144);
  EXPECT_DOUBLE_EQ(*intensity(work.macs, work.bytes()), 3888.0 / 460);
}

TEST(OperatorWork, FollowsTheFormat) {
  const Network n = read(conv().output("c"));
  const OperatorWork wide = first(n, {base::Precision::fp16, 8}), narrow = first(n, {base::Precision::int4, 4});
  EXPECT_EQ(wide.input_bytes, 384);
  EXPECT_EQ(wide.weight_bytes, 216 + 4 * 8);
  EXPECT_EQ(narrow.weight_bytes, 54 + 4 * 4);
  EXPECT_EQ(narrow.output_bytes, 72);
  EXPECT_EQ(precision_of(n, 0, {base::Precision::fp16, 8}), base::Precision::fp16);
}

// A stride of two and a window of one: the last row and column of eight are never read.
TEST(OperatorWork, CountsOfAnInputWhatIsRead) {
  const Network n = read(OnnxBuilder()
                             .input("x", {1, 3, 8, 8})
                             .weight("w", {4, 3, 1, 1})
                             .node("Conv", {"x", "w"}, {"c"}, {{"strides", {2, 2}}})
                             .output("c"));
  EXPECT_EQ(first(n).input_bytes, 7 * 7 * 3);
}

TEST(OperatorWork, ATensorThatIsReadTwiceCountsOnce) {
  const Network n = read(OnnxBuilder().input("x", {1, 3, 8, 8}).node("Mul", {"x", "x"}, {"y"}).output("y"));
  EXPECT_EQ(first(n).input_bytes, 192);
  EXPECT_EQ(first(n).output_bytes, 192);
  EXPECT_EQ(first(n).macs, 0);
  EXPECT_EQ(intensity(0, 384), std::nullopt);
}

TEST(OperatorWork, AGatherReadsTheRowsThatItPicks) {
  const Network n = read(OnnxBuilder()
                             .input("i", {5})
                             .weight("t", {100, 16})
                             .node("Gather", {"t", "i"}, {"y"}, {{"=axis", {0}}})
                             .output("y"));
  ASSERT_EQ(n.operators.size(), 1u);
  EXPECT_EQ(first(n).weight_bytes + first(n).input_bytes, 5 * 16);
  EXPECT_EQ(first(n).output_bytes, 5 * 16);
}

TEST(OperatorWork, TotalsAreByUnitAndByType) {
  const Network n = read(conv()
                             .weight("w2", {4, 4, 1, 1})
                             .node("Conv", {"c", "w2"}, {"d"})
                             .node("MaxPool", {"d"}, {"y"}, {{"kernel_shape", {2, 2}}, {"strides", {2, 2}}})
                             .output("y"));
  const auto types = totals_by_type(n, {}), units = totals_by_unit(n, {});
  ASSERT_EQ(types.size(), 2u);
  EXPECT_EQ(types[0].type, "Conv");
  EXPECT_EQ(types[0].operators, 2);
  EXPECT_EQ(types[0].macs, 3888 + 36 * 16);
  EXPECT_EQ(types[0].bytes, 460 + 144 + 16 + 144);
  EXPECT_EQ(types[1].type, "MaxPool");
  EXPECT_EQ(types[1].bytes, 144 + 3 * 3 * 4);
  ASSERT_EQ(units.size(), 2u);
  EXPECT_EQ(units[0].unit, Unit::pe);
  EXPECT_EQ(units[0].macs, n.macs());
  EXPECT_EQ(units[1].operators, 1);
}

TEST(OperatorSources, AreWhatWasFusedAndFolded) {
  const Network n = read(conv()
                             .weight("s", {4})
                             .weight("o", {4})
                             .weight("m", {4})
                             .weight("v", {4})
                             .node("BatchNormalization", {"c", "s", "o", "m", "v"}, {"n"})
                             .node("Sigmoid", {"n"}, {"g"})
                             .node("Mul", {"n", "g"}, {"y"})
                             .output("y"));
  ASSERT_EQ(n.operators.size(), 1u);
  const auto sources = operator_sources(n).front();
  ASSERT_EQ(sources.size(), 3u);
  EXPECT_EQ(sources[0].what, "folded into the weights of " + n.operators[0].name);
  EXPECT_EQ(sources[1].what, "fused into " + n.operators[0].name);
  // The SiLU was recognised in two nodes before it was fused.
  EXPECT_EQ(sources[2].what, "recognised as Silu in " + sources[1].operator_name);
}

TEST(OperatorSources, OfPartsOfAnExpansion) {
  Network n;
  n.operators.resize(3);
  n.operators[0].name = "lstm/step_0/product";
  n.operators[1].name = "lstm";
  n.operators[2].name = "lstm_2/product";
  n.notes = {{"lstm", "expanded into 12 nodes"}};
  const auto sources = operator_sources(n);
  ASSERT_EQ(sources[0].size(), 1u);
  EXPECT_EQ(sources[0][0].operator_name, "lstm");
  EXPECT_TRUE(sources[1].empty());
  EXPECT_TRUE(sources[2].empty());
}

}  // namespace
}  // namespace tessera::models::tests
