#include "arch/energy/report.h"

#include <gmock/gmock.h>

#include "tests/arch/energy/example_machine.h"

namespace tessera::arch {
namespace {

TEST(EnergyReport, WorkedOutByHand) {
  EnergyCounts c;
  c.window = base::Ps{1'000'000};  // 1 us
  c[mac_event(Precision::int8)] = 1000;
  c[vector_add_event(Precision::int8)] = 10;
  c[sram_event(0, SramUser::array, false)] = 64;
  c[sram_event(2, SramUser::array, true)] = 32;
  c[Event::interconnect] = 128;
  c[Event::dram_read] = 128;
  c[Event::dram_activate] = 2;
  c[Event::dram_refresh] = 1;
  const EnergyReport r = energy_of(c, price(example_machine()));
  EXPECT_EQ(fj(r.components, Component::pe_array), 500'000);
  EXPECT_EQ(fj(r.components, Component::vector_unit), 100);
  EXPECT_EQ(fj(r.components, Component::sram_input), 64'000);
  EXPECT_EQ(fj(r.components, Component::sram_output), 192'000);
  EXPECT_EQ(fj(r.components, Component::interconnect), 512'000);
  EXPECT_EQ(fj(r.components, Component::dram_read), 5'120'000);
  EXPECT_EQ(fj(r.components, Component::dram_activate), 3'000'000);
  EXPECT_EQ(fj(r.components, Component::dram_refresh), 20'000'000);
  EXPECT_EQ(fj(r.components, Component::dram_background), 20'000'000);  // 2 channels x 10 mW x 1 us
  EXPECT_EQ(fj(r.components, Component::leakage), 6'000'000);           // 2 cores x 3 mW x 1 us
  EXPECT_EQ(r.total.count(), 55'388'100);
  EXPECT_EQ(r.idle().count(), 46'000'000);  // leakage, background and refresh
  EXPECT_EQ(r.dynamic().count(), 9'388'100);
  EXPECT_DOUBLE_EQ(r.average_mw(), 55.3881);
  EXPECT_DOUBLE_EQ(r.idle_mw(), 46.0);
  EXPECT_DOUBLE_EQ(r.total_uj(), 0.0553881);
}

TEST(EnergyReport, ComponentsAndFiguresAddUpToTheTotal) {
  EnergyCounts c;
  c.window = base::Ps{123'457};
  for (int i = 0; i < kEventCount; ++i) c[static_cast<Event>(i)] = 1'000'003 * (i + 1) % 77'777;
  const EnergyReport r = energy_of(c, price(example_machine()));
  Femtojoules components{0}, figures{0};
  for (const Femtojoules e : r.components) components += e;
  for (const FigureUse& f : r.figures) figures += f.energy;
  EXPECT_GT(r.total.count(), 0);
  EXPECT_EQ(components, r.total);
  EXPECT_EQ(figures, r.total);
  EXPECT_EQ(r.idle() + r.dynamic(), r.total);
}

TEST(EnergyReport, SaysWhatHadNoFigure) {
  EnergyCounts c;
  c[mac_event(Precision::bf16)] = 5;
  const EnergyReport r = energy_of(c, price(example_machine()));
  EXPECT_THAT(r.unpriced, testing::ElementsAre("mac.bf16", "leakage.uncore"));
  EXPECT_EQ(r.total.count(), 0);
}

TEST(EnergyReport, CommandsWithoutFigureAreInsideTheBytes) {
  NpuSpec s = example_machine();
  s.dram.bank_state.standard = "Busy";
  EnergyCounts c;
  c[Event::dram_read] = 1;
  c[Event::dram_refresh] = c[Event::dram_activate] = 3;
  EXPECT_THAT(energy_of(c, price(s)).unpriced, testing::ElementsAre("leakage.uncore"));
  s.dram.bank_state.standard = "LPDDR5-6400";
  EXPECT_THAT(energy_of(c, price(s)).unpriced,
              testing::ElementsAre("dram.read", "dram.activate", "dram.refresh", "leakage.uncore"));
}

TEST(EnergyReport, NamesFiguresThatNobodyStandsBehind) {
  NpuSpec s = example_machine();
  s.energy.figures = {{"leakage.uncore", 1'000'000}};
  EnergyCounts c;
  c[mac_event(Precision::int8)] = c[Event::interconnect] = 1;
  const EnergyReport r = energy_of(c, price(s));
  EXPECT_THAT(r.unsourced(), testing::ElementsAre("interconnect", "leakage.uncore"));
  EXPECT_EQ(r.figures[0].name, "mac.int8");
  EXPECT_EQ(r.figures[0].figure.source, "s");
  EXPECT_EQ(r.figures[0].figure.confidence, Confidence::verified);
}

TEST(EnergyReport, EmptyWindowHasNoPower) { EXPECT_EQ(energy_of({}, price(example_machine())).average_mw(), 0); }

TEST(Apportion, PartsAddUpExactly) {
  for (const std::int64_t total : {0LL, 1LL, 7LL, 1'000'000'007LL, 4'000'000'000'000'000'000LL}) {
    const auto parts = apportion(total, {3, 0, 5, 1, 1, 999});
    std::int64_t sum = 0;
    for (const auto p : parts) sum += p;
    EXPECT_EQ(sum, total);
    EXPECT_EQ(parts[1], 0);
  }
  EXPECT_EQ(apportion(10, {1, 3, 1}), (std::vector<std::int64_t>{2, 6, 2}));
  EXPECT_EQ(apportion(10, {0, 0}), (std::vector<std::int64_t>{0, 0}));
}

}  // namespace
}  // namespace tessera::arch
