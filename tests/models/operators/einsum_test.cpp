// Einsum: the products, sums and transposes that its equation says.
#include <gtest/gtest.h>

#include <algorithm>

#include "models/read_network.h"
#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using Ints = OnnxBuilder::Ints;

base::Result<Network> einsum(const std::string& equation, const std::vector<Ints>& inputs,
                             bool second_constant = false) {
  OnnxBuilder b;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    names.push_back(std::string(1, static_cast<char>('a' + static_cast<char>(i))));
    if (i > 0 && second_constant) b.weight(names.back(), inputs[i]);
    else b.input(names.back(), inputs[i]);
  }
  return b.node("Einsum", names, {"y"}, {{"@equation=" + equation, {}}}).output("y").read();
}

struct Result {
  Ints dims;
  std::int64_t macs = 0, moves = 0, vector = 0;
  friend bool operator==(const Result&, const Result&) = default;
};
void PrintTo(const Result& r, std::ostream* out) {
  *out << "[";
  for (const auto d : r.dims) *out << d << " ";
  *out << "] macs " << r.macs << " moves " << r.moves << " vector " << r.vector;
}

Result of(const std::string& equation, const std::vector<Ints>& inputs, bool second_constant = false) {
  const auto n = einsum(equation, inputs, second_constant);
  EXPECT_TRUE(n.ok()) << n.problems().to_string();
  if (!n.ok()) return {};
  Result r{tensor_of(*n, "y").dims, n->macs(), 0, 0};
  for (const Operator& op : n->operators) r.moves += op.unit == Unit::movement, r.vector += op.unit == Unit::vector;
  return r;
}

TEST(Einsum, MatrixProductsOfEveryOrder) {
  EXPECT_EQ(of("ij,jk->ik", {{4, 8}, {8, 6}}), (Result{{4, 6}, 192, 0, 0}));
  EXPECT_EQ(of("ij,kj->ik", {{4, 8}, {6, 8}}), (Result{{4, 6}, 192, 0, 0}));
  EXPECT_EQ(of("ji,jk->ik", {{8, 4}, {8, 6}}), (Result{{4, 6}, 192, 0, 0}));
  EXPECT_EQ(of("ij,jk->ki", {{4, 8}, {8, 6}}), (Result{{6, 4}, 192, 0, 0}));
  EXPECT_EQ(of("ij,jk", {{4, 8}, {8, 6}}), (Result{{4, 6}, 192, 0, 0}));
  EXPECT_EQ(of("bij,bjk->bik", {{3, 4, 8}, {3, 8, 6}}), (Result{{3, 4, 6}, 576, 0, 0}));
  EXPECT_EQ(of("bhqd,bhkd->bhqk", {{2, 3, 4, 8}, {2, 3, 6, 8}}), (Result{{2, 3, 4, 6}, 1152, 0, 0}));
  EXPECT_EQ(of("...ij,...jk->...ik", {{2, 3, 4, 8}, {3, 8, 6}}), (Result{{2, 3, 4, 6}, 1152, 0, 0}));
  EXPECT_EQ(of("bhgqd,bhkd->bhgqk", {{2, 3, 4, 5, 8}, {2, 3, 6, 8}}), (Result{{2, 3, 4, 5, 6}, 5760, 0, 0}));
  EXPECT_EQ(of("bqd,bhkd->bhqk", {{2, 4, 8}, {2, 3, 6, 8}}), (Result{{2, 3, 4, 6}, 1152, 0, 0}));
  EXPECT_EQ(of("i,i->", {{8}, {8}}), (Result{{}, 8, 0, 0}));
  EXPECT_EQ(of("i,j->ij", {{8}, {5}}), (Result{{8, 5}, 40, 0, 0}));
}

