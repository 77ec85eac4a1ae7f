// What doubling a part of the machine does to the makespan, and what the automatic loop order reads.
//
// Every run: single operators and small networks on edge_8tops, each key at half of the machine's value (where that is
// a whole number), at the value and at twice of it: 1, 2 and 4 slots. A step costs at most 1 %, of memory channels 2 %:
// there the same runs fall on them otherwise. kKnown names the two steps that cost more.
//
// With TESSERA_SCALING set, `EveryMachine` takes six machines and larger networks besides. There steps above 1 % remain
// (docs/semantics.md 3.20): it prints each, and fails where they become more than it knows of.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

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
constexpr const char* kMachines[] = {"edge_8tops",   "edge_shared_sram", "gemmini_16x16",
                                     "many_core_64", "tiny_8x8",         "tpu_4x128"};

sim::RunArguments arguments_of(const Work& work, const std::string& machine, std::vector<std::string> overrides) {
  auto arguments = shipped(machine, work.network != nullptr ? work.network : "", "lookahead", std::move(overrides));
  if (work.network == nullptr) arguments.model_file.clear();
  if (work.gemm != nullptr) arguments.gemm = work.gemm;
  if (work.conv != nullptr) arguments.conv = work.conv;
  return arguments;
}

Execution run(const Work& work, const std::string& machine, const std::vector<std::string>& overrides,
              const std::string& policy = "lookahead") {
  auto arguments = arguments_of(work, machine, overrides);
  arguments.policy = policy;
  return execute(arguments);
}

// A key whose doubling is more hardware, and what a machine has of it.
struct Key {
  const char *name, *unit;
  std::int64_t (*of)(const sim::RunSpec&);
  std::int64_t percent = 1;  // that a step may cost
};
const Key kPath[] = {
    {"cores", "", [](const sim::RunSpec& s) { return s.npu.cores; }},
    {"dma.channels", "", [](const sim::RunSpec& s) { return static_cast<std::int64_t>(s.npu.dma.channels.size()); }},
    {"dma.outstanding", "", [](const sim::RunSpec& s) { return s.npu.dma.outstanding; }},
    {"dram.channels", "", [](const sim::RunSpec& s) { return s.npu.dram.channels; }, 2},
    {"interconnect.bytes_per_cycle", " B/cycle",
     [](const sim::RunSpec& s) { return s.npu.interconnect.bytes_per_cycle; }},
};
const Key kCapacities[] = {
    {"core.sram.input.capacity", " B", [](const sim::RunSpec& s) { return s.npu.core.sram.input.capacity.count(); }},
    {"core.sram.weight.capacity", " B", [](const sim::RunSpec& s) { return s.npu.core.sram.weight.capacity.count(); }},
    {"core.sram.output.capacity", " B", [](const sim::RunSpec& s) { return s.npu.core.sram.output.capacity.count(); }},
};
const Key kSlots[] = {
    {"buffers.input", "", [](const sim::RunSpec&) { return std::int64_t{2}; }},
    {"buffers.weight", "", [](const sim::RunSpec&) { return std::int64_t{2}; }},
    {"buffers.output", "", [](const sim::RunSpec&) { return std::int64_t{2}; }},
};

// Steps above that, and what they may cost: measured, rounded up.
struct KnownStep {
  std::string_view work, set;
  std::int64_t percent;
};
constexpr KnownStep kKnown[] = {
    // Lookahead gains more on the smaller machine: 1.5 % against 0.6 % of what it took before it planned in a model.
    {"tiny_residual", "dma.outstanding=64", 2},  // 1.8 %
    // Other tiles, with which both policies together gain: depth_first 2.1 %.
    {"pointwise", "buffers.output=4", 2},  // 1.4 %
};

struct Step {
  std::string what;
  std::int64_t before, after;  // makespans in ps
  std::string set;
  [[nodiscard]] bool costs(std::int64_t percent) const { return after * 100 > before * (100 + percent); }
};

