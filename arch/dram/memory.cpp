#include "arch/dram/memory.h"

#include <stdexcept>

#include "arch/dram/bank_state_memory.h"
#include "arch/dram/simple_memory.h"

namespace tessera::arch {
namespace {

DramStandard standard_of(const DramSpec& spec) {
  auto standard = find_dram_standard(spec.bank_state.standard);
  if (!standard.ok()) throw std::invalid_argument(standard.problems().to_string());
  return std::move(standard).value();
}

bool is_simple(const DramSpec& spec) { return spec.kind == DramSpec::Kind::simple; }

}  // namespace

std::unique_ptr<Memory> make_memory(const DramSpec& spec) {
  if (is_simple(spec)) return std::make_unique<SimpleMemory>(spec.simple, spec.burst, spec.interleave);
  return std::make_unique<BankStateMemory>(spec);
}

base::Ps memory_read_latency_min(const DramSpec& spec) {
  if (is_simple(spec)) return spec.simple.latency;
  // The command comes after the arrival, and its data this much later.
  const auto standard = standard_of(spec);
  return standard.clock.duration(base::Cycles{standard.timings.read_latency});
}

base::Ps memory_write_latency_min(const DramSpec& spec) {
  if (is_simple(spec)) return spec.simple.latency;
  const auto standard = standard_of(spec);
  return standard.clock.duration(base::Cycles{standard.timings.write_latency});
}

std::int64_t memory_peak_bytes_per_second(const DramSpec& spec) {
  if (is_simple(spec)) return spec.simple.channels * spec.simple.bytes_per_second;
  return spec.bank_state.channels * standard_of(spec).peak_bytes_per_second();
}

std::int64_t memory_burst_bytes(const DramSpec& spec) {
  return is_simple(spec) ? spec.burst.count() : standard_of(spec).burst_bytes;
}

}  // namespace tessera::arch
