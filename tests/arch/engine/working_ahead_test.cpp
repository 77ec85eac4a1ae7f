// A memory that works ahead between the engine's instants changes no time: the same transfers through the same DRAM,
// with and without.
#include <gtest/gtest.h>

#include <random>

#include "arch/dram/bank_state_memory.h"
#include "arch/engine/transfer_engine.h"

namespace tessera::arch {
namespace {

using base::Ps;

// The memory inside, which is not told that it may work ahead.
class PatientMemory final : public Memory {
 public:
  explicit PatientMemory(std::unique_ptr<Memory> inside) : inside_(std::move(inside)) {}
  void submit(const MemoryRequest& request) override { inside_->submit(request); }
  [[nodiscard]] Ps next() const override { return inside_->next(); }
  void advance(Ps until, std::vector<MemoryAnswer>& answers) override { inside_->advance(until, answers); }
  [[nodiscard]] MemoryStatistics statistics() const override { return inside_->statistics(); }

 private:
  std::unique_ptr<Memory> inside_;
};

NpuSpec machine(const std::string& standard, std::int64_t noc_latency) {
  NpuSpec s;
  s.core_clock = s.interconnect_clock = Clock::from_hz(940'000'000);
  s.dma.channels.resize(4);
  s.dma.max_packet = Bytes{512};
  s.dma.outstanding = 48;
  s.interconnect.bytes_per_cycle = 64;
  s.interconnect.latency = Cycles{noc_latency};
  s.interconnect.full_duplex = noc_latency != 7;
  s.dram.kind = DramSpec::Kind::bank_state;
  s.dram.bank_state.standard = standard;
  s.dram.channels = 4;
  s.dram.interleave = Bytes{512};
  s.dram.burst = Bytes{find_dram_standard(standard).value().burst_bytes};
  return s;
}

// Ends of the transfers of a random run, and what DRAM counted.
struct Outcome {
  std::vector<std::pair<std::uint32_t, Ps>> ends;
  MemoryStatistics memory;
  std::int64_t instants = 0;
};

Outcome run(const NpuSpec& spec, bool works_ahead, unsigned seed) {
  std::mt19937 random(seed);
  std::unique_ptr<Memory> memory = std::make_unique<BankStateMemory>(spec.dram);
  if (!works_ahead) memory = std::make_unique<PatientMemory>(std::move(memory));
  TransferEngine engine(spec, dram_limits(spec.dram), std::move(memory), nullptr);
  Outcome outcome;
  const auto take = [&](Ps horizon) {
    for (Ps t = engine.run(horizon); t != base::kNever; t = engine.run(horizon)) {
      for (const auto& d : engine.done()) outcome.ends.emplace_back(d.id, t);
      engine.done().clear();
    }
  };
  std::int64_t now = 0;
  for (std::uint32_t id = 0; id < 300; ++id) {
    now += static_cast<std::int64_t>(random() % 400'000);
    take(Ps{now});
    TransferRequest r;
    r.id = id;
    r.write = random() % 3 == 0;
    r.channel = static_cast<std::uint16_t>(random() % 4);
    r.where = {.base = static_cast<std::int64_t>(random() % 4096) * 512,
               .run_bytes = 64 * (1 + static_cast<std::int64_t>(random() % 64))};
    r.bytes = moved_bytes(r.where, spec.dram.burst.count());
    engine.submit(Ps{now}, r);
  }
  take(base::kNever);
  outcome.memory = engine.memory().statistics();
  outcome.instants = engine.statistics().events;
  return outcome;
}

class WorkingAhead : public testing::TestWithParam<std::tuple<std::string, int>> {};

TEST_P(WorkingAhead, ChangesNoTime) {
  const auto [standard, noc_latency] = GetParam();
  const auto spec = machine(standard, noc_latency);
  for (unsigned seed = 1; seed <= 4; ++seed) {
    const auto ahead = run(spec, true, seed), patient = run(spec, false, seed);
    ASSERT_EQ(ahead.ends.size(), 300u);
    EXPECT_EQ(ahead.ends, patient.ends) << "seed " << seed;
    EXPECT_EQ(ahead.memory.activates, patient.memory.activates);
    EXPECT_EQ(ahead.memory.row_hits, patient.memory.row_hits);
    EXPECT_EQ(ahead.memory.read_latency, patient.memory.read_latency);
    if (noc_latency > 0) {
      EXPECT_LT(2 * ahead.instants, patient.instants);  // it does work ahead
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Standards, WorkingAhead,
                         testing::Combine(testing::Values("DDR4-3200", "LPDDR5-6400", "HBM2-2000", "LPDDR4-3200"),
                                          testing::Values(0, 7, 30)),
                         [](const auto& tested) {
                           auto name = std::get<0>(tested.param);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name + "_latency_" + std::to_string(std::get<1>(tested.param));
                         });

}  // namespace
}  // namespace tessera::arch
