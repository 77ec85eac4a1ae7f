// What a trace says about itself: the machine's units and clocks at its head, counts and end at its tail. Plain data;
// protobuf stays behind writer and reader.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/units.h"
#include "trace/file/tile_table.h"
#include "trace/record/level.h"
#include "trace/record/unit_count.h"
#include "trace/record/unit_info.h"

namespace tessera::trace {

struct ClockDomain {
  std::string name;  // "core", "interconnect", "dram"
  base::Clock clock;
  friend bool operator==(const ClockDomain&, const ClockDomain&) = default;
};

// `meta` is the file's form of RunFacts (trace/file/run_facts.h); a reader may find keys there that it does not know.
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
  bool clean_end = true;                // false: the run failed
  std::vector<UnitCount> units;         // by unit
  std::vector<OperatorSums> operators;  // of the tile table, in its order
  Level level = Level::tile;            // as the head says; so is `device`
  bool device = false;
  std::map<std::string, std::string> meta;
};

}  // namespace tessera::trace
