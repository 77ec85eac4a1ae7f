// What cannot be counted is refused before the run: at the limit a run goes, one above it does not.
#include "sim/prepare/run_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/golden/execution.h"

namespace tessera::tests {
namespace {

using base::Ps;
using testing::HasSubstr;

// The idle power of the default table would end a run earlier.
const std::string kNoIdlePower = "energy.leakage.pe=0 mW";

sim::RunSpec spec_of(std::vector<std::string> overrides) {
  sim::RunArguments arguments = shipped("tiny_8x8", "tiny_cnn", "depth_first", std::move(overrides));
  arguments.model_file.clear();
  arguments.gemm = "8x8x8";
  const auto spec = sim::read_run(arguments);
  if (!spec) throw std::runtime_error(spec.problems().to_string());
  return *spec;
}

std::string refusal(const sim::RunSpec& spec) {
  const auto run = sim::prepare(spec);
  return run ? "" : run.problems().to_string();
}

sim::SimulationResult simulated(const sim::RunSpec& spec) {
  const auto run = sim::prepare(spec);
  if (!run) throw std::runtime_error(run.problems().to_string());
  return *sim::simulate(*run, {});
}

// 2^61 ps / 1e15 ps = 2305.8: 2306 requests, the last at 2305 x 1000 s.
TEST(TimeLimit, OfTheLastArrival) {
  const auto runs = spec_of({kNoIdlePower, "requests.count=2306", "requests.interval=1000 s", "trace.level=off"});
  const auto result = simulated(runs);
  EXPECT_TRUE(result.ok) << result.failure;
  EXPECT_GT(result.summary.makespan, Ps{2'305'000'000'000'000'000});
  EXPECT_LT(result.summary.makespan, Ps{2'305'000'000'010'000'000});
  const auto refused = refusal(spec_of({kNoIdlePower, "requests.count=2307", "requests.interval=1000 s"}));
  EXPECT_THAT(refused, HasSubstr("requests.interval: the last of 2307 requests"));
  EXPECT_THAT(refused, HasSubstr("requests.count"));
  for (const char* count : {"20000", "1000000"})
    EXPECT_NE(refusal(spec_of({std::string("requests.count=") + count, "requests.interval=1000 s"})), "");
}

// 1 W for 1 ps is 1000 fJ: 2^62 fJ last 4,611,686,018,427,387 ps (77 minutes).
TEST(TimeLimit, OfStandingPower) {
  EXPECT_EQ(sim::longest_run({}), sim::kLongestRun);
  arch::EnergyPrices prices;
  arch::StandingPower leakage;
  leakage.units = 4;
  leakage.figure = arch::EnergyFigure{};
  leakage.figure->value = 250'000'000;  // nW
  prices.powers = {leakage};
  EXPECT_EQ(sim::longest_run(prices), Ps{4'611'686'018'427'387});
  const std::vector<std::string> watt{"energy.leakage.core=1000 mW", "requests.interval=1000 s", "trace.level=off"};
  auto few = watt, many = watt;
  few.push_back("requests.count=5");
  many.push_back("requests.count=6");
  const auto result = simulated(spec_of(few));
  EXPECT_TRUE(result.ok) << result.failure;
  EXPECT_NEAR(result.summary.energy->run.report.total_uj(), 4e9, 4e6);
  EXPECT_THAT(refusal(spec_of(many)), HasSubstr("requests.interval: the last of 6 requests"));
}

// The time passes while the run goes on: it fails, and says how far it came.
TEST(TimeLimit, EndsARunThatPassesIt) {
  auto run = *sim::prepare(spec_of({"requests.count=3", "requests.interval=1 us"}));
  run.time_limit = Ps{1'500'000};
  const auto result = *sim::simulate(run, {});
  EXPECT_FALSE(result.ok);
  EXPECT_THAT(result.failure, HasSubstr("simulated time has passed 1500000 ps"));
  EXPECT_EQ(result.summary.makespan, Ps{1'500'000});
}

TEST(TimeLimit, OfTheWorkOfATile) {
  const auto run = [](std::int64_t cycles) {
    auto prepared = *sim::prepare(spec_of({kNoIdlePower}));
    prepared.graph.works[0].latency = base::Cycles{cycles};
    return sim::check_limits(prepared).to_string();
  };
  // 200 MHz: 5000 ps a cycle.
  EXPECT_EQ(run(461'168'601'842'738), "");
  EXPECT_THAT(run(461'168'601'842'739), HasSubstr("operator \"gemm\": one of its tiles takes longer"));
}

TEST(TimeLimit, OfTheWorkOfAllTiles) {
  const auto run = [](std::int64_t cycles) {
    auto prepared = *sim::prepare(spec_of({kNoIdlePower, "requests.count=4"}));
    prepared.graph.works[0].occupancy = base::Cycles{cycles};
    return sim::check_limits(prepared).to_string();
  };
  EXPECT_EQ(run(461'168'601'842'738 / 4), "");
  EXPECT_THAT(run(461'168'601'842'739 / 4 + 1), HasSubstr("requests.count"));
}

// Three units of the host, one scheduler, two channels, one DRAM channel; a core has 3 and its slots.
TEST(UnitLimit, SlotsAndCoresThatRecordsTellApart) {
  const std::vector<std::string> slots{"buffers.input=20", "buffers.weight=20", "buffers.output=21"};
  const auto with = [&](const char* cores, const char* schedulers) {
    auto all = slots;
    all.push_back(std::string("cores=") + cores);
    all.push_back(std::string("npu.scheduler.count=") + schedulers);
    return spec_of(all);
  };
  const auto most = with("1023", "57");
  EXPECT_EQ(sim::unit_count(most.npu, most.schedule), 65'535);
  const auto result = simulated(most);
  EXPECT_TRUE(result.ok) << result.failure;
  EXPECT_THAT(refusal(with("1023", "58")), HasSubstr("are 65536 units; records tell at most 65535 apart"));
  EXPECT_THAT(refusal(with("1024", "1")), HasSubstr("cores: 1024 cores with 20, 20 and 21 slots (buffers)"));
}

TEST(OperatorLimit, IsThatOfRecords) {
  models::Network network;
  network.operators.resize(65'535);
  EXPECT_TRUE(sim::check_limits(spec_of({}), network, sim::kLongestRun).empty());
  network.operators.emplace_back();
  EXPECT_THAT(sim::check_limits(spec_of({}), network, sim::kLongestRun).to_string(), HasSubstr("has 65536 operators"));
}

TEST(MacLimit, KeepsSumsAndEnergyCountable) {
  auto prepared = *sim::prepare(spec_of({"energy.table=none"}));
  prepared.graph.macs = 4'611'686'018'427'387;
  EXPECT_TRUE(sim::check_limits(prepared).empty());
  ++prepared.graph.macs;
  EXPECT_THAT(sim::check_limits(prepared).to_string(), HasSubstr("more than 4611686018427387 multiply-accumulates"));
  prepared.graph.macs = 1'000'000'000;
  prepared.prices.emplace();
  std::int64_t& femtojoules =
      prepared.prices->femtojoules[static_cast<std::size_t>(arch::mac_event(arch::Precision::int8))];
  femtojoules = 4'611'686'018;
  EXPECT_TRUE(sim::check_limits(prepared).empty());
  femtojoules = 4'611'686'019;
  EXPECT_THAT(sim::check_limits(prepared).to_string(), HasSubstr("energy.table"));
}

// A request has no tiles to speak of: their number times the requests is judged before they are made.
TEST(TileLimit, OfAllRequests) {
  sim::RunSpec spec = spec_of({"requests.count=1000000"});
  spec.model.gemm = models::GemmShape{4096, 64, 4096};
  spec.limits = {std::int64_t{1} << 50, std::int64_t{1} << 60};
  EXPECT_THAT(refusal(spec), HasSubstr("no run may have more than 536,870,912 tiles"));
}

}  // namespace
}  // namespace tessera::tests
