// A trace as a viewer shows it: tracks, slices that nest properly on their track, arrows between slices, counters.
// Built once for every viewer's format. One exclusive unit is one track; other units (DMA channels, the host) get as
// many sub-tracks as spans are open at one time, given greedily in order of start.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "trace/file/reader.h"

namespace tessera::trace {

struct Timeline {
  static constexpr std::uint32_t kNoParent = 0xffffffff;
  struct Track {
    std::string name;                  // "core[0].pe_array"; sub-tracks share their unit's name
    std::uint32_t parent = kNoParent;  // index of a track without slices: "core[0]", "dma"
    std::int32_t rank = 0;             // order among siblings
  };
  struct Slice {
    std::uint64_t id = 0;  // of the record
    std::uint32_t track = 0;
    Record record;
    std::optional<Waits> waits;
    std::string name() const;  // without the operator: "load input", "stall: dma_queue"
    [[nodiscard]] bool instant() const { return record.name == Name::arrival; }
  };
  struct Flow {  // indices into slices; `from` starts no later than `to`
    std::size_t from = 0, to = 0;
  };
  struct Counter {
    std::string name, unit;
    struct Sample {
      base::Ps at{0};
      std::int64_t value = 0;
    };
    std::vector<Sample> samples;  // ascending times
  };

  std::vector<Track> tracks;
  std::vector<Slice> slices;  // by start; of equal starts the longer first, so that what nests comes later
  std::vector<Flow> flows;    // by (to, from)
  std::vector<Counter> counters;
};

// Reads all that is left in the file.
[[nodiscard]] base::Result<Timeline> build_timeline(FileReader&);

// A begin or end on a track. Per track a proper stack; over all tracks by time.
struct Edge {
  base::Ps at{0};
  std::size_t slice = 0;
  bool begin = true;
};
[[nodiscard]] std::vector<Edge> edges_in_order(const Timeline&);

}  // namespace tessera::trace