// Half of a key's value, the value and twice of it.
std::vector<Step> steps(const Work& work, const std::string& machine, const Key& key) {
  const auto spec = sim::read_run(arguments_of(work, machine, {}));
  if (!spec) throw std::runtime_error(spec.problems().to_string());
  const std::int64_t usual = key.of(*spec);
  std::vector<Step> all;
  std::int64_t before = 0;
  for (const std::int64_t value : {usual / 2, usual, usual * 2}) {
    if (value == 0 || (value < usual && usual % 2 != 0)) continue;
    const std::string set = std::string(key.name) + "=" + std::to_string(value) + key.unit;
    const std::int64_t now = run(work, machine, {set}).makespan();
    if (before != 0) all.push_back({machine + ", " + work.name + ", up to " + set, before, now, set});
    before = now;
  }
  return all;
}

class Scaling : public testing::TestWithParam<Work> {
 protected:
  template <class Keys>
  static void costs_nothing(const Keys& keys) {
    for (const Key& key : keys)
      for (const Step& step : steps(GetParam(), "edge_8tops", key)) {
        const auto* known = std::ranges::find_if(
            kKnown, [&](const KnownStep& k) { return k.work == GetParam().name && k.set == step.set; });
        EXPECT_FALSE(step.costs(known == std::end(kKnown) ? key.percent : known->percent))
            << step.what << ": " << step.before << " -> " << step.after << " ps";
      }
  }
};

TEST_P(Scaling, CoresChannelsAndPacketsCostNothing) { costs_nothing(kPath); }
TEST_P(Scaling, LargerRegionsCostNothing) { costs_nothing(kCapacities); }
TEST_P(Scaling, MoreSlotsCostNothing) { costs_nothing(kSlots); }

// 1 % in the rehearsal (3.8), 2 % in a run in the order of the loops. A policy that looks ahead may find blocks in
// slots that the order itself would have lost. Where the engine decides (3.20), time alone counts: here it does not.
TEST_P(Scaling, AutomaticLoopOrderReadsNoMoreThanTheBestFixedOne) {
  for (const char* machine : kMachines) {
    const auto reads = [&](const char* order) {
      auto arguments = arguments_of(GetParam(), machine, {std::string("loop_order=") + order});
      arguments.policy = "depth_first";
      const auto rehearsed = sim::prepare(*sim::read_run(arguments));
      return sim::simulate(*rehearsed, {})->summary.dram.read_bytes;
    };
    EXPECT_LE(reads("auto") * 100, std::min(reads("bgnm"), reads("bgmn")) * 102) << machine;
  }
}

TEST_P(Scaling, AutomaticLoopOrderIsHardlySlowerThanTheBestFixedOne) {
  const auto time = [&](const char* order) {
    return run(GetParam(), "edge_8tops", {std::string("loop_order=") + order}).makespan();
  };
  EXPECT_LE(time("auto") * 100, std::min(time("bgnm"), time("bgmn")) * 102);
}

INSTANTIATE_TEST_SUITE_P(All, Scaling, testing::ValuesIn(kSmall),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(EveryMachine, FewStepsCostAnything) {
  if (std::getenv("TESSERA_SCALING") == nullptr) GTEST_SKIP() << "TESSERA_SCALING is not set";
  int tried = 0, dear = 0;
  const auto count = [&](const Work& work, const char* machine, const auto& keys) {
    for (const Key& key : keys)
      for (const Step& step : steps(work, machine, key)) {
        ++tried;
        if (!step.costs(1)) continue;
        ++dear;
        std::cout << step.what << ": " << step.before << " -> " << step.after << " ps\n";
      }
  };
  for (const char* machine : kMachines)
    for (const auto& works : {std::span<const Work>(kSmall), std::span<const Work>(kLarge)})
      for (const Work& work : works) {
        count(work, machine, kPath);
        count(work, machine, kCapacities);
        count(work, machine, kSlots);
      }
  std::cout << dear << " of " << tried << " steps cost more than 1 %\n";
  EXPECT_LE(dear * 100, tried * 6);
}

}  // namespace
}  // namespace tessera::tests
