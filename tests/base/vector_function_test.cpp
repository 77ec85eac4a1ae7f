#include "base/vector_function.h"

#include <gtest/gtest.h>

#include <set>

namespace tessera::base {
namespace {

TEST(VectorFunctions, AreListedOnceWithNameCyclesAndOperations) {
  std::set<std::string_view> names;
  for (const VectorFunction& f : kVectorFunctions) names.insert(f.name);
  EXPECT_EQ(names.size(), kVectorFunctions.size());
  EXPECT_EQ(to_string(Function::identity), "identity");
  EXPECT_EQ(about(Function::identity).cycles, 0);
  // A look-up in two passes and the product with its input.
  EXPECT_EQ(to_string(Function::silu), "silu");
  EXPECT_EQ(about(Function::silu).cycles, 2);
  EXPECT_EQ(about(Function::silu).additions, 1);
  EXPECT_EQ(about(Function::silu).multiplications, 2);
}

}  // namespace
}  // namespace tessera::base
