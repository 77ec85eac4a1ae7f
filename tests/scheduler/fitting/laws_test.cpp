// Random operators with long axes on machines with small slots: they run, nothing is read twice that need not be, and
// more memory never takes more passes.
#include <gtest/gtest.h>

#include <random>

#include "fitted_networks.h"
#include "scheduler/bounds/lower_bound.h"
#include "tests/scheduler/tiling/graph_checks.h"

namespace tessera::scheduler::tests {
namespace {

std::int64_t pick(std::mt19937& random, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
}

// Up to some 100,000 elements, most of them on one axis or two.
std::vector<std::int64_t> random_dims(std::mt19937& random, std::size_t rank) {
  std::vector<std::int64_t> dims(rank);
  for (auto& d : dims) d = pick(random, 1, 9);
  dims[random() % rank] = pick(random, 1, 3000);
  dims[random() % rank] *= pick(random, 1, 12);
  return dims;
}

OneNode random_node(std::mt19937& random) {
  const auto rank = static_cast<std::size_t>(pick(random, 2, 3));
  const auto dims = random_dims(random, rank);
  const auto image = random_dims(random, 4);
  const auto last = static_cast<std::int64_t>(rank) - 1;
  switch (pick(random, 0, 4)) {
    case 0: {
      std::vector<std::int64_t> axes;
      for (std::int64_t a = 0; a <= last; ++a)
        if (pick(random, 0, 1) == 1) axes.push_back(a);
      if (axes.empty()) axes.push_back(pick(random, 0, last));
      return {pick(random, 0, 1) == 1 ? "ReduceMean" : "ReduceMax",
              dims,
              {{"axes", axes}, {"=keepdims", {pick(random, 0, 1)}}}};
    }
    case 1: return {"Softmax", dims, {{"=axis", {pick(random, 0, last)}}}};
    case 2: {
      const std::int64_t axis = pick(random, 0, last);
      return {"LayerNormalization", dims, {{"=axis", {axis}}}, {{dims.begin() + axis, dims.end()}}, 17};
    }
    case 3: return {"GlobalAveragePool", image};
    default:
      return {"AveragePool",
              image,
              {{"kernel_shape", {pick(random, 1, std::min<std::int64_t>(image[2], 60)), pick(random, 1, image[3])}},
               {"strides", {pick(random, 1, 5), pick(random, 1, 5)}}}};
  }
}

void check_reads(const Fitted& f) {
  for (const auto& op : f.network.operators) {
    if (!op.name.ends_with("#partial") || op.access != models::Operator::Access::axes) continue;
    const auto& in = f.network.tensors[op.inputs[0]];
    const std::int64_t numbers = in.accumulators > 0 ? 4 * in.accumulators : 1;
    EXPECT_EQ(f.input_bytes(op.name), models::whole(in.shape).elements() * numbers) << op.name;
  }
}

TEST(FittingLaws, RandomOperatorsFitAndReadTheirInputOnce) {
  std::mt19937 random(11);
  std::size_t cut = 0;
  for (int i = 0; i < 80; ++i) {
    const OneNode node = random_node(random);
    SCOPED_TRACE(node.type + " of " + testing::PrintToString(node.dims) + " " +
                 testing::PrintToString(node.attributes));
    auto npu = small_npu(std::int64_t{512} << pick(random, 0, 3));
    npu.layout.kind = static_cast<arch::LayoutKind>(pick(random, 0, 2));
    const auto f = fitted(network_of(node), npu);
    ASSERT_TRUE(f.graph.ok());
    cut += f.network.operators.size() > 1 ? 1 : 0;
    check_reads(f);
    check_outputs_written_once(*f.graph, f.network);
    check_operands_cover(*f.graph, f.network);
    check_producers_cover(*f.graph, f.network);
    check_slots(*f.graph, npu);
    check_order(*f.graph, f.network);
    const arch::MachineLimits limits = arch::machine_limits(npu);
    EXPECT_LE(network_bound(f.network, npu, limits, {}).time(), lower_bound(*f.graph, npu, limits).time());
  }
  EXPECT_GT(cut, 30u);
}

TEST(FittingLaws, MoreMemoryNeverTakesMorePasses) {
  std::mt19937 random(5);
  for (int i = 0; i < 40; ++i) {
    const OneNode node = random_node(random);
    SCOPED_TRACE(node.type + " of " + testing::PrintToString(node.dims) + " " +
                 testing::PrintToString(node.attributes));
    const models::Network network = network_of(node);
    std::size_t passes = 1000;
    for (std::int64_t slot = 512; slot <= (std::int64_t{1} << 24); slot *= 2) {
      const std::size_t now = fit_network(network, small_npu(slot), {}).operators.size();
      ASSERT_LE(now, 40u);
      EXPECT_LE(now, passes) << slot;
      passes = now;
    }
    EXPECT_EQ(passes, 1u);
  }
}

// The same sums written in several ways.
TEST(FittingLaws, EqualWorkTakesEqualTime) {
  const auto behind_a_convolution = [](const std::string& type,
                                       const std::map<std::string, std::vector<std::int64_t>>& attributes) {
    OnnxBuilder graph;
    graph.input("x", {1, 3, 96, 96}).weight("w", {48, 3, 1, 1}).node("Conv", {"x", "w"}, {"image"}).output("y");
    graph.node(type, {"image"}, {"y"}, attributes);
    const auto f = fitted(graph, small_npu(16384));
    EXPECT_EQ(f.network.operators.size(), 3u);
    return std::array{f.cycles("y#partial"), f.cycles("y#combine"), f.input_bytes("y#partial"),
                      f.input_bytes("y#combine")};
  };
  const auto pool = behind_a_convolution("GlobalAveragePool", {});
  EXPECT_EQ(behind_a_convolution("ReduceMean", {{"axes", {2, 3}}}), pool);
  EXPECT_EQ(behind_a_convolution("ReduceMean", {{"axes", {2, 3}}, {"=keepdims", {0}}}), pool);
  EXPECT_EQ(behind_a_convolution("AveragePool", {{"kernel_shape", {96, 96}}}), pool);
}

}  // namespace
}  // namespace tessera::scheduler::tests
