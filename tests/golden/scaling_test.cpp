// More of the machine must not make a run slower, and `auto` loop order must not lose to a fixed one.
//
// Single operators and small networks here; TESSERA_SCALING=1 takes larger networks as well.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/golden/execution.h"

namespace tessera::tests {
namespace {

struct Work {
  const char *name, *gemm, *conv, *network;
};
void PrintTo(const Work& w, std::ostream* out) { *out << w.name; }

constexpr Work kSmall[] = {
    {"pointwise", nullptr, "w=28,h=28,c=256,k=512,kw=1,kh=1", nullptr},
    {"window", nullptr, "w=14,h=14,c=256,k=256,kw=3,kh=3,pl=1,pr=1,pt=1,pb=1", nullptr},
    {"shallow", nullptr, "w=112,h=112,c=32,k=16,kw=1,kh=1", nullptr},
    {"square", "512x768x768", nullptr, nullptr},
    {"flat", "64x2048x1000", nullptr, nullptr},
    {"tiny_mlp", nullptr, nullptr, "tiny_mlp"},
    {"tiny_residual", nullptr, nullptr, "tiny_residual"},
};
constexpr Work kLarge[] = {{"mobilenetv2", nullptr, nullptr, "mobilenetv2"},
                           {"resnet18", nullptr, nullptr, "resnet18"},
                           {"resnet50", nullptr, nullptr, "resnet50"},
                           {"yolov5s", nullptr, nullptr, "yolov5s_640x640"}};

std::vector<Work> works() {
  std::vector<Work> all(std::begin(kSmall), std::end(kSmall));
  if (std::getenv("TESSERA_SCALING") != nullptr) all.insert(all.end(), std::begin(kLarge), std::end(kLarge));
  return all;
}

Execution run(const Work& work, const std::vector<std::string>& overrides) {
  sim::RunArguments arguments =
      shipped("edge_8tops", work.network != nullptr ? work.network : "", "lookahead", overrides);
  if (work.network == nullptr) arguments.model_file.clear();
  if (work.gemm != nullptr) arguments.gemm = work.gemm;
  if (work.conv != nullptr) arguments.conv = work.conv;
  return execute(arguments);
}

class Scaling : public testing::TestWithParam<Work> {
 protected:
  // Each value more hardware than the one before it; none may cost more than `percent` over the best before it.
  void grows(const std::string& key, const std::vector<std::string>& values, std::int64_t percent) {
    std::int64_t best = 0;
    std::string best_value;
    for (const auto& value : values) {
      const std::int64_t now = run(GetParam(), {key + "=" + value}).makespan();
      if (best != 0) {
        EXPECT_LE(now * 100, best * (100 + percent)) << key << " " << best_value << " -> " << value;
      }
      if (best == 0 || now < best) best = now, best_value = value;
    }
  }
};

TEST_P(Scaling, MoreCoresCostNothing) { grows("cores", {"1", "2", "4", "8"}, 1); }
TEST_P(Scaling, MoreChannelsCostNothing) { grows("dma.channels", {"1", "2", "16"}, 1); }
TEST_P(Scaling, FasterMemoryCostsNothing) {
  grows("dram.bandwidth", {"6.4 GB/s", "12.8 GB/s", "25.6 GB/s"}, 2);
  grows("interconnect.bytes_per_cycle", {"32 B/cycle", "64 B/cycle", "128 B/cycle"}, 1);
}

// It may read more than a fixed order only where it is faster for it.
TEST_P(Scaling, AutomaticLoopOrderIsAsGoodAsTheBestFixedOne) {
  const Execution automatic = run(GetParam(), {});
  for (const char* order : {"bgnm", "bgmn"}) {
    const Execution fixed = run(GetParam(), {std::string("loop_order=") + order});
    EXPECT_LE(automatic.makespan() * 100, fixed.makespan() * 102) << order;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Scaling, testing::ValuesIn(works()),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace tessera::tests
