// One row of the unit table.
#pragma once

#include <cstdint>
#include <string>

#include "trace/record/record.h"

namespace tessera::trace {

// The clock domain by whose edges a unit works: 0 core, 1 interconnect, 2 DRAM. What has no clock of its own (the host,
// counters) counts with the cores.
[[nodiscard]] constexpr std::uint32_t clock_of(Scope s) {
  if (s == Scope::dma || s == Scope::noc) return 1;
  return s == Scope::dram ? 2 : 0;
}

// Spans of an exclusive unit never overlap: it is one lane. The others (DMA channels, whose spans run from queueing to
// the last answer; the host) need a sub-lane for each span that is open at one time.
struct UnitInfo {
  static constexpr std::uint16_t kNoCore = 0xffff;
  std::string path;  // instance path: "core[0].pe_array", "dma.channel[2]"; the same in errors and statistics
  Scope scope = Scope::host;
  std::uint16_t core = kNoCore;
  std::uint16_t index = 0;  // among the units of its kind
  std::uint32_t clock = 0;  // of its domain, an index into TraceHeader::clocks: clock_of(scope)
  bool exclusive = true;
  friend bool operator==(const UnitInfo&, const UnitInfo&) = default;
};

}  // namespace tessera::trace
