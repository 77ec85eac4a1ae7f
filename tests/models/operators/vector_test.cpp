// Operators of the vector unit: shape, function, and how often it is applied, worked by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using ::testing::ElementsAre;
using Ints = OnnxBuilder::Ints;
using Attributes = std::map<std::string, Ints>;

struct Operand {
  enum Kind { activation, weight, numbers };
  Kind kind;
  Ints values;  // a shape, or the numbers themselves
};
Operand x(Ints dims) { return {Operand::activation, std::move(dims)}; }
Operand w(Ints dims) { return {Operand::weight, std::move(dims)}; }
Operand n(Ints values) { return {Operand::numbers, std::move(values)}; }

struct Case {
  std::string type;
  std::vector<Operand> operands;
  Attributes attributes;
  Ints dims;
  std::string function;
  std::int64_t applied;
  std::int64_t opset = 13;
};

OnnxBuilder graph_of(const Case& c, const std::vector<std::string>& outputs = {"y"}) {
  OnnxBuilder b;
  std::vector<std::string> inputs;
  for (const Operand& o : c.operands) {
    inputs.push_back("in" + std::to_string(inputs.size()));
    if (o.kind == Operand::activation) b.input(inputs.back(), o.values);
    if (o.kind == Operand::weight) b.weight(inputs.back(), o.values);
    if (o.kind == Operand::numbers) b.shape(inputs.back(), o.values);
  }
  for (const std::string& name : outputs) b.output(name);
  return b.node(c.type, inputs, outputs, c.attributes);
}

// How often the operator's function is applied for the whole of its output.
std::int64_t applied(const Network& network, const Operator& op) {
  const Box out = whole(network.tensors[op.output].shape);
  return function_elements(op, out.elements(), source_box(network, op, 0, out).elements());
}

void expect(const Case& c) {
  const auto network = graph_of(c).read(c.opset);
  ASSERT_TRUE(network.ok()) << c.type << '\n' << network.problems().to_string();
  ASSERT_EQ(network->operators.size(), 1U) << c.type;
  const Operator& op = network->operators[0];
  EXPECT_EQ(op.unit, Unit::vector) << c.type;
  EXPECT_EQ(tensor_of(*network, "y").dims, c.dims) << c.type;
  EXPECT_EQ(base::to_string(op.function), c.function) << c.type;
  EXPECT_EQ(applied(*network, op), c.applied) << c.type;
}

// 2 x 5 elements in, 2 x 5 out.
TEST(VectorOperators, FunctionsOfOneElement) {
  const std::vector<std::pair<std::string, std::string>> functions{{"Acos", "lookup"},
                                                                   {"Atanh", "lookup"},
                                                                   {"BitwiseNot", "logic"},
                                                                   {"Ceil", "round"},
                                                                   {"Celu", "elu"},
                                                                   {"Cos", "sin"},
                                                                   {"Cosh", "lookup"},
                                                                   {"Elu", "elu"},
                                                                   {"Floor", "round"},
                                                                   {"IsInf", "equal"},
                                                                   {"IsNaN", "equal"},
                                                                   {"Mish", "mish"},
                                                                   {"Not", "logic"},
                                                                   {"Round", "round"},
                                                                   {"Selu", "elu"},
                                                                   {"Shrink", "shrink"},
                                                                   {"Sign", "sign"},
                                                                   {"Sin", "sin"},
                                                                   {"Softplus", "softplus"},
                                                                   {"Softsign", "lookup"},
                                                                   {"Swish", "silu"},
                                                                   {"Tan", "sin"},
                                                                   {"ThresholdedRelu", "relu"}};
  for (const auto& [type, function] : functions) expect({type, {x({2, 5})}, {}, {2, 5}, function, 10});
}

TEST(VectorOperators, FunctionsOfTwoElementsBroadcast) {
  for (const auto& [type, function] : std::vector<std::pair<std::string, std::string>>{{"And", "logic"},
                                                                                       {"BitShift", "logic"},
                                                                                       {"GreaterOrEqual", "equal"},
                                                                                       {"LessOrEqual", "equal"},
                                                                                       {"Mod", "mod"},
                                                                                       {"Or", "logic"},
                                                                                       {"PRelu", "leaky_relu"},
                                                                                       {"Xor", "logic"}})
    for (const Operand& second : {x({3, 1, 5}), w({5}), x({1, 2, 1})})
      expect({type, {x({3, 2, 5}), second}, {}, {3, 2, 5}, function, 30});
}