// The second operand's matrices are repeated along an axis that stands before the one along which they change; behind
// both stand rows.
TEST(Einsum, OperandsThatChangeBehindABroadcastAxis) {
  const Result r = of("abcd,acon->odbna", {{1, 5, 6, 6}, {1, 6, 5, 3}}, true);
  EXPECT_EQ(r.dims, (Ints{5, 6, 5, 3, 1}));
  EXPECT_EQ(r.macs, 5 * 6 * 6 * 15);
}

TEST(Einsum, HeadsThatStandBetweenAreMovedOutOfTheWay) {
  EXPECT_EQ(of("bqhd,bkhd->bhqk", {{1, 4, 2, 8}, {1, 6, 2, 8}}), (Result{{1, 2, 4, 6}, 384, 2, 0}));
}

// The other half of attention: 2 products of 4 x 6 times 6 x 8. Moved are the values, and the result to its heads; with
// b, q and h as the batch there would be 8 products of one row, on values repeated for every q.
TEST(Einsum, NoProductHasASingleRowForTheOrderOfTheResult) {
  const auto n = einsum("bhqk,bkhd->bqhd", {{1, 2, 4, 6}, {1, 6, 2, 8}});
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  ASSERT_EQ(n->operators.size(), 3U);
  const auto& pe = n->operators[1].pe;
  EXPECT_EQ((Ints{pe.batch, pe.out_h, pe.channels, pe.n}), (Ints{2, 4, 6, 8}));
  EXPECT_EQ(of("abk,bkd->abd", {{3, 5, 4}, {5, 4, 6}}), (Result{{3, 5, 6}, 3 * 5 * 4 * 6, 2, 0}));
}

TEST(Einsum, ConstantsLieAsTheProductNeedsThem) {
  EXPECT_EQ(of("abcd,cde->abe", {{2, 5, 3, 4}, {3, 4, 7}}, true), (Result{{2, 5, 7}, 2 * 5 * 12 * 7, 0, 0}));
  EXPECT_EQ(of("abe,ecd->abcd", {{2, 5, 7}, {7, 3, 4}}, true), (Result{{2, 5, 3, 4}, 2 * 5 * 12 * 7, 0, 0}));
}

TEST(Einsum, ProductsOfElementsAndSums) {
  EXPECT_EQ(of("ij,ij->ij", {{4, 8}, {4, 8}}), (Result{{4, 8}, 0, 0, 1}));
  EXPECT_EQ(of("ij,j->ij", {{4, 8}, {8}}), (Result{{4, 8}, 0, 0, 1}));
  EXPECT_EQ(of("ij->i", {{4, 8}}), (Result{{4}, 0, 0, 1}));
  EXPECT_EQ(of("ij->ji", {{4, 8}}), (Result{{8, 4}, 0, 1, 0}));
  EXPECT_EQ(of("ijk,jl->il", {{4, 8, 3}, {8, 6}}), (Result{{4, 6}, 192, 0, 1}));
}

TEST(Einsum, WhatCannotBeSaidIsRefusedWithItsCause) {
  const auto problem = [](const std::string& equation, const std::vector<Ints>& inputs) {
    const auto n = einsum(equation, inputs);
    EXPECT_FALSE(n.ok()) << equation;
    return n.ok() ? std::string() : n.problems().to_string();
  };
  EXPECT_NE(problem("ii->i", {{4, 4}}).find("takes a diagonal: axis 'i'"), std::string::npos);
  EXPECT_NE(problem("ij,jk,kl->il", {{4, 4}, {4, 4}, {4, 4}}).find("it has 3 operands"), std::string::npos);
  EXPECT_NE(problem("ij,jk->ik", {{4, 8}, {7, 6}}).find("axis 'j' of its equation has 8 and 7"), std::string::npos);
  EXPECT_NE(problem("ijk,jk->ik", {{4, 8}, {8, 6}}).find("does not fit an operand"), std::string::npos);
  EXPECT_NE(problem("ij->ix", {{4, 8}}).find("axis 'x' of its result is in no operand"), std::string::npos);
}

}  // namespace
}  // namespace tessera::models::tests
