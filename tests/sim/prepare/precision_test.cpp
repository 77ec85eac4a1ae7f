// What a precision changes in a whole run, and that the register model of the array gives the closed forms' makespan.
#include <gtest/gtest.h>

#include "tests/golden/execution.h"

namespace tessera::tests {
namespace {

Execution at(const std::string& precision, std::vector<std::string> more = {}) {
  more.push_back("precision=" + precision);
  // Rows of whole bursts at one byte already, and one tile at every precision: bytes scale exactly.
  sim::RunArguments arguments = shipped("tiny_8x8", "tiny_cnn", "depth_first", more);
  arguments.model_file.clear();
  arguments.gemm = "64x64x64";
  arguments.overrides.push_back("core.sram.allow_throttle=true");
  arguments.overrides.push_back("tiles=[{pattern: \"*\", m: 64, n: 64, k: 64}]");
  return execute(arguments);
}

arch::FigureUse mac_use(const Execution& e) {
  for (const auto& use : e.summary().energy->run.report.figures)
    if (use.component == arch::Component::pe_array) return use;
  throw std::runtime_error("no MAC was charged");
}

TEST(RunPrecision, BytesFollowTheSizeOfAnOperand) {
  const auto bytes = [](const Execution& e) { return e.summary().dram.read_bytes + e.summary().dram.write_bytes; };
  EXPECT_EQ(bytes(at("bf16")), 2 * bytes(at("int8")));
  EXPECT_EQ(bytes(at("fp32")), 4 * bytes(at("int8")));
}

TEST(RunPrecision, MacEnergyIsThatOfThePrecision) {
  const Execution int8 = at("int8"), bf16 = at("bf16");
  EXPECT_EQ(mac_use(int8).name, "mac.int8");
  EXPECT_EQ(mac_use(bf16).name, "mac.bf16");
  EXPECT_EQ(mac_use(int8).count, mac_use(bf16).count);
  EXPECT_GT(mac_use(bf16).energy, mac_use(int8).energy);
}

std::int64_t busy(const Execution& e) {
  std::int64_t sum = 0;
  for (const auto& core : e.summary().measures.cores) sum += core.array.busy.count();
  return sum;
}

// Where the stream is longer than the load of the next weights (64 rows against 8), the array's time follows the rate.
TEST(RunPrecision, MacRateFollowsTheMachinesTable) {
  const Execution plain = at("int8"), half = at("int8", {"mac_rate.int8=0.5"}), twice = at("int8", {"mac_rate.int8=2"});
  EXPECT_GT(busy(half), busy(plain) * 19 / 10);
  EXPECT_LE(busy(half), busy(plain) * 2);
  EXPECT_LT(busy(twice), busy(plain) * 6 / 10);
  EXPECT_EQ(half.summary().macs, plain.summary().macs);
  for (const Execution* e : {&plain, &half, &twice}) {
    EXPECT_GE(e->summary().makespan, e->summary().bound.time());
    EXPECT_GE(e->summary().makespan, e->summary().bound_network.time());
  }
  EXPECT_EQ(at("bf16", {"mac_rate.int8=2"}).makespan(), at("bf16").makespan());
}

TEST(RunPrecision, RegisterModelHasRateOneOnly) {
  EXPECT_THROW(at("int8", {"mac_rate.int8=2", "core.pe_array.fidelity=detailed"}), std::runtime_error);
}

struct Detail {
  std::string dataflow, network;
};
void PrintTo(const Detail& d, std::ostream* out) { *out << d.network << ' ' << d.dataflow; }

class DetailedRun : public testing::TestWithParam<Detail> {};

TEST_P(DetailedRun, HasTheMakespanOfTheClosedForms) {
  const auto run = [](const std::string& fidelity) {
    const auto& p = GetParam();
    return execute(shipped("tiny_8x8", p.network, "depth_first",
                           {"core.pe_array.dataflow=" + p.dataflow, "core.pe_array.fidelity=" + fidelity,
                            "core.sram.allow_throttle=true"}));
  };
  const Execution closed = run("closed_form"), detailed = run("detailed");
  ASSERT_EQ(closed.run.spec.npu.core.pe_array.fidelity, arch::Fidelity::closed_form);
  ASSERT_EQ(detailed.run.spec.npu.core.pe_array.fidelity, arch::Fidelity::detailed);
  EXPECT_EQ(detailed.makespan(), closed.makespan());
  EXPECT_EQ(detailed.records.size(), closed.records.size());
}

INSTANTIATE_TEST_SUITE_P(
    Dataflows, DetailedRun,
    testing::Values(Detail{"output_stationary", "tiny_cnn"}, Detail{"weight_stationary", "tiny_cnn"},
                    Detail{"input_stationary", "tiny_cnn"}, Detail{"output_stationary", "tiny_residual"},
                    Detail{"weight_stationary", "tiny_mlp"}, Detail{"input_stationary", "tiny_depthwise"}),
    [](const auto& one) { return one.param.dataflow + "_" + one.param.network; });

}  // namespace
}  // namespace tessera::tests