TEST(VectorOperators, Normalizations) {
  expect({"InstanceNormalization", {x({2, 3, 4, 5}), w({3}), w({3})}, {}, {2, 3, 4, 5}, "layernorm", 120});
  expect({"InstanceNormalization", {x({2, 3, 7}), w({3}), w({3})}, {}, {2, 3, 7}, "layernorm", 42});
  expect({"GroupNormalization",
          {x({1, 4, 3, 3}), w({4}), w({4})},
          {{"=num_groups", {2}}},
          {1, 4, 3, 3},
          "layernorm",
          36,
          21});
  expect({"MeanVarianceNormalization", {x({2, 3, 4, 5})}, {}, {2, 3, 4, 5}, "layernorm", 120});
  expect({"RMSNormalization", {x({2, 5, 8}), w({8})}, {}, {2, 5, 8}, "rms_norm", 80, 23});
  expect({"LpNormalization", {x({2, 5})}, {{"=axis", {0}}}, {2, 5}, "lp_norm", 10});
  expect({"LogSoftmax", {x({2, 5})}, {}, {2, 5}, "log_softmax", 10});
  expect({"Hardmax", {x({2, 5})}, {}, {2, 5}, "hardmax", 10});
  expect({"LRN", {x({1, 6, 2, 3, 4})}, {{"=size", {5}}}, {1, 6, 2, 3, 4}, "lrn", 144});
}

// Of any rank, with constants or with numbers that enter the network: one multiply-add for each element.
TEST(VectorOperators, BatchNormalizationAnywhere) {
  for (const Ints& dims : {Ints{4, 3}, Ints{2, 3, 7}, Ints{2, 3, 4, 5}, Ints{1, 3, 2, 4, 5}})
    for (const auto& numbers : {w({3}), x({3})}) {
      std::int64_t count = 1;
      for (const std::int64_t d : dims) count *= d;
      expect({"BatchNormalization", {x(dims), numbers, numbers, numbers, numbers}, {}, dims, "batchnorm", count});
    }
}

TEST(VectorOperators, ReductionsCountWhatTheyRead) {
  for (const auto& [type, function] :
       std::vector<std::pair<std::string, std::string>>{{"ReduceL1", "reduce_abs"},
                                                        {"ReduceL2", "reduce_square"},
                                                        {"ReduceLogSum", "reduce"},
                                                        {"ReduceLogSumExp", "reduce_exp"},
                                                        {"ReduceSumSquare", "reduce_square"},
                                                        {"ReduceMax", "reduce"}})
    expect({type, {x({2, 5, 8})}, {{"axes", {1}}, {"=keepdims", {0}}}, {2, 8}, function, 80, 11});
  expect({"ArgMax", {x({2, 5, 8})}, {{"=axis", {1}}, {"=keepdims", {0}}}, {2, 8}, "arg_max", 80});
  expect({"ArgMin", {x({2, 5, 8})}, {{"=axis", {-1}}}, {2, 5, 1}, "arg_max", 80});
}

// What ends a reduction is done once for each of its 16 results.
TEST(VectorOperators, AReductionMayEndWithAFunctionOfItsResults) {
  for (const auto& [type, last] :
       {std::pair{"ReduceL2", "sqrt"}, std::pair{"ReduceLogSum", "log"}, std::pair{"ReduceLogSumExp", "log"}}) {
    const auto network = graph_of({type, {x({2, 5, 8})}, {{"axes", {1}}}, {}, "", 0}).read(11);
    ASSERT_TRUE(network.ok()) << network.problems().to_string();
    EXPECT_THAT(posts_of(network->operators.at(0)), ElementsAre(last));
  }
  EXPECT_TRUE(graph_of({"ReduceL1", {x({2, 5, 8})}, {}, {}, "", 0}).read()->operators.at(0).posts.empty());
}

// Without axes a reduction that says so leaves its input as it is.
TEST(VectorOperators, AReductionOverNoAxesIsAView) {
  const auto network = graph_of({"ReduceSum", {x({2, 5}), n({})}, {{"=noop_with_empty_axes", {1}}}, {}, "", 0}).read();
  ASSERT_TRUE(network.ok()) << network.problems().to_string();
  EXPECT_TRUE(network->operators.empty());
}

