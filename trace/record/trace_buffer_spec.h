// The trace buffer that the hardware would have (not the simulator's own trace file): a ring of fixed-size records and
// the bus that drains it. trace/record/device_ring models it.
#pragma once

#include <cstdint>

#include "base/byte_rate.h"
#include "base/units.h"

namespace tessera::trace {

// What happens to a record that finds the ring full. `stall`: the unit that made it waits, and nothing is lost.
enum class OverflowPolicy : std::uint8_t { overwrite_oldest, drop_newest, stall };

struct TraceBufferSpec {
  std::int64_t capacity = 4096;  // records, >= 1
  base::Bytes record{32};        // size of a hardware record, >= 1
  base::ByteRate drain = 4;      // per core cycle; 0: nothing ever leaves
  OverflowPolicy overflow = OverflowPolicy::overwrite_oldest;
  friend bool operator==(const TraceBufferSpec&, const TraceBufferSpec&) = default;
};

}  // namespace tessera::trace
