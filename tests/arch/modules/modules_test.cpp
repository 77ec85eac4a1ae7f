// The SystemC shells, each against a scripted neighbour: when things end, what is reported at one instant, and that
// running ahead changes nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <tuple>
#include <vector>

#include "arch/modules/dma.h"
#include "arch/modules/memory_system.h"
#include "arch/modules/pe_array.h"
#include "arch/modules/sram.h"
#include "arch/modules/vector_unit.h"
#include "sim/kernel/context.h"

namespace tessera::arch {
namespace {

using base::Ps;

// What was reported, and when.
struct Report {
  Ps time;
  char what;         // c compute, r result, v vector, t transfer
  std::uint32_t id;  // core, tile or transfer
  Ps conflict{0}, trace_wait{0};
  friend auto operator<=>(const Report&, const Report&) = default;
};

class Listener : public sc_core::sc_module, public CompletionIf {
 public:
  explicit Listener(sc_core::sc_module_name name) : sc_module(name) {}
  void compute_done(std::uint32_t core, Ps conflict, Ps trace_wait) override {
    reports.push_back({sim::now(), 'c', core, conflict, trace_wait});
  }
  void result_done(std::uint32_t, std::uint32_t tile) override { reports.push_back({sim::now(), 'r', tile}); }
  void vector_done(std::uint32_t core, base::Ps) override { reports.push_back({sim::now(), 'v', core}); }
  void transfer_done(const TransferDone& done) override { reports.push_back({sim::now(), 't', done.id}); }
  std::vector<Report> reports;
};

// Calls a function at given times.
class Script : public sc_core::sc_module {
 public:
  explicit Script(sc_core::sc_module_name name) : sc_module(name) {
    SC_HAS_PROCESS(Script);
    SC_METHOD(wake);
  }
  void at(Ps t, std::function<void()> what) { steps_.push_back({t, std::move(what)}); }

 private:
  struct Step {
    Ps time;
    std::function<void()> what;
  };
  void wake() {
    while (next_ < steps_.size() && steps_[next_].time <= sim::now()) steps_[next_++].what();
    if (next_ < steps_.size()) next_trigger(sim::to_sc_time(steps_[next_].time - sim::now()));
  }
  std::vector<Step> steps_;
  std::size_t next_ = 0;
};

SramSpec sram_spec(BankArrangement arrangement) {
  SramSpec s;
  for (auto* region : {&s.input, &s.weight, &s.output}) {
    region->capacity = Bytes{4096};
    region->banks = 2;
    region->ports = 1;
    region->bytes_per_cycle = Bytes{64};
    region->arrangement = arrangement;
  }
  return s;
}

constexpr std::int64_t kTwoSlots[3] = {2, 2, 2};

class PeArrayModule : public testing::Test {
 protected:
  void build(BankArrangement arrangement) {
    listener = std::make_unique<Listener>("listener");
    script = std::make_unique<Script>("script");
    sram = std::make_unique<Sram>("sram", sram_spec(arrangement), kTwoSlots);
    array = std::make_unique<PeArray>("array", 0, base::Clock::from_hz(1'000'000'000));
    array->sram.bind(*sram);
    array->completion.bind(*listener);
    work.occupancy = base::Cycles{100};
    work.latency = base::Cycles{130};
    work.input_reads = 6400;  // 64 bytes in each of the 100 cycles: the port is full
  }
  void TearDown() override {
    array.reset();
    sram.reset();
    script.reset();
    listener.reset();
  }
  sim::Context context;
  std::unique_ptr<Listener> listener;
  std::unique_ptr<Script> script;
  std::unique_ptr<Sram> sram;
  std::unique_ptr<PeArray> array;
  ArrayWork work;
};

TEST_F(PeArrayModule, ReportsOccupancyEndAndLastResult) {
  build(BankArrangement::separate);
  script->at(Ps{2'500}, [&] { array->start({7, Ps{3'000}, &work, {0, 0, 0}}); });
  context.run();
  const std::vector<Report> expected{{Ps{103'000}, 'c', 0}, {Ps{133'000}, 'r', 7}};
  EXPECT_EQ(listener->reports, expected);
}

TEST_F(PeArrayModule, NextTileStartsUnderTheDrain) {
  build(BankArrangement::separate);
  script->at(Ps{0}, [&] { array->start({1, Ps{0}, &work, {0, 0, 0}}); });
  script->at(Ps{101'000}, [&] { array->start({2, Ps{101'000}, &work, {1, 0, 0}}); });
  context.run();
  const std::vector<Report> expected{
      {Ps{100'000}, 'c', 0}, {Ps{130'000}, 'r', 1}, {Ps{201'000}, 'c', 0}, {Ps{231'000}, 'r', 2}};
  EXPECT_EQ(listener->reports, expected);
}