// Each of the 80 elements is compared on every level of a heap of the best: 1 has one level, 2 and 3 have two.
TEST(VectorOperators, TopKGoesThroughAHeap) {
  for (const auto& [k, levels] : {std::pair{1, 1}, std::pair{2, 2}, std::pair{3, 2}, std::pair{4, 3}, std::pair{8, 4}})
    expect({"TopK", {x({2, 5, 8}), n({k})}, {}, {2, 5, k}, "top_k", 80 * levels});
  const auto network = graph_of({"TopK", {x({2, 5, 8}), n({3})}, {}, {}, "", 0}, {"y", "places"}).read();
  ASSERT_TRUE(network.ok()) << network.problems().to_string();
  ASSERT_EQ(network->operators.size(), 2U);
  EXPECT_EQ(tensor_of(*network, "places").dims, (Ints{2, 5, 3}));
  EXPECT_EQ(applied(*network, operator_of(*network, "y#indices")), 160);
  const auto large = graph_of({"TopK", {x({2, 5, 8}), n({9})}, {}, {}, "", 0}).read();
  ASSERT_FALSE(large.ok());
  EXPECT_NE(large.problems().to_string().find("k is 9, but axis 2 has 8 elements"), std::string::npos);
}

TEST(VectorOperators, ThatDependOnPlaces) {
  expect({"CumSum", {x({2, 5}), n({1})}, {}, {2, 5}, "cum_sum", 10});
  expect({"OneHot", {x({2, 5}), n({7}), w({2})}, {}, {2, 5, 7}, "equal", 70});
  expect({"OneHot", {x({2, 5}), n({7}), w({2})}, {{"=axis", {0}}}, {7, 2, 5}, "equal", 70});
  expect({"Trilu", {x({3, 4, 4})}, {}, {3, 4, 4}, "where", 48});
}

// 8 x 4 x 4 outputs; a cubic sample reads four times the neighbours. Regions average 2 x 2 samples.
TEST(VectorOperators, ThatSampleImages) {
  expect({"GridSample", {x({1, 8, 6, 6}), x({1, 4, 4, 2})}, {}, {1, 8, 4, 4}, "grid_sample", 128, 16});
  expect(
      {"GridSample", {x({1, 8, 6, 6}), x({1, 4, 4, 2})}, {{"@mode=cubic", {}}}, {1, 8, 4, 4}, "grid_sample", 512, 20});
  expect({"RoiAlign",
          {x({1, 8, 6, 6}), x({3, 4}), w({3})},
          {{"=output_height", {2}}, {"=output_width", {2}}, {"=sampling_ratio", {2}}},
          {3, 8, 2, 2},
          "grid_sample",
          384,
          16});
  expect({"AffineGrid", {x({2, 2, 3}), n({2, 1, 3, 4})}, {}, {2, 3, 4, 2}, "affine", 48, 20});
  expect({"Col2Im", {x({1, 8, 9}), n({4, 4}), n({2, 2})}, {}, {1, 2, 4, 4}, "add", 72, 18});
}

// Outputs times the elements of a window.
TEST(VectorOperators, PoolsOfOneTwoAndThreeAxes) {
  const Attributes two{{"kernel_shape", {2, 2}}, {"strides", {2, 2}}};
  expect({"AveragePool", {x({1, 2, 8})}, {{"kernel_shape", {2}}, {"strides", {2}}}, {1, 2, 4}, "average_pool", 16});
  expect({"LpPool", {x({1, 2, 4, 4})}, two, {1, 2, 2, 2}, "reduce_square", 32});
  expect({"MaxPool",
          {x({1, 2, 4, 4, 6})},
          {{"kernel_shape", {2, 2, 3}}, {"strides", {2, 2, 3}}},
          {1, 2, 2, 2, 2},
          "max_pool",
          192});
  expect({"GlobalLpPool", {x({1, 2, 4, 4})}, {}, {1, 2, 1, 1}, "reduce_square", 32});
  expect({"GlobalAveragePool", {x({1, 2, 3, 4, 5})}, {}, {1, 2, 1, 1, 1}, "global_pool", 120});
  expect({"MaxUnpool", {x({1, 2, 2, 2}), x({1, 2, 2, 2})}, two, {1, 2, 4, 4}, "scatter", 32});
}

