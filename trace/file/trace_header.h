// What a trace says about itself: the machine's units and clocks at its head, counts and end at its tail. Plain data;
// protobuf stays behind writer and reader.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/units.h"
#include "trace/record/lanes.h"
#include "trace/record/level.h"
#include "trace/record/unit_count.h"

namespace tessera::trace {

struct ClockDomain {
  std::string name;                    // "core", "interconnect", "dram"
  std::uint64_t period_num_ps = 1000;  // period = num / den picoseconds
  std::uint64_t period_den = 1;
  friend bool operator==(const ClockDomain&, const ClockDomain&) = default;
};

// trace::Unit with a path of its own.
struct UnitInfo {
  static constexpr std::uint16_t kNoCore = 0xffff;
  std::string path;
  Scope scope = Scope::host;
  std::uint16_t core = kNoCore;
  std::uint16_t index = 0;
  std::uint32_t clock = 0;  // index into TraceHeader::clocks
  bool exclusive = true;
  friend bool operator==(const UnitInfo&, const UnitInfo&) = default;
};
[[nodiscard]] std::vector<UnitInfo> units_of(const Lanes&);

// Keys of `meta` that analysis knows; all numbers are decimal integers. At the head: network, npu, policy, macs,
// pes (per core), cores, dram_peak_bytes_per_second, dma_peak_bytes_per_second (all channels), array_clock. At the
// end: wasted_bytes, makespan_ps.
struct TraceHeader {
  std::string writer;  // program and version
  Level level = Level::tile;
  bool device = false;  // the modelled trace buffer's view: records may be missing
  std::vector<ClockDomain> clocks;
  std::vector<UnitInfo> units;  // by Record::unit
  std::map<std::string, std::string> meta;
  friend bool operator==(const TraceHeader&, const TraceHeader&) = default;
};

struct Trailer {
  std::uint64_t events = 0;
  base::Ps end{0};
  bool clean_end = true;         // false: the run failed
  std::vector<UnitCount> units;  // by unit
  std::map<std::string, std::string> meta;
};

}  // namespace tessera::trace
