#include "arch/dram/memory.h"

#include <stdexcept>

#include "arch/dram/simple_memory.h"

namespace tessera::arch {

std::unique_ptr<Memory> make_memory(const DramSpec& spec) {
  if (spec.kind == DramSpec::Kind::simple) return std::make_unique<SimpleMemory>(spec.simple, spec.burst, spec.interleave);
  throw std::invalid_argument("dram: unknown standard \"" + spec.bank_state.standard + "\"");
}

base::Ps memory_read_latency_min(const DramSpec& spec) { return spec.simple.latency; }
base::Ps memory_write_latency_min(const DramSpec& spec) { return spec.simple.latency; }
std::int64_t memory_peak_bytes_per_second(const DramSpec& spec) { return spec.simple.channels * spec.simple.bytes_per_second; }
std::int64_t memory_burst_bytes(const DramSpec& spec) { return spec.burst.count(); }

}  // namespace tessera::arch
