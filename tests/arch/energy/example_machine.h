// A machine and a table with round numbers, so that tests can be worked out by hand.
#pragma once

#include <gtest/gtest.h>

#include "arch/energy/prices.h"

namespace tessera::arch {

inline constexpr const char* kExampleTable = R"(
name: example
mac:
  int8: {value: 0.5 pJ/MAC, source: s, confidence: verified}
  fp16: {value: 2 pJ/MAC, source: s, confidence: derived}
vector_add: {int8: {value: 0.01 pJ/op, source: s, confidence: verified}}
vector_multiply: {int8: {value: 0.2 pJ/op, source: s, confidence: verified}}
interconnect: {value: 4 pJ/byte, source: s, confidence: assumed}
sram:
  - {capacity: 16 KiB, width: 64, read: 1 pJ/byte, write: 2 pJ/byte, source: s, confidence: computed}
  - {capacity: 64 KiB, width: 64, read: 3 pJ/byte, write: 6 pJ/byte, source: s, confidence: computed}
dram:
  Whole:
    bit: {value: 8 pJ/bit, source: s, confidence: verified}
  Parts:
    read: {value: 5 pJ/bit, source: s, confidence: computed}
    write: {value: 6 pJ/bit, source: s, confidence: computed}
    activate: {value: 1.5 nJ, source: s, confidence: computed}
    refresh: {value: 20 nJ, source: s, confidence: computed}
    background: {value: 10 mW, source: s, confidence: computed}
  Busy:
    read: {value: 5 pJ/bit, source: s, confidence: computed}
    write: {value: 6 pJ/bit, source: s, confidence: computed}
leakage:
  core: {value: 3 mW, source: s, confidence: derived}
)";

inline EnergyTable example_table() {
  auto t = parse_energy_table(kExampleTable, "example.yaml");
  EXPECT_TRUE(t.ok()) << (t.ok() ? "" : t.problems().to_string());
  return t.ok() ? *t : EnergyTable{};
}

// Two cores; banks of 16 KiB (input, weight) and 64 KiB (output); two DRAM channels of standard Parts.
inline NpuSpec example_machine() {
  NpuSpec s;
  s.cores = 2;
  s.core.sram.input = {.capacity = Bytes{32768}, .banks = 2, .bytes_per_cycle = Bytes{8}};
  s.core.sram.weight = s.core.sram.input;
  s.core.sram.output = {.capacity = Bytes{131072}, .banks = 2, .bytes_per_cycle = Bytes{8}};
  s.dram.kind = DramSpec::Kind::bank_state;
  s.dram.bank_state.standard = "Parts";
  s.dram.channels = 2;
  return s;
}

inline EnergyPrices price(const NpuSpec& spec) {
  auto p = price_machine(spec, example_table());
  EXPECT_TRUE(p.ok()) << (p.ok() ? "" : p.problems().to_string());
  return p.ok() ? *p : EnergyPrices{};
}

inline std::int64_t fj(const EnergyPrices& p, Event e) { return p.femtojoules[static_cast<std::size_t>(e)]; }
inline std::int64_t fj(const ComponentEnergy& e, Component c) { return e[static_cast<std::size_t>(c)].count(); }

}  // namespace tessera::arch
