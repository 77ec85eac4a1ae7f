// Tensors without elements are legal: an operator that writes one has no tiles and moves no bytes.
#include <gtest/gtest.h>

#include "scheduler/bounds/lower_bound.h"
#include "small_networks.h"

namespace tessera::scheduler::tests {
namespace {

using models::Shape;
using models::TensorId;

// A convolution and, after it or before it, operators of every kind on nothing.
void work(NetworkMaker& maker) { maker.conv(maker.input({1, 6, 6, 16}), {.n = 16, .kernel = 3, .pad = 1}); }

void nothing(NetworkMaker& maker, const Shape& empty) {
  const TensorId x = maker.input(empty);
  const TensorId y = maker.elementwise(x, x);
  maker.max_pool(y, 2, 2, 0);
  maker.softmax(y);
  maker.copy(x);
  maker.conv(x, {.n = 8, .kernel = 1});
  maker.matmul(x, 8);
}

std::vector<Shape> empties() { return {{0, 4, 4, 8}, {1, 0, 4, 8}, {0, 0, 0, 8}}; }

TEST(EmptyTensors, HaveNoTilesAndNoBytes) {
  NetworkMaker plain;
  work(plain);
  const auto network = plain.take();
  const auto wanted = tiled(network, small_npu(), {}, {});
  ASSERT_TRUE(wanted.ok());
  for (const Shape& empty : empties()) {
    for (const bool before : {true, false}) {
      NetworkMaker maker;
      if (before) nothing(maker, empty);
      work(maker);
      if (!before) nothing(maker, empty);
      const auto with = maker.take();
      const auto g = tiled(with, small_npu(), {}, {});
      ASSERT_TRUE(g.ok()) << g.problems().to_string();
      EXPECT_EQ(g->tiles.size(), wanted->tiles.size());
      EXPECT_EQ(g->dram_bytes_end, wanted->dram_bytes_end);
      EXPECT_EQ(g->macs, wanted->macs);
      const auto npu = small_npu();
      const auto limits = arch::machine_limits(npu);
      EXPECT_EQ(lower_bound(*g, npu, limits).time(), lower_bound(*wanted, npu, limits).time());
      EXPECT_EQ(network_bound(with, npu, limits, {}).time(), network_bound(network, npu, limits, {}).time());
    }
  }
}

// A concat of nothing and something, as of an empty past and a present: the part has a place in the root and no tile.
TEST(EmptyTensors, AsAPartOfARootAreLeftOut) {
  for (const std::int64_t at : {0, 2, 4}) {
    NetworkMaker maker;
    const TensorId past = maker.input({1, 0, 1, 64}), present = maker.input({1, 4, 1, 64});
    const TensorId root = maker.activation({1, 4, 1, 64});
    maker.copy(present, maker.window(root, {0, 0, 0, 0}, {1, 4, 1, 64}));
    maker.copy(past, maker.window(root, {0, at, 0, 0}, {1, 0, 1, 64}));
    const auto network = maker.take();
    const auto g = tiled(network, small_npu(), {}, {});
    ASSERT_TRUE(g.ok()) << g.problems().to_string();
    std::int64_t stored = 0;
    for (const Group& group : g->groups) stored += g->blocks[group.output].bytes;
    EXPECT_EQ(stored, 256);
  }
}

TEST(EmptyTensors, AloneMakeAGraphWithoutTiles) {
  NetworkMaker maker;
  nothing(maker, {0, 4, 4, 8});
  const auto g = tiled(maker.take(), small_npu(), {}, {.count = 3, .interval = base::Ps{1000}});
  ASSERT_TRUE(g.ok()) << g.problems().to_string();
  EXPECT_TRUE(g->tiles.empty());
  EXPECT_EQ(g->dram_bytes_end, 0);
  EXPECT_EQ(g->requests.size(), 3U);
}

// A product over no channels has elements, and nothing says which.
TEST(EmptyTensors, CannotBeMadeIntoElements) {
  NetworkMaker maker;
  maker.matmul(maker.input({1, 4, 1, 0}), 8);
  const auto g = tiled(maker.take(), small_npu(), {}, {});
  ASSERT_FALSE(g.ok());
  EXPECT_NE(
      g.problems().to_string().find("operator \"MatMul0\" makes elements out of the tensor \"t0\", which has none"),
      std::string::npos);
}

}  // namespace
}  // namespace tessera::scheduler::tests
