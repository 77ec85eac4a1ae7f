// The counters of a timeline, each in the group of what it counts. Rates are in units per second, rounded down.
//
//   core[c]            MAC rate            useful MACs of a tile, evenly over its compute; without a group: all cores
//                      sram.REGION slots   slots of the region that are filled, held or drained
//   dma.channel[i]     queue depth         transfers that wait for their first packet's grant
//                      in flight           transfers from that grant to the last answer
//                      bandwidth           bytes from grant to last answer, see even_rate.h
//   dma                bandwidth           of all channels together
//   dram.channel[i]    in flight, bandwidth   bursts, from arrival to answer (trace level burst)
//   dram               bandwidth           from bursts; without them from the transfers, unless a shared SRAM lies
//                                          between, which hides what reaches the DRAM
//   power_uw           power               as sampled by the run
#pragma once

#include <map>
#include <vector>

#include "trace/export/timeline.h"
#include "trace/export/track_tree.h"
#include "trace/file/trace_header.h"

namespace tessera::trace {

using CounterSamples = std::map<std::uint16_t, std::vector<Timeline::Counter::Sample>>;  // by unit

void add_counters(const TraceHeader&, CounterSamples, TrackTree&, Timeline&);

}  // namespace tessera::trace
