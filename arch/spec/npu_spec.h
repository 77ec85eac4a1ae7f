// The machine as the NPU file describes it: immutable, read once, shared by everything that models it.
//
// One struct per unit; a unit takes its own struct and nothing else. Cycles are of the unit's own clock domain.
// Defaults stand here only where a struct is made by hand in tests; what users get is declared, with unit, range
// and text, in the parameter table (arch/spec/npu_parameters).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arch/spec/energy_spec.h"
#include "arch/spec/pe_array_spec.h"
#include "arch/spec/precision.h"
#include "base/byte_rate.h"
#include "base/clock.h"
#include "base/units.h"
#include "base/vector_function.h"
#include "trace/record/trace_buffer_spec.h"

namespace tessera::arch {

using base::ByteRate;
using base::Bytes;
using base::Clock;
using base::Cycles;
using base::Ps;

// SIMD unit beside the PE array. A vector task takes start_up + ceil(elements / lanes) x cycles(function) core
// cycles; pipeline_latency is what a fused post-operation ends after the array's last result.
struct VectorUnitSpec {
  std::int64_t lanes = 16;
  Cycles start_up{0};
  Cycles pipeline_latency{0};
  std::array<std::int64_t, base::kFunctionCount> cycles_per_element{};  // by base::Function; identity costs 0
  friend bool operator==(const VectorUnitSpec&, const VectorUnitSpec&) = default;
};

// How the slots of a region lie in its banks: slot s in bank set s mod sets, or every slot over all banks.
enum class BankArrangement : std::uint8_t { separate, interleaved };

// One operand region of a core's SRAM.
struct SramRegionSpec {
  Bytes capacity{0};
  std::int64_t banks = 2;
  std::int64_t ports = 1;    // accesses that one bank serves per core cycle
  Bytes bytes_per_cycle{0};  // width towards the array or vector unit, delivered by any one slot's banks
  BankArrangement arrangement = BankArrangement::separate;
  friend bool operator==(const SramRegionSpec&, const SramRegionSpec&) = default;
};

struct SramSpec {
  SramRegionSpec input, weight, output;
  bool allow_throttle = false;  // accept a region narrower than what the array streams
  friend bool operator==(const SramSpec&, const SramSpec&) = default;
};

struct CoreSpec {
  PeArraySpec pe_array;
  VectorUnitSpec vector_unit;
  SramSpec sram;
  std::int64_t queue = 4;  // dispatched tiles waiting for the array, and for the vector unit, each
  friend bool operator==(const CoreSpec&, const CoreSpec&) = default;
};

enum class Arbitration : std::uint8_t { round_robin, priority, weighted };

struct DmaChannelSpec {
  ByteRate bytes_per_cycle;   // cap, in interconnect cycles; 0: none
  std::int64_t priority = 0;  // larger goes first (arbitration: priority)
  std::int64_t weight = 1;    // share (arbitration: weighted)
  friend bool operator==(const DmaChannelSpec&, const DmaChannelSpec&) = default;
};

// DMA engine of the NPU, shared by all cores. A packet is at most max_packet bytes and never crosses a multiple of
// max_packet; `outstanding` packets may be on their way at once, over all channels.
struct DmaSpec {
  std::vector<DmaChannelSpec> channels;
  Bytes max_packet{256};
  std::int64_t outstanding = 64;
  Arbitration arbitration = Arbitration::round_robin;
  friend bool operator==(const DmaSpec&, const DmaSpec&) = default;
};

// Between DMA channels and memory. `half` duplex shares one data path between reads and writes.
struct InterconnectSpec {
  std::int64_t bytes_per_cycle = 64;  // per direction when full duplex; interconnect cycles
  Cycles latency{10};                 // one way, interconnect cycles
  bool full_duplex = true;
  friend bool operator==(const InterconnectSpec&, const InterconnectSpec&) = default;
};

// Write-back cache of tensor lines between cores and DRAM (docs/semantics.md 10.1). Absent: capacity 0.
struct SharedSramSpec {
  Bytes capacity{0};
  Bytes line{256};
  std::int64_t banks = 8;
  std::int64_t bytes_per_cycle = 64;  // interconnect cycles, all banks together
  Cycles latency{4};
  bool policy_directed = false;  // lines that the policy does not keep go first; else LRU by transfer alone
  friend bool operator==(const SharedSramSpec&, const SharedSramSpec&) = default;
};

// `simple`: every channel serves packets in order of arrival at a fixed rate after a fixed latency.
struct SimpleDramSpec {
  std::int64_t bytes_per_second = 0;  // per channel
  Ps latency{0};                      // from arrival at the channel to the first byte's answer
  friend bool operator==(const SimpleDramSpec&, const SimpleDramSpec&) = default;
};

// Address bits of a channel from high to low: row, bank, column, bank group; or row, bank, bank group, column
// (arch/dram/address_map.h).
enum class BankMapping : std::uint8_t { bgi, rbc };

// `bank_state`: see arch/dram; `standard` names a file of timings.
struct BankStateDramSpec {
  std::string standard;       // "DDR4-3200", or the path of a file from the working directory
  std::string standard_name;  // as the standard calls itself; follows from `standard`
  BankMapping mapping = BankMapping::bgi;
  std::int64_t read_queue = 32, write_queue = 32;
  double drain_high = 0.8, drain_low = 0.2;
  bool refresh = true, stagger_refresh = true;
  friend bool operator==(const BankStateDramSpec&, const BankStateDramSpec&) = default;
};

// What both models have, and a section for each model. What follows from it (peak, least latencies): arch/dram's
// dram_limits.
struct DramSpec {
  enum class Kind : std::uint8_t { simple, bank_state } kind = Kind::simple;
  std::int64_t channels = 1;
  Bytes burst{64};        // native access size; `bank_state`: the standard's
  Bytes page{0};          // the row of one bank; 0: `simple` has none
  Bytes interleave{256};  // consecutive bytes on one channel
  SimpleDramSpec simple;
  BankStateDramSpec bank_state;
  friend bool operator==(const DramSpec&, const DramSpec&) = default;
};
[[nodiscard]] constexpr std::string_view to_string(DramSpec::Kind kind) {
  return kind == DramSpec::Kind::simple ? "simple" : "bank_state";
}

struct SchedulerSpec {  // the hardware that runs the policy
  std::int64_t count = 1;
  Cycles dispatch_latency{16};  // core cycles of one decision
  // Core cycles that the first decision on a tile of each operator (and request) takes besides: a host writes the
  // layer's registers or issues its first commands.
  Cycles launch_latency{0};
  friend bool operator==(const SchedulerSpec&, const SchedulerSpec&) = default;
};

enum class LayoutKind : std::uint8_t { nhwc, nchw, nchw_c };

// How tensors lie in DRAM.
struct LayoutSpec {
  LayoutKind kind = LayoutKind::nhwc;
  std::int64_t channel_block = 8;  // N of nchw_c{N}
  Bytes align{64};                 // pixel pitch is rounded up to this; default one burst
  Bytes weight_align{1};           // the weights of an operator, all blocks together, are padded to this
  friend bool operator==(const LayoutSpec&, const LayoutSpec&) = default;
};

struct NpuSpec {
  std::string name;
  Clock core_clock, interconnect_clock, dram_clock;
  std::int64_t cores = 1;
  CoreSpec core;  // every core alike
  DmaSpec dma;
  InterconnectSpec interconnect;
  SharedSramSpec shared_sram;
  DramSpec dram;
  SchedulerSpec scheduler;
  LayoutSpec layout;
  trace::TraceBufferSpec trace_buffer;
  std::int64_t accumulator_bytes = 4;     // of a partial sum in the output region
  Precision precision = Precision::int8;  // of activations and weights unless the run says otherwise
  // MACs per PE and cycle by precision, as a ratio to the array's rate (machine table; where not given 1, of int4 and
  // fp8 that of int8).
  std::map<Precision, double> mac_rate;
  std::map<Precision, std::int64_t>
      accumulators;  // bytes of a partial sum by precision, where accumulator_bytes is not
  EnergySpec energy;
  friend bool operator==(const NpuSpec&, const NpuSpec&) = default;
};

}  // namespace tessera::arch
