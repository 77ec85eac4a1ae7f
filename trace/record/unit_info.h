// One row of the unit table.
#pragma once

#include <cstdint>
#include <string>

#include "trace/record/record.h"

namespace tessera::trace {

// Spans of an exclusive unit never overlap: it is one lane. The others (DMA channels, whose spans run from queueing to
// the last answer; the host) need a sub-lane for each span that is open at one time.
struct UnitInfo {
  static constexpr std::uint16_t kNoCore = 0xffff;
  std::string path;  // instance path: "core[0].pe_array", "dma.channel[2]"; the same in errors and statistics
  Scope scope = Scope::host;
  std::uint16_t core = kNoCore;
  std::uint16_t index = 0;  // among the units of its kind
  std::uint32_t clock = 0;  // index into TraceHeader::clocks
  bool exclusive = true;
  friend bool operator==(const UnitInfo&, const UnitInfo&) = default;
};

}  // namespace tessera::trace
