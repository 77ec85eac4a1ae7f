// What a DRAM cannot beat: the facts that follow from its description, or from the standard that the description names.
#pragma once

#include <cstdint>

#include "arch/spec/npu_spec.h"
#include "base/units.h"

namespace tessera::arch {

// A packet of n bytes takes at least its least latency plus n / peak from its arrival to its answer. One case is
// faster: a read whose data still waits in a write queue is answered from the queue at once. Lower bounds are safe from
// that case, for a load waits until the store of its data has ended, or has no such store.
struct DramLimits {
  std::int64_t peak_bytes_per_second = 0;  // all channels together, both directions
  base::Ps read_latency{0}, write_latency{0};
  std::int64_t capacity_bytes = 0;  // of all channels; 0: the model has none
};

// Reads the standard of a `bank_state` description. The description has been checked: an unknown standard is a broken
// invariant, std::invalid_argument.
[[nodiscard]] DramLimits dram_limits(const DramSpec& spec);

}  // namespace tessera::arch
