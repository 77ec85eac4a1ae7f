#include "arch/energy/meter.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/arch/energy/example_machine.h"

namespace tessera::arch {
namespace {

using base::Ps;
using trace::Name;
using trace::Record;

Record span(Name name, std::int64_t start, std::int64_t end, std::uint16_t op, std::uint32_t tile = 0) {
  Record r;
  r.name = name;
  r.start = Ps{start};
  r.end = Ps{end};
  r.op = op;
  r.tile = tile;
  return r;
}

Record transfer(Name name, std::int64_t start, std::int64_t end, std::uint16_t op, std::int64_t bytes,
                trace::Operand operand) {
  Record r = span(name, start, end, op);
  r.set_bytes(bytes);
  r.set_operand(operand);
  return r;
}

TileWork conv_work() {
  TileWork w = array_tile_work(
      {.macs = 1000, .input_reads = 50, .weight_reads = 40, .output_reads = 10, .output_writes = 20}, {8, 8, 4});
  add_function(w, base::Function::relu, 20);
  add_post_traffic(w, 80, 20);
  return w;
}

RunEnergy run(const EnergyPrices& prices, const std::vector<Record>& records, const MemoryCounts& memory,
              std::int64_t end, EnergyMeter::Options options) {
  EnergyMeter meter(
      prices, [](std::uint32_t) { return conv_work(); }, options);
  trace::Sink sink;
  sink.add(meter);
  for (const Record& r : records) {
    sink.emit(r);
    if (r.name == Name::load || r.name == Name::store) sink.emit_waits({});
  }
  sink.finish(Ps{end});
  return meter.report(memory);
}

void expect_conserved(const RunEnergy& e) {
  for (std::size_t c = 0; c < kComponentCount; ++c) {
    Femtojoules sum = e.unattributed[c];
    for (const ComponentEnergy& op : e.operators) sum += op[c];
    EXPECT_EQ(sum, e.report.components[c]) << to_string(static_cast<Component>(c));
  }
  Femtojoules components{0}, series{0};
  for (const Femtojoules f : e.report.components) components += f;
  for (const PowerSample& s : e.power) series += s.energy;
  EXPECT_EQ(components, e.report.total);
  EXPECT_EQ(series, e.report.total);
}

TEST(TileWork, IsInBytes) {
  const TileWork w = conv_work();
  EXPECT_EQ(w.array[0], (SramBytes{50, 0}));
  EXPECT_EQ(w.array[1], (SramBytes{40, 0}));
  EXPECT_EQ(w.array[2], (SramBytes{40, 80}));
  EXPECT_EQ(w.vector, (VectorOperations{20, 0}));
  EXPECT_EQ(w.vector_unit[2], (SramBytes{80, 20}));
}

TEST(EnergyMeter, WorkedOutByHand) {
  const EnergyPrices prices = price(example_machine());
  const std::vector<Record> records{
      transfer(Name::load, 0, 100, 0, 64, trace::Operand::input),
      span(Name::compute, 100, 200, 0),
      span(Name::post, 150, 250, 0),
      transfer(Name::store, 250, 300, 1, 32, trace::Operand::output),
  };
  const RunEnergy e =
      run(prices, records, {.dram_read_bytes = 64, .dram_write_bytes = 32, .activates = 3, .refreshes = 1}, 400,
          {.operators = 2, .bins = 512, .first_width = Ps{100}});
  expect_conserved(e);
  const auto& conv = e.operators[0];
  EXPECT_EQ(fj(conv, Component::pe_array), 1000 * 500);
  EXPECT_EQ(fj(conv, Component::sram_input), 50 * 1000 + 64 * 2000);
  EXPECT_EQ(fj(conv, Component::sram_weight), 40 * 1000);
  EXPECT_EQ(fj(conv, Component::sram_output), 40 * 3000 + 80 * 6000 + 80 * 3000 + 20 * 6000);
  EXPECT_EQ(fj(conv, Component::vector_unit), 20 * 10);
  EXPECT_EQ(fj(conv, Component::interconnect), 64 * 4000);
  EXPECT_EQ(fj(conv, Component::dram_read), 64 * 40'000);
  EXPECT_EQ(fj(conv, Component::dram_write), 0);
  EXPECT_EQ(fj(conv, Component::dram_activate), 3'000'000);  // 64 of 96 bytes
  EXPECT_EQ(fj(e.operators[1], Component::dram_activate), 1'500'000);
  EXPECT_EQ(fj(e.operators[1], Component::sram_output), 32 * 3000);
  EXPECT_EQ(fj(e.operators[1], Component::dram_write), 32 * 48'000);
  EXPECT_EQ(fj(e.unattributed, Component::dram_refresh), 20'000'000);
  EXPECT_EQ(fj(e.unattributed, Component::leakage), 6 * 400);
  EXPECT_EQ(e.operator_total(1).count(), 1'500'000 + 32 * (3000 + 4000 + 48'000));
}

TEST(EnergyMeter, PowerFollowsTheSpans) {
  const EnergyPrices prices = price(example_machine());
  const RunEnergy e =
      run(prices, {span(Name::compute, 50, 150, 0)}, {}, 250, {.operators = 1, .bins = 4, .first_width = Ps{100}});
  const std::int64_t tile = 1000 * 500 + 50 * 1000 + 40 * 1000 + 40 * 3000 + 80 * 6000;
  const std::int64_t standing = 26;  // mW: 2 x 3 leakage, 2 x 10 background
  ASSERT_EQ(e.power.size(), 3u);
  EXPECT_EQ(e.power[0].energy.count(), tile / 2 + standing * 100);
  EXPECT_EQ(e.power[1].energy.count(), tile / 2 + standing * 100);
  EXPECT_EQ(e.power[2].energy.count(), standing * 50);
  EXPECT_EQ(e.power[2].end, Ps{250});
  EXPECT_DOUBLE_EQ(e.power[2].mw(), standing);
  EXPECT_EQ(e.peak, 0u);
  expect_conserved(e);
}

TEST(EnergyMeter, ATransferDrawsPowerOnceItHasItsChannel) {
  const EnergyPrices prices = price(example_machine());
  EnergyMeter meter(prices, [](std::uint32_t) { return TileWork{}; },
                    {.operators = 1, .bins = 4, .first_width = Ps{100}});
  trace::Sink sink;
  sink.add(meter);
  sink.emit(transfer(Name::load, 0, 200, 0, 10, trace::Operand::weight));
  sink.emit_waits({Ps{100}, Ps{0}, Ps{0}});
  sink.finish(Ps{200});
  const RunEnergy e = meter.report({.dram_read_bytes = 10});
  EXPECT_EQ(e.power[0].energy.count(), 26 * 100);
  EXPECT_EQ(e.power[1].energy.count(), 26 * 100 + 10 * (4000 + 2000 + 40'000));
}

TEST(EnergyMeter, SharedSramAndPrefetchesWithoutOperatorAreNotLost) {
  NpuSpec machine = example_machine();
  machine.shared_sram.capacity = Bytes{8 * 65536};
  machine.shared_sram.bytes_per_cycle = 64;
  const EnergyPrices prices = price(machine);
  const RunEnergy e =
      run(prices, {transfer(Name::load, 0, 100, trace::kNoOperator, 64, trace::Operand::input)},
          {.dram_read_bytes = 64, .shared_read_bytes = 64, .shared_write_bytes = 64}, 100, {.operators = 3});
  EXPECT_EQ(fj(e.unattributed, Component::shared_sram), 64 * 3000 + 64 * 6000);
  EXPECT_EQ(fj(e.unattributed, Component::interconnect), 64 * 4000);
  expect_conserved(e);
}

// 96 bytes pass the shared SRAM, two thirds of them loaded by the first operator and one third stored by the second; so
// do the rows that they open.
TEST(EnergyMeter, WhatMovesBothWaysIsSharedByLoadsAndStores) {
  NpuSpec machine = example_machine();
  machine.shared_sram.capacity = Bytes{8 * 65536};
  machine.shared_sram.bytes_per_cycle = 64;
  const RunEnergy e =
      run(price(machine),
          {transfer(Name::load, 0, 100, 0, 64, trace::Operand::input),
           transfer(Name::store, 100, 200, 1, 32, trace::Operand::output)},
          {.activates = 3, .shared_read_bytes = 96}, 200, {.operators = 2, .bins = 4, .first_width = Ps{100}});
  EXPECT_EQ(fj(e.operators[0], Component::shared_sram), 64 * 3000);
  EXPECT_EQ(fj(e.operators[1], Component::shared_sram), 32 * 3000);
  ASSERT_EQ(e.power.size(), 2u);
  EXPECT_EQ(e.power[0].energy.count(), 26 * 100 + 64 * (4000 + 2000 + 3000) + 3'000'000);
  EXPECT_EQ(e.power[1].energy.count(), 26 * 100 + 32 * (4000 + 3000 + 3000) + 1'500'000);
}

// A tenth of a step at the end with a third of the energy of the step before has more than three times its power.
TEST(EnergyMeter, ThePeakIsTheStepOfHighestPower) {
  const RunEnergy e =
      run(price(example_machine()),
          {span(Name::compute, 0, 100, 0), transfer(Name::load, 100, 110, 0, 64, trace::Operand::input)}, {}, 110,
          {.operators = 1, .bins = 4, .first_width = Ps{100}});
  ASSERT_EQ(e.power.size(), 2u);
  EXPECT_EQ(e.power[1].energy.count(), 26 * 10 + 64 * 6000);
  EXPECT_GT(e.power[0].energy, e.power[1].energy);
  EXPECT_EQ(e.peak, 1u);
}

TEST(EnergyMeter, MacsCostWhatTheirFormatCosts) {
  const EnergyPrices prices = price(example_machine());
  EnergyMeter meter(prices,
                    [](std::uint32_t) {
                      TileWork w;
                      w.macs = 1000;
                      w.macs_at = Precision::fp16;
                      return w;
                    },
                    {.operators = 1});
  trace::Sink sink;
  sink.add(meter);
  sink.emit(span(Name::compute, 0, 100, 0));
  sink.finish(Ps{100});
  EXPECT_EQ(fj(meter.report({}).operators[0], Component::pe_array), 1000 * 2000);
}

TEST(EnergyMeter, EnergyWithoutRecordsToLeanOnIsSpreadEvenly) {
  const RunEnergy e = run(price(example_machine()), {}, {.dram_read_bytes = 100}, 1000,
                          {.operators = 1, .bins = 2, .first_width = Ps{500}});
  EXPECT_EQ(fj(e.unattributed, Component::dram_read), 4'000'000);
  EXPECT_EQ(e.power[0].energy, e.power[1].energy);
  expect_conserved(e);
}

TEST(EnergyMeter, IsTheBulkAccountOfItsCounts) {
  const EnergyPrices prices = price(example_machine());
  std::mt19937 random(3);
  std::vector<Record> records;
  std::int64_t loaded = 0, stored = 0, end = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::int64_t start = random() % 3'000'000, length = random() % 20'000;
    const auto op = static_cast<std::uint16_t>(random() % 5);  // 4: unknown to the meter
    const std::int64_t bytes = 1 + static_cast<std::int64_t>(random() % 5000);
    end = std::max(end, start + length);
    switch (random() % 5) {
      case 0: records.push_back(span(Name::compute, start, start + length, op)); break;
      case 1: records.push_back(span(Name::vector, start, start + length, op)); break;
      case 2: records.push_back(span(Name::stall, start, start + length, op)); break;
      case 3:
        records.push_back(transfer(Name::load, start, start + length, op, bytes, trace::Operand::weight));
        loaded += bytes;
        break;
      default:
        records.push_back(transfer(Name::store, start, start + length, op, bytes, trace::Operand::output));
        stored += bytes;
        break;
    }
  }
  const MemoryCounts memory{.dram_read_bytes = loaded, .dram_write_bytes = stored, .activates = 1234, .refreshes = 77};
  for (const std::size_t bins : {2, 64, 512}) {
    const RunEnergy e = run(prices, records, memory, end, {.operators = 4, .bins = bins, .first_width = Ps{1}});
    expect_conserved(e);
    EXPECT_LE(e.power.size(), bins);
    EXPECT_EQ(fj(e.report.components, Component::interconnect), (loaded + stored) * 4000);
    for (const PowerSample& s : e.power) EXPECT_LE(s.mw(), e.power[e.peak].mw());
  }
}

TEST(VectorOperations, EveryFunctionThatCalculatesCostsSomething) {
  for (int i = 0; i < base::kFunctionCount; ++i) {
    const auto f = static_cast<base::Function>(i);
    const VectorOperations o = operations_of(f);
    const bool moves = f == base::Function::identity || f == base::Function::cast;
    EXPECT_EQ(o.adds + o.multiplies == 0, moves) << base::to_string(f);
  }
  EXPECT_EQ(operations_of(base::Function::silu), (VectorOperations{1, 2}));
}

}  // namespace
}  // namespace tessera::arch
