#include "arch/energy/prices.h"

#include <gmock/gmock.h>

#include <set>
#include <string>

#include "arch/energy/report.h"
#include "arch/spec/npu_reader.h"
#include "tests/arch/energy/example_machine.h"

namespace tessera::arch {
namespace {

TEST(Prices, ComeFromTheTableAtTheMachinesSizes) {
  const EnergyPrices p = price(example_machine());
  EXPECT_EQ(fj(p, mac_event(Precision::int8)), 500);
  EXPECT_EQ(fj(p, mac_event(Precision::fp16)), 2000);
  EXPECT_EQ(fj(p, sram_event(0, SramUser::array, false)), 1000);
  EXPECT_EQ(fj(p, sram_event(0, SramUser::dma, true)), 2000);
  EXPECT_EQ(fj(p, sram_event(2, SramUser::vector_unit, false)), 3000);
  EXPECT_EQ(fj(p, Event::interconnect), 4000);
  EXPECT_EQ(fj(p, Event::dram_read), 40'000);
  EXPECT_EQ(fj(p, Event::dram_write), 48'000);
  EXPECT_EQ(fj(p, Event::dram_activate), 1'500'000);
}

TEST(Prices, OfABankNotOfTheRegion) {
  NpuSpec s = example_machine();
  s.core.sram.input.banks = 1;  // 32 KiB: half way in log between 16 and 64 KiB, 1 and 3 pJ
  EXPECT_EQ(fj(price(s), sram_event(0, SramUser::array, false)), 1732);
}

TEST(Prices, WhatTheTableLacksIsNotZeroButMissing) {
  const EnergyPrices p = price(example_machine());
  EXPECT_FALSE(p.figures[static_cast<std::size_t>(mac_event(Precision::bf16))]);
  EXPECT_TRUE(p.figures[static_cast<std::size_t>(mac_event(Precision::int8))]);
}

TEST(Prices, TheUsersFigureGoesFirst) {
  NpuSpec s = example_machine();
  s.energy.figures = {{"mac.int8", 80'000}, {"dram_figures.refresh", 5'000'000}, {"leakage.uncore", 7'000'000}};
  const EnergyPrices p = price(s);
  const auto& f = *p.figures[static_cast<std::size_t>(mac_event(Precision::int8))];
  EXPECT_EQ(f.femtojoules(), 80);
  EXPECT_EQ(f.confidence, Confidence::user);
  EXPECT_EQ(f.source, "energy.mac.int8 of the machine's file");
  EXPECT_EQ(fj(p, Event::dram_refresh), 5'000);
  EXPECT_EQ(p.powers.back().name, "dram.background");
  EXPECT_EQ(p.powers[1].figure->value, 7'000'000);
}

NpuSpec machine_of_64_pes() {  // two cores of 4 x 8
  NpuSpec s = example_machine();
  s.core.pe_array.rows = 4;
  s.core.pe_array.columns = 8;
  return s;
}

Femtojoules leakage_of_a_microsecond(const EnergyPrices& prices) {
  EnergyCounts nothing;
  nothing.window = base::Ps{1'000'000};
  const EnergyReport r = energy_of(nothing, prices);
  EXPECT_THAT(r.unpriced, testing::IsEmpty());
  return r.components[static_cast<std::size_t>(Component::leakage)];
}

// 64 PEs x 0.5 mW x 1 us = 32 nJ; 7 mW of uncore that the user gives beside it add 7 nJ.
TEST(Prices, IdlePowerOfAPeStandsForTheWholeChip) {
  NpuSpec s = machine_of_64_pes();
  s.energy.figures = {{"leakage.pe", 500'000}};
  EXPECT_EQ(leakage_of_a_microsecond(price(s)).count(), 32'000'000);
  s.energy.figures["leakage.uncore"] = 7'000'000;
  EXPECT_EQ(leakage_of_a_microsecond(price(s)).count(), 39'000'000);
  s.energy.figures = {{"leakage.pe", 0}};
  EXPECT_EQ(leakage_of_a_microsecond(price(s)).count(), 0) << "may be switched off";
}

// The table's 3 mW a core go before its figure for a PE; the user's figure for a core before both.
TEST(Prices, IdlePowerOfACoreIsMorePreciseThanThatOfAPe) {
  EnergyTable table = example_table();
  table.figures["leakage.pe"] = table.figures["leakage.core"];
  table.figures["leakage.uncore"] = table.figures["leakage.core"];
  NpuSpec s = machine_of_64_pes();
  EXPECT_EQ(leakage_of_a_microsecond(*price_machine(s, table)).count(), 9'000'000);
  table.figures.erase("leakage.core");
  EXPECT_EQ(leakage_of_a_microsecond(*price_machine(s, table)).count(), 192'000'000);
  s.energy.figures = {{"leakage.core", 1'000'000}};
  EXPECT_EQ(leakage_of_a_microsecond(*price_machine(s, table)).count(), 5'000'000);
}

TEST(Prices, TwoFiguresForTheIdlePowerOfACoreAreAnError) {
  NpuSpec s = machine_of_64_pes();
  s.energy.figures = {{"leakage.pe", 1}, {"leakage.core", 1}};
  const auto p = price_machine(s, example_table());
  ASSERT_FALSE(p.ok());
  EXPECT_THAT(p.problems().to_string(),
              testing::HasSubstr("energy.leakage.pe has no effect beside energy.leakage.core: give one of them"));
}

TEST(Prices, OneFigurePerBitStandsForAll) {
  NpuSpec s = example_machine();
  s.energy.dram = "Whole";
  const EnergyPrices p = price(s);
  EXPECT_EQ(fj(p, Event::dram_read), 64'000);
  EXPECT_EQ(fj(p, Event::dram_write), 64'000);
  EXPECT_EQ(fj(p, Event::dram_activate), 0);
  for (const StandingPower& power : p.powers) EXPECT_NE(power.component, Component::dram_background);
}

TEST(Prices, TheUsersBitReplacesTheParts) {
  NpuSpec s = example_machine();
  s.energy.figures = {{"dram_figures.bit", 8'000'000}};
  const EnergyPrices p = price(s);
  EXPECT_EQ(fj(p, Event::dram_read), 8'000);
  EXPECT_FALSE(p.figures[static_cast<std::size_t>(Event::dram_activate)]);
}

TEST(Prices, AStandardWithoutSectionIsUnpricedAndANamedOneAnError) {
  NpuSpec s = example_machine();
  s.dram.bank_state.standard = "LPDDR5-6400";
  EXPECT_FALSE(price(s).figures[static_cast<std::size_t>(Event::dram_read)]);
  s.energy.dram = "Prats";
  const auto p = price_machine(s, example_table());
  ASSERT_FALSE(p.ok());
  EXPECT_THAT(
      p.problems().to_string(),
      testing::HasSubstr(
          "energy.dram: unknown memory \"Prats\", did you mean \"Parts\"? (table example has: Busy, Parts, Whole)"));
}

TEST(Prices, EveryEventHasANameOfItsOwnAndAComponent) {
  std::set<std::string> names;
  for (int i = 0; i < kEventCount; ++i) names.insert(name_of(static_cast<Event>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kEventCount));
  EXPECT_EQ(name_of(mac_event(Precision::fp32)), "mac.fp32");
  EXPECT_EQ(name_of(sram_event(1, SramUser::dma, true)), "sram.weight.dma_write");
  EXPECT_EQ(component_of(sram_event(1, SramUser::dma, true)), Component::sram_weight);
  EXPECT_EQ(component_of(vector_multiply_event(Precision::int8)), Component::vector_unit);
  EXPECT_EQ(component_of(Event::dram_refresh), Component::dram_refresh);
}

constexpr const char* kMachine = R"(
clocks: {core: 1 GHz}
core:
  pe_array: {rows: 8, columns: 4}
  sram: {input: {capacity: 32 KiB}, weight: {capacity: 32 KiB}, output: {capacity: 32 KiB}}
dram: {bandwidth: 8 GB/s}
energy:
)";

base::Result<NpuSpec> machine(const std::string& energy) {
  return read_npu(*base::parse_yaml(kMachine + energy, "m.yaml"), "m", {});
}

TEST(EnergyParameters, AreReadAndWrittenBack) {
  const auto s = machine(
      "  table: generic_7nm\n  dram: HBM2\n  leakage: {core: 12.5 mW}\n  mac: {int8: 0.08 pJ/MAC}\n"
      "  dram_figures: {activate: 2 nJ}\n");
  ASSERT_TRUE(s.ok()) << s.problems().to_string();
  EXPECT_EQ(s->energy.table, "generic_7nm");
  EXPECT_EQ(s->energy.dram, "HBM2");
  EXPECT_EQ(s->energy.figures,
            (std::map<std::string, std::int64_t>{
                {"leakage.core", 12'500'000}, {"mac.int8", 80'000}, {"dram_figures.activate", 2'000'000'000}}));
  const auto again = read_npu(write_npu(*s), "m", {});
  ASSERT_TRUE(again.ok()) << again.problems().to_string();
  EXPECT_EQ(again->energy, s->energy);
}

TEST(EnergyParameters, SayWhatWouldBeRight) {
  const auto bad = machine("  leakage: {core: 12.5}\n  mac: {int9: 0.08 pJ/MAC}\n");
  ASSERT_FALSE(bad.ok());
  const std::string text = bad.problems().to_string();
  EXPECT_THAT(text,
              testing::HasSubstr(
                  "m.yaml:8:19: energy.leakage.core needs a unit (mW): write for example \"12.5 mW\", here \"12.5\""));
  EXPECT_THAT(text, testing::HasSubstr("unknown key \"int9\" in energy.mac"));
}

TEST(EnergyParameters, ShippedTablesPriceAMachineWithoutOne) {
  const auto s = machine("  leakage: {core: 1 mW}\n");
  ASSERT_TRUE(s.ok());
  const auto table = find_energy_table(s->energy.table);
  ASSERT_TRUE(table.ok());
  const auto p = price_machine(*s, *table);
  ASSERT_TRUE(p.ok());
  EXPECT_EQ(fj(*p, mac_event(Precision::int8)), 300);
}

class ShippedMachine : public testing::TestWithParam<std::string> {};

// All that a run of it can count has a price.
TEST_P(ShippedMachine, IsPriced) {
  const auto s = read_npu_file(std::string(TESSERA_SOURCE_DIR) + "/configs/npu/" + GetParam() + ".yaml", {});
  ASSERT_TRUE(s.ok()) << s.problems().to_string();
  const auto table = find_energy_table(s->energy.table);
  ASSERT_TRUE(table.ok());
  const auto p = price_machine(*s, *table);
  ASSERT_TRUE(p.ok()) << p.problems().to_string();
  EnergyCounts counts;
  for (int i = 0; i < kEventCount; ++i) counts[static_cast<Event>(i)] = 1;
  if (s->shared_sram.capacity.count() == 0) counts[Event::shared_sram_read] = counts[Event::shared_sram_write] = 0;
  EXPECT_THAT(energy_of(counts, *p).unpriced, testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(All, ShippedMachine, testing::Values("edge_8tops", "tpu_4x128", "many_core_64", "tiny_8x8"),
                         [](const auto& p) { return p.param; });

}  // namespace
}  // namespace tessera::arch
