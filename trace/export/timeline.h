// A trace as a viewer shows it: tracks, slices that nest properly on their track, arrows between slices, counters.
// Built once for every viewer's format.
//
// Tracks come in the order of the machine: host, schedulers, each core with its units, DMA channels, DRAM channels. The
// first part of a unit's path is a group ("core[0]", "dma"). An exclusive unit is one track. Units whose spans overlap
// are a group of their own: the host and DMA channels have as many lanes as spans are open at one time, given greedily
// in order of start. A DRAM channel has one lane however many bursts are on their way: a burst shows while it is the
// next to be answered, from its arrival or the answer before, whichever is later; its whole span is in the record.
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
    std::string name;                  // "core[0].pe_array", "dma.channel[1] transfers 2"
    std::uint32_t parent = kNoParent;  // index of the group that holds it
    std::int32_t rank = 0;             // order among siblings, counters included
    bool group = false;                // holds tracks and counters, no slices
  };
  struct Slice {
    std::uint64_t id = 0;  // of the record
    std::uint32_t track = 0;
    base::Ps start{0}, end{0};  // as shown
    Record record;
    std::optional<Waits> waits;
    [[nodiscard]] bool instant() const { return record.name == Name::arrival; }
  };
  struct Flow {  // indices into slices, from < to
    std::size_t from = 0, to = 0;
    friend auto operator<=>(const Flow&, const Flow&) = default;
  };
  struct Counter {
    std::string name, unit;
    std::uint32_t parent = kNoParent;
    std::int32_t rank = 0;
    struct Sample {
      base::Ps at{0};
      std::int64_t value = 0;
    };
    std::vector<Sample> samples;  // ascending times; each holds until the next
  };

  std::vector<Track> tracks;  // a group stands before what it holds
  // By start; of equal starts those without length first, what nests last and the longer of it first, else by id, so
  // that a cause comes before what waited for it.
  std::vector<Slice> slices;
  std::vector<Flow> flows;  // ascending
  std::vector<Counter> counters;
};

// Reads all that is left in the file.
[[nodiscard]] base::Result<Timeline> build_timeline(FileReader&);

// "conv1 #12", "load input conv1 #12", "stall: dma_queue": by operator and tile where the record has them.
[[nodiscard]] std::string slice_name(const Record&, const TileTable&);

// A begin or end on a track. Per track a proper stack; over all tracks by time, and in the order of the slices where
// several begin at one time.
struct Edge {
  base::Ps at{0};
  std::size_t slice = 0;
  bool begin = true;
};
[[nodiscard]] std::vector<Edge> edges_in_order(const Timeline&);

}  // namespace tessera::trace