TEST(VectorOperators, ResizeOfAnyAxes) {
  const auto sizes = [](Ints from, const Ints& to) {
    const std::int64_t count = static_cast<std::int64_t>(to.size());
    std::int64_t out = 1;
    for (std::int64_t i = 0; i < count; ++i) out *= to[static_cast<std::size_t>(i)];
    expect({"Resize", {x(std::move(from)), w({0}), w({0}), n(to)}, {{"@mode=linear", {}}}, to, "resize", out});
  };
  sizes({1, 2, 5}, {1, 2, 10});
  sizes({1, 2, 3, 4, 5}, {1, 2, 6, 8, 10});
  sizes({1, 2, 4, 4}, {1, 6, 4, 4});
  sizes({4, 6}, {8, 3});
}

// All of the data is written; updates are put in on the way.
TEST(VectorOperators, ScattersWriteAllOfTheirData) {
  expect({"ScatterElements", {x({4, 5}), x({1, 5}), x({1, 5})}, {}, {4, 5}, "scatter", 20});
  expect({"ScatterND", {x({4, 5, 6}), x({3, 2}), x({3, 6})}, {}, {4, 5, 6}, "scatter", 120});
}

// Indices that enter the network program the DMA engine; those that it computes are read by the vector unit.
TEST(VectorOperators, GathersByComputedIndicesPickOnTheVectorUnit) {
  const auto gather = [](const std::string& type, bool computed) {
    OnnxBuilder b;
    b.input("data", {9, 8}).input("scores", {3, 9}).input("given", {3, 1}).output("y");
    if (computed) b.node("ArgMax", {"scores"}, {"given2"}, {{"=axis", {1}}});
    return b.node(type, {"data", computed ? "given2" : "given"}, {"y"}).read();
  };
  for (const char* type : {"Gather", "GatherND"}) {
    const auto given = gather(type, false), computed = gather(type, true);
    ASSERT_TRUE(given.ok()) << given.problems().to_string();
    ASSERT_TRUE(computed.ok()) << computed.problems().to_string();
    EXPECT_EQ(operator_of(*given, "y").unit, Unit::movement) << type;
    const Operator& op = operator_of(*computed, "y");
    EXPECT_EQ(op.unit, Unit::vector) << type;
    EXPECT_EQ(op.function, Function::gather) << type;
    EXPECT_EQ(applied(*computed, op), 24) << type;  // three rows of eight
    EXPECT_EQ(computed->tensors[op.inputs.at(1)].name, "given2");
  }
}

TEST(VectorOperators, GatherElementsAndTuples) {
  const auto dims = [](const Case& c) {
    const auto network = graph_of(c).read(c.opset);
    EXPECT_TRUE(network.ok()) << network.problems().to_string();
    return network.ok() ? tensor_of(*network, "y").dims : Ints{};
  };
  EXPECT_EQ(dims({"GatherElements", {x({4, 5}), x({2, 5})}, {}, {}, "", 0}), (Ints{2, 5}));
  EXPECT_EQ(dims({"GatherND", {x({4, 5, 6}), x({3, 7, 2})}, {}, {}, "", 0}), (Ints{3, 7, 6}));
  EXPECT_EQ(dims({"GatherND", {x({4, 5, 6}), x({4, 7, 1})}, {{"=batch_dims", {1}}}, {}, "", 0}), (Ints{4, 7, 6}));
  const auto wrong = graph_of({"GatherElements", {x({4, 5}), x({2, 6})}, {}, {}, "", 0}).read();
  ASSERT_FALSE(wrong.ok());
  EXPECT_NE(wrong.problems().to_string().find("indices [2, 6] do not fit [4, 5] along axis 0"), std::string::npos);
}

// The unit reads two tensors at a time: three are two operators of 24 elements each.
TEST(VectorOperators, ASelectionOfThreeTensorsTakesTwoPasses) {
  const auto network = graph_of({"Where", {x({2, 1, 4}), x({2, 3, 4}), x({2, 3, 4})}, {}, {}, "", 0}).read();
  ASSERT_TRUE(network.ok()) << network.problems().to_string();
  ASSERT_EQ(network->operators.size(), 2U);
  for (const Operator& op : network->operators) {
    EXPECT_EQ(op.function, Function::where);
    EXPECT_EQ(op.inputs.size(), 2U);
    EXPECT_EQ(applied(*network, op), 24);
  }
  EXPECT_EQ(network->operators[1].inputs[0], network->operators[0].output);
}

