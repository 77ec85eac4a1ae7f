// Numbers of constants, operator by operator, worked by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "models/constants/evaluate.h"

namespace tessera::models::tests {
namespace {

using Ints = std::vector<std::int64_t>;
using Reals = std::vector<double>;

Literal whole(Dims dims, Ints numbers, ElementType type = ElementType::int64) {
  return {std::move(dims), std::move(numbers), {}, type};
}
Literal fractions(Dims dims, Reals numbers, ElementType type = ElementType::float32) {
  return {std::move(dims), {}, std::move(numbers), type};
}
Literal list(const Ints& numbers) { return whole({static_cast<std::int64_t>(numbers.size())}, numbers); }

struct Node1 {
  std::string type;
  std::vector<Literal> inputs;
  Dims dims;  // of the result
  ElementType result = ElementType::int64;
  std::map<std::string, Attribute> attributes = {};
  std::vector<Dims> more_outputs = {};
};

struct Outcome {
  std::vector<Literal> outputs;
  std::string problem;
};

Outcome evaluated(const Node1& n) {
  Graph g;
  Node node;
  node.name = node.type = n.type;
  node.attributes = n.attributes;
  for (const Literal& l : n.inputs) {
    const ValueId v = g.add_value("in" + std::to_string(g.values.size()));
    g.values[v].literal = l;
    g.values[v].shaped = g.values[v].constant = true;
    node.inputs.push_back(v);
  }
  std::vector<Dims> outputs{n.dims};
  outputs.insert(outputs.end(), n.more_outputs.begin(), n.more_outputs.end());
  for (const Dims& dims : outputs) {
    const ValueId v = g.add_value("out" + std::to_string(g.values.size()));
    g.values[v].literal.dims = dims;
    g.values[v].literal.type = n.result;
    g.values[v].shaped = true;
    node.outputs.push_back(v);
  }
  g.nodes.push_back(node);
  Outcome outcome;
  outcome.problem = evaluate(g, 0).value_or("");
  for (const ValueId v : node.outputs) outcome.outputs.push_back(g.values[v].literal);
  return outcome;
}

Ints ints_of(const Node1& n) { return evaluated(n).outputs[0].ints.value_or(Ints{-999}); }
Reals reals_of(const Node1& n) { return evaluated(n).outputs[0].reals.value_or(Reals{-999}); }

TEST(Constants, IntegersAreDividedTowardsZeroAndModuloHasTheSignOfTheDivisor) {
  EXPECT_EQ(ints_of({"Div", {list({-7, 7, -7}), list({2, -2, -2})}, {3}}), (Ints{-3, -3, 3}));
  EXPECT_EQ(ints_of({"Mod", {list({-7, 7, 7}), list({4, -4, 4})}, {3}}), (Ints{1, -1, 3}));
  EXPECT_EQ(ints_of({"Mod", {list({-7}), list({4})}, {1}, ElementType::int64, {{"fmod", Attribute::integer(1)}}}),
            (Ints{-3}));
  EXPECT_FALSE(evaluated({"Div", {list({1}), list({0})}, {1}}).outputs[0].known());
  EXPECT_EQ(ints_of({"Pow", {list({3, -2}), list({4, 3})}, {2}}), (Ints{81, -8}));
}

TEST(Constants, OperandsBroadcast) {
  EXPECT_EQ(ints_of({"Add", {whole({2, 1}, {10, 20}), list({1, 2, 3})}, {2, 3}}), (Ints{11, 12, 13, 21, 22, 23}));
  EXPECT_EQ(ints_of({"Max", {list({1, 5}), list({3}), list({2, 2})}, {2}}), (Ints{3, 5}));
  EXPECT_EQ(ints_of({"Where", {whole({2}, {1, 0}, ElementType::boolean), list({7}), list({8, 9})}, {2}}), (Ints{7, 9}));
}

TEST(Constants, TruthIsZeroOrOne) {
  const auto b = [](Ints v) { return whole({2}, std::move(v), ElementType::boolean); };
  EXPECT_EQ(ints_of({"Not", {b({1, 0})}, {2}, ElementType::boolean}), (Ints{0, 1}));
  EXPECT_EQ(ints_of({"And", {b({1, 1}), b({0, 1})}, {2}, ElementType::boolean}), (Ints{0, 1}));
  EXPECT_EQ(ints_of({"Or", {b({1, 0}), b({0, 0})}, {2}, ElementType::boolean}), (Ints{1, 0}));
  EXPECT_EQ(ints_of({"Xor", {b({1, 1}), b({0, 1})}, {2}, ElementType::boolean}), (Ints{1, 0}));
  EXPECT_EQ(ints_of({"Less", {fractions({2}, {0.5, 2}), fractions({}, {1})}, {2}, ElementType::boolean}), (Ints{1, 0}));
}

// 0.7 in single precision is 0.699999988: ten times that is 7 again only where the product is rounded too.
TEST(Constants, FractionsAreRoundedToTheirType) {
  const double seven_tenths = static_cast<double>(0.7F);
  EXPECT_EQ(reals_of({"Mul", {fractions({}, {seven_tenths}), fractions({}, {10})}, {}, ElementType::float32}),
            (Reals{7}));
  EXPECT_LT(reals_of({"Mul", {fractions({}, {seven_tenths}), fractions({}, {10})}, {}, ElementType::float64})[0], 7);
  EXPECT_EQ(reals_of({"Round", {fractions({4}, {0.5, 1.5, -0.5, 2.4})}, {4}, ElementType::float32}),
            (Reals{0, 2, 0, 2}));
  EXPECT_EQ(reals_of({"Floor", {fractions({2}, {-1.5, 1.5})}, {2}, ElementType::float32}), (Reals{-2, 1}));
  EXPECT_EQ(reals_of({"Ceil", {fractions({2}, {-1.5, 1.5})}, {2}, ElementType::float32}), (Reals{-1, 2}));
  EXPECT_EQ(reals_of({"Cos", {fractions({}, {0})}, {}, ElementType::float32}), (Reals{1}));
}

TEST(Constants, CastsCutAndWrap) {
  EXPECT_EQ(ints_of({"Cast", {fractions({3}, {2.9, -2.9, 1e30})}, {3}}), (Ints{2, -2, INT64_MAX}));
  EXPECT_EQ(ints_of({"Cast", {list({300, -1, 127})}, {3}, ElementType::uint8}), (Ints{44, 255, 127}));
  EXPECT_EQ(ints_of({"Cast", {list({200, -129})}, {2}, ElementType::int8}), (Ints{-56, 127}));
  EXPECT_EQ(ints_of({"Cast", {fractions({3}, {0.25, 0, -3})}, {3}, ElementType::boolean}), (Ints{1, 0, 1}));
  EXPECT_EQ(reals_of({"Cast", {list({16777217})}, {1}, ElementType::float32}), (Reals{16777216}));
}

TEST(Constants, ElementsMove) {
  const Literal square = whole({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(ints_of({"Transpose", {square}, {3, 2}}), (Ints{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(
      ints_of(
          {"Concat", {square, whole({2, 1}, {7, 8})}, {2, 4}, ElementType::int64, {{"axis", Attribute::integer(1)}}}),
      (Ints{1, 2, 3, 7, 4, 5, 6, 8}));
  EXPECT_EQ(ints_of({"Slice", {square, list({2}), list({-4}), list({1}), list({-2})}, {2, 2}}), (Ints{3, 1, 6, 4}));
  EXPECT_EQ(ints_of({"Tile", {list({1, 2}), list({3})}, {6}}), (Ints{1, 2, 1, 2, 1, 2}));
  EXPECT_EQ(ints_of({"Expand", {whole({2, 1}, {1, 2}), list({2, 2})}, {2, 2}}), (Ints{1, 1, 2, 2}));
  const auto pad = [](const char* mode) {
    return ints_of(
        {"Pad", {list({1, 2, 3}), list({2, 1})}, {6}, ElementType::int64, {{"mode", Attribute::word(mode)}}});
  };
  EXPECT_EQ(pad("constant"), (Ints{0, 0, 1, 2, 3, 0}));
  EXPECT_EQ(pad("edge"), (Ints{1, 1, 1, 2, 3, 3}));
  EXPECT_EQ(pad("reflect"), (Ints{3, 2, 1, 2, 3, 2}));
  EXPECT_EQ(pad("wrap"), (Ints{2, 3, 1, 2, 3, 1}));
  const Outcome parts = evaluated({"Split", {list({1, 2, 3}), list({1, 2})}, {1}, ElementType::int64, {}, {{2}}});
  EXPECT_EQ(parts.outputs[0].ints, (Ints{1}));
  EXPECT_EQ(parts.outputs[1].ints, (Ints{2, 3}));
}

TEST(Constants, NumbersChooseElements) {
  const Literal square = whole({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(ints_of({"Gather", {square, list({-1, 0})}, {2, 2}, ElementType::int64, {{"axis", Attribute::integer(1)}}}),
            (Ints{3, 1, 6, 4}));
  EXPECT_NE(evaluated({"Gather", {square, list({2})}, {1, 3}}).problem.find("index 2 along an axis of 2"),
            std::string::npos);
  EXPECT_EQ(ints_of({"GatherElements",
                     {square, whole({2, 1}, {2, 0})},
                     {2, 1},
                     ElementType::int64,
                     {{"axis", Attribute::integer(1)}}}),
            (Ints{3, 4}));
  EXPECT_EQ(ints_of({"GatherND", {square, whole({2, 2}, {0, 2, 1, 0})}, {2}}), (Ints{3, 4}));
  EXPECT_EQ(ints_of({"ScatterND", {list({1, 2, 3, 4}), whole({2, 1}, {3, 0}), list({8, 9})}, {4}}), (Ints{9, 2, 3, 8}));
  EXPECT_EQ(ints_of({"ScatterElements",
                     {list({1, 2, 3}), list({1}), list({7})},
                     {3},
                     ElementType::int64,
                     {{"reduction", Attribute::word("add")}}}),
            (Ints{1, 9, 3}));
  EXPECT_EQ(ints_of({"NonZero", {whole({2, 2}, {1, 0, 0, 5})}, {2, 2}}), (Ints{0, 1, 0, 1}));
  EXPECT_EQ(
      ints_of({"Trilu", {whole({2, 2}, {1, 2, 3, 4})}, {2, 2}, ElementType::int64, {{"upper", Attribute::integer(0)}}}),
      (Ints{1, 0, 3, 4}));
  EXPECT_EQ(ints_of({"EyeLike", {whole({2, 3}, {0, 0, 0, 0, 0, 0})}, {2, 3}}), (Ints{1, 0, 0, 0, 1, 0}));
  EXPECT_EQ(ints_of({"OneHot", {list({1, -1}), list({3}), list({0, 5})}, {2, 3}}), (Ints{0, 5, 0, 0, 0, 5}));
  const Outcome top = evaluated({"TopK", {list({3, 9, 9, 1}), list({2})}, {2}, ElementType::int64, {}, {{2}}});
  EXPECT_EQ(top.outputs[0].ints, (Ints{9, 9}));
  EXPECT_EQ(top.outputs[1].ints, (Ints{1, 2}));
}

TEST(Constants, AxesAreReduced) {
  const Literal square = whole({2, 3}, {1, 2, 3, 4, 5, 6});
  const auto along = [&](const char* type, std::int64_t axis, Dims dims) {
    return ints_of({type, {square}, std::move(dims), ElementType::int64, {{"axes", Attribute::integers({axis})}}});
  };
  EXPECT_EQ(along("ReduceSum", 1, {2, 1}), (Ints{6, 15}));
  EXPECT_EQ(along("ReduceProd", 0, {1, 3}), (Ints{4, 10, 18}));
  EXPECT_EQ(along("ReduceMax", 1, {2}), (Ints{3, 6}));
  EXPECT_EQ(along("ReduceMin", 0, {3}), (Ints{1, 2, 3}));
  EXPECT_EQ(ints_of({"ArgMax", {list({2, 7, 7})}, {1}}), (Ints{1}));
  EXPECT_EQ(ints_of({"CumSum",
                     {list({1, 2, 3}), whole({}, {0})},
                     {3},
                     ElementType::int64,
                     {{"reverse", Attribute::integer(1)}, {"exclusive", Attribute::integer(1)}}}),
            (Ints{5, 3, 0}));
}

TEST(Constants, RangesOfFractions) {
  EXPECT_EQ(
      reals_of({"Range", {fractions({}, {0}), fractions({}, {1}), fractions({}, {0.25})}, {4}, ElementType::float32}),
      (Reals{0, 0.25, 0.5, 0.75}));
}

// Of 4097 numbers none is kept; of 4096 all are.
TEST(Constants, NumbersOfLargeTensorsAreNotKept) {
  const auto known = [](std::int64_t count) {
    return evaluated({"Expand", {list({1}), list({count})}, {count}}).outputs[0].known();
  };
  EXPECT_TRUE(known(4096));
  EXPECT_FALSE(known(4097));
}

}  // namespace
}  // namespace tessera::models::tests
