#include "arch/dram/memory.h"

#include <stdexcept>

#include "arch/dram/bank_state_memory.h"
#include "arch/dram/dram_limits.h"
#include "arch/dram/simple_memory.h"

namespace tessera::arch {
namespace {

DramLimits limits_of_standard(const DramSpec& spec) {
  const auto found = find_dram_standard(spec.bank_state.standard);
  if (!found.ok()) throw std::invalid_argument(found.problems().to_string());
  const DramStandard& standard = *found;
  // The command comes after the packet's arrival, and its data a latency later.
  return {spec.channels * standard.peak_bytes_per_second(),
          standard.clock.duration(base::Cycles{standard.timings.read_latency}),
          standard.clock.duration(base::Cycles{standard.timings.write_latency}),
          spec.channels * standard.channel_bytes()};
}

}  // namespace

// The two functions that know which model a description means.

std::unique_ptr<Memory> make_memory(const DramSpec& spec) {
  switch (spec.kind) {
    case DramSpec::Kind::simple: return std::make_unique<SimpleMemory>(spec);
    case DramSpec::Kind::bank_state: break;
  }
  return std::make_unique<BankStateMemory>(spec);
}

DramLimits dram_limits(const DramSpec& spec) {
  switch (spec.kind) {
    case DramSpec::Kind::simple:
      return {spec.channels * spec.simple.bytes_per_second, spec.simple.latency, spec.simple.latency, 0};
    case DramSpec::Kind::bank_state: break;
  }
  return limits_of_standard(spec);
}

}  // namespace tessera::arch