// [2, 1] and [3] make 6 elements, with [4, 1, 1] they are 24.
TEST(VectorOperators, AChainBroadcastsAsFarAsItsOperandsGo) {
  const auto network = graph_of({"Sum", {x({2, 1}), x({3}), x({4, 1, 1})}, {}, {}, "", 0}).read();
  ASSERT_TRUE(network.ok()) << network.problems().to_string();
  ASSERT_EQ(network->operators.size(), 2U);
  EXPECT_EQ(applied(*network, network->operators[0]), 6);
  EXPECT_EQ(applied(*network, network->operators[1]), 24);
  EXPECT_EQ(tensor_of(*network, "y").dims, (Ints{4, 2, 3}));
}

TEST(VectorOperators, AMeanIsASumAndAProduct) {
  const auto network = graph_of({"Mean", {x({2, 5}), x({2, 5}), x({5})}, {}, {}, "", 0}).read();
  ASSERT_TRUE(network.ok()) << network.problems().to_string();
  ASSERT_EQ(network->operators.size(), 2U);
  EXPECT_EQ(network->operators[0].function, Function::add);
  EXPECT_TRUE(network->operators[0].posts.empty());
  EXPECT_THAT(posts_of(network->operators[1]), ElementsAre("mul"));
  EXPECT_TRUE(graph_of({"Mean", {x({2, 5})}, {}, {}, "", 0}).read()->operators.empty());
}

// Each of the outputs that somebody reads is a pass of its own over 2 x 5 x 8 elements.
TEST(VectorOperators, StatisticsOfALayerNormalizationAreOutputs) {
  const auto network =
      graph_of({"LayerNormalization", {x({2, 5, 8}), w({8}), w({8})}, {}, {}, "", 0}, {"y", "mean", "deviation"})
          .read(17);
  ASSERT_TRUE(network.ok()) << network.problems().to_string();
  ASSERT_EQ(network->operators.size(), 3U);
  EXPECT_EQ(tensor_of(*network, "mean").dims, (Ints{2, 5, 1}));
  EXPECT_EQ(tensor_of(*network, "deviation").dims, (Ints{2, 5, 1}));
  EXPECT_EQ(operator_of(*network, "y#mean").function, Function::reduce);
  EXPECT_THAT(posts_of(operator_of(*network, "y#deviation")), ElementsAre("sqrt", "reciprocal"));
  for (const Operator& op : network->operators) EXPECT_EQ(applied(*network, op), 80);
}

// A scale and a shift that the network computes are read one after the other.
TEST(VectorOperators, ScaleAndShiftOfANormalizationMayBeComputed) {
  const auto network = graph_of({"LayerNormalization", {x({2, 5, 8}), x({8}), x({8})}, {}, {}, "", 0}).read(17);
  ASSERT_TRUE(network.ok()) << network.problems().to_string();
  ASSERT_EQ(network->operators.size(), 2U);
  EXPECT_EQ(network->operators[0].function, Function::layernorm);
  EXPECT_EQ(network->operators[1].function, Function::add);
  EXPECT_EQ(network->operators[1].inputs.size(), 2U);
}

TEST(VectorOperators, WhatOnlyARunKnowsIsRefusedWithItsCause) {
  for (const char* type : {"NonZero", "Unique"})
    EXPECT_NE(graph_of({type, {x({2, 5})}, {}, {}, "", 0})
                  .read()
                  .problems()
                  .to_string()
                  .find("how many elements its output has depends on the numbers in its input"),
              std::string::npos);
  for (const char* type : {"Bernoulli", "RandomNormalLike"})
    EXPECT_NE(
        graph_of({type, {x({2, 5})}, {}, {}, "", 0}).read().problems().to_string().find("its output is random numbers"),
        std::string::npos);
}

// The pass that finds the indices reads the rows that its windows cover, as the pass that finds the maxima does.
TEST(VectorOperators, IndicesOfAPoolLieAsItsMaxima) {
  const auto network =
      graph_of({"MaxPool", {x({1, 8, 7, 42})}, {{"kernel_shape", {2, 5}}, {"strides", {3, 3}}}, {}, "", 0, 13},
               {"y", "at"})
          .read(13);
  ASSERT_TRUE(network.ok()) << network.problems().to_string();
  ASSERT_EQ(network->operators.size(), 2U);
  for (const Operator& op : network->operators) {
    EXPECT_EQ(network->tensors[op.output].shape, (Shape{1, 2, 13, 8})) << op.name;
    const Box read = source_box(*network, op, 0, {{0, 1, 0, 0}, {1, 2, 13, 8}});
    EXPECT_EQ(read, (Box{{0, 3, 0, 0}, {1, 5, 41, 8}})) << op.name;
  }
}

}  // namespace
}  // namespace tessera::models::tests