TEST_F(PeArrayModule, DmaIntoTheOtherSlotsBanksCostsNothing) {
  build(BankArrangement::separate);
  script->at(Ps{0}, [&] { array->start({1, Ps{0}, &work, {0, 0, 0}}); });
  script->at(Ps{50'000}, [&] { sram->dma_access(sim::now(), 0, 1, 0, 640); });
  context.run();
  EXPECT_EQ(listener->reports.front(), (Report{Ps{100'000}, 'c', 0}));
}

TEST_F(PeArrayModule, DmaOnTheSameBanksProlongsTheTileAndMovesTheResult) {
  build(BankArrangement::interleaved);
  script->at(Ps{0}, [&] { array->start({1, Ps{0}, &work, {0, 0, 0}}); });
  // 640 bytes over two banks of 32 bytes: ten accesses each.
  script->at(Ps{50'000}, [&] { sram->dma_access(sim::now(), 0, 1, 0, 640); });
  // Arrives during the extension and adds three more.
  script->at(Ps{105'000}, [&] { sram->dma_access(sim::now(), 0, 1, 0, 192); });
  // At the very end of the second extension: too late to count.
  script->at(Ps{113'000}, [&] { sram->dma_access(sim::now(), 0, 1, 0, 640); });
  context.run();
  const std::vector<Report> expected{{Ps{113'000}, 'c', 0, Ps{13'000}}, {Ps{143'000}, 'r', 1}};
  EXPECT_EQ(listener->reports, expected);
}

// 100 cycles, all of them full of the tile's own accesses. The DMA takes 10 accesses of each bank every 5 ns, without
// end: the tile lasts 200 cycles, during which (accesses at 5, 10, ..., 195 ns) the DMA counted 390. 100 + 390 - 200
// cycles of it are left behind.
TEST_F(PeArrayModule, ConflictsAtMostDoubleATile) {
  build(BankArrangement::interleaved);
  script->at(Ps{0}, [&] { array->start({1, Ps{0}, &work, {0, 0, 0}}); });
  for (std::int64_t ns = 5; ns <= 1000; ns += 5)
    script->at(Ps{ns * 1000}, [&] { sram->dma_access(sim::now(), 0, 1, 0, 640); });
  context.run();
  const std::vector<Report> expected{{Ps{200'000}, 'c', 0, Ps{100'000}}, {Ps{230'000}, 'r', 1}};
  EXPECT_EQ(listener->reports, expected);
  EXPECT_EQ(array->left_behind(), base::Cycles{290});
}

// A tile whose own accesses need 150 cycles of a throttled port lasts 150 cycles alone, and 300 at most.
TEST_F(PeArrayModule, AThrottledTileAtMostDoublesItsThrottledTime) {
  build(BankArrangement::interleaved);
  work.input_reads = 9600;
  script->at(Ps{0}, [&] { array->start({1, Ps{0}, &work, {0, 0, 0}}); });
  script->at(Ps{50'000}, [&] { sram->dma_access(sim::now(), 0, 1, 0, 64 * 149); });
  script->at(Ps{400'000}, [&] { array->start({2, Ps{400'000}, &work, {0, 0, 0}}); });
  script->at(Ps{450'000}, [&] { sram->dma_access(sim::now(), 0, 1, 0, 64 * 160); });
  context.run();
  const std::vector<Report> expected{{Ps{299'000}, 'c', 0, Ps{199'000}},
                                     {Ps{329'000}, 'r', 1},
                                     {Ps{700'000}, 'c', 0, Ps{200'000}},
                                     {Ps{730'000}, 'r', 2}};
  EXPECT_EQ(listener->reports, expected);
  EXPECT_EQ(array->left_behind(), base::Cycles{10});
}

TEST(VectorUnitModule, EndsAfterItsCycles) {
  sim::Context context;
  {
    Listener listener("listener");
    VectorUnit unit("unit", 3, base::Clock(1500, 1));
    Script script("script");
    unit.completion.bind(listener);
    script.at(Ps{10}, [&] { unit.start(Ps{1500}, base::Cycles{4}); });
    context.run();
    EXPECT_EQ(listener.reports, (std::vector<Report>{{Ps{7500}, 'v', 3}}));
  }
}

NpuSpec memory_machine() {
  NpuSpec s;
  s.core_clock = s.dram_clock = Clock::from_hz(1'000'000'000);
  s.interconnect_clock = Clock(1250, 1);
  s.dma.channels.resize(3);
  s.dma.outstanding = 8;
  s.dram.channels = 2;
  s.dram.simple = {.bytes_per_second = 10'000'000'000, .latency = Ps{70'000}};
  return s;
}

// Submits transfers at times that fall on, before and behind completions; returns everything reported.
std::vector<Report> memory_run(EngineMode mode, unsigned seed) {
  sim::Context context;
  const auto spec = memory_machine();
  TransferEngine engine(spec, dram_limits(spec.dram), make_memory(spec), nullptr);
  Listener listener("listener");
  Script script("script");
  MemorySystem memory("memory", engine, mode);
  Dma dma("dma", engine);
  memory.completion.bind(listener);
  dma.memory_system.bind(memory);
  std::mt19937 random(seed);
  Ps t{0};
  for (std::uint32_t i = 0; i < 60; ++i) {
    TransferRequest r;
    r.id = i;
    r.write = random() % 3 == 0;
    r.channel = static_cast<std::uint16_t>(random() % 3);
    r.where = {.base = static_cast<std::int64_t>(random() % 65536),
               .run_bytes = 1 + static_cast<std::int64_t>(random() % 4000)};
    r.bytes = moved_bytes(r.where, 64);
    if (random() % 2 == 0) t += Ps{static_cast<std::int64_t>(random() % 300) * 1250};
    script.at(t, [&dma, r] { dma.submit(r); });
  }
  context.run();
  return listener.reports;
}

TEST(MemorySystemModule, RunningAheadEqualsSteppingThroughEveryInstant) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    const auto ahead = memory_run(EngineMode::run_ahead, seed);
    ASSERT_EQ(ahead.size(), 60U);
    EXPECT_EQ(ahead, memory_run(EngineMode::stepwise, seed));
  }
}

TEST(ContextTest, TheCallersKernelStandsAside) {
  const sc_core::sc_time latency(80, sc_core::SC_NS);  // makes one where there is none
  const auto* const own = sc_core::sc_get_curr_simcontext();
  {
    sim::Context context;
    EXPECT_NE(sc_core::sc_get_curr_simcontext(), own);
    EXPECT_EQ(latency, sc_core::sc_time(80, sc_core::SC_NS));
  }
  EXPECT_EQ(sc_core::sc_get_curr_simcontext(), own);
}

TEST(ContextTest, ManyRunsInOneProcess) {
  for (int i = 0; i < 200; ++i) {
    sim::Context context;
    Listener listener("listener");
    VectorUnit unit("unit", 0, base::Clock(1000, 1));
    Script script("script");
    unit.completion.bind(listener);
    script.at(Ps{5}, [&] { unit.start(Ps{1000}, base::Cycles{1}); });
    context.run();
    ASSERT_EQ(listener.reports.size(), 1U);
    ASSERT_EQ(listener.reports[0].time, Ps{2000});
  }
}

}  // namespace
}  // namespace tessera::arch
