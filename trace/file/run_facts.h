// What the records of a run do not say about it: the run's names, and what its machine can do at best.
//
// In the simulator this is a value that producer and measures share. In a trace file each fact is a pair of strings
// under `meta`, of the head or, for what is known only when the run has ended, of the trailer.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "trace/file/trace_header.h"

namespace tessera::trace {

// Numbers: 0 = not known, at the end -1; what needs an unknown fact has no value.
struct RunFacts {
  std::string network, npu, policy, score;
  std::int64_t macs = 0;
  std::int64_t cores = 0;
  std::int64_t macs_per_1000_cycles = 0;
  std::int64_t clock_num_ps = 0, clock_den = 1;
  std::int64_t dram_peak_bytes_per_second = 0;
  std::int64_t dram_burst_bytes = 0;
  std::int64_t channel_bytes_per_second = 0;
  std::int64_t channel_lead_bytes = 0;
  std::int64_t packet_bytes = 0;
  std::int64_t dma_bytes_per_second = 0;
  std::int64_t shared_sram_bytes = 0;
  std::int64_t decisions = 0;
  std::int64_t makespan_ps = -1;
  std::int64_t wasted_bytes = -1;
  std::int64_t dropped_bytes = -1;
  std::int64_t dram_read_bytes = -1, dram_write_bytes = -1;
  friend bool operator==(const RunFacts&, const RunFacts&) = default;
};

enum class FactPlace : std::uint8_t { head, trailer };

struct FactKey {
  std::string_view key;
  std::string_view unit;
  std::string_view meaning;
  FactPlace place;
  std::variant<std::string RunFacts::*, std::int64_t RunFacts::*> member;
};

// Every fact, once: writing, reading and the documents come from here. Numbers are decimal integers in the file.
inline constexpr std::array kFactKeys{
    FactKey{"network", "", "name of the network", FactPlace::head, &RunFacts::network},
    FactKey{"npu", "", "name of the machine", FactPlace::head, &RunFacts::npu},
    FactKey{"policy", "", "name of the scheduling policy", FactPlace::head, &RunFacts::policy},
    FactKey{"score", "", "what the policy's scores count, with their unit; empty: it does not say", FactPlace::head,
            &RunFacts::score},
    FactKey{"decisions", "", "1: trace.tsr holds the policy's answers, 0: it does not", FactPlace::head,
            &RunFacts::decisions},
    FactKey{"macs", "", "multiply-accumulates of all requests on PE operators", FactPlace::head, &RunFacts::macs},
    FactKey{"cores", "", "cores of the machine", FactPlace::head, &RunFacts::cores},
    FactKey{"macs_per_1000_cycles", "MAC",
            "that the PEs of one core do at best, at the highest rate of the run's operators", FactPlace::head,
            &RunFacts::macs_per_1000_cycles},
    FactKey{"array_clock_num_ps", "ps", "period of the arrays' clock, numerator", FactPlace::head,
            &RunFacts::clock_num_ps},
    FactKey{"array_clock_den", "", "period of the arrays' clock, denominator", FactPlace::head, &RunFacts::clock_den},
    FactKey{"dram_peak_bytes_per_second", "B/s", "peak of all DRAM channels together", FactPlace::head,
            &RunFacts::dram_peak_bytes_per_second},
    FactKey{"dram_burst_bytes", "B", "native access of the DRAM", FactPlace::head, &RunFacts::dram_burst_bytes},
    FactKey{"channel_bytes_per_second", "B/s",
            "peak of the widest DMA channel: its cap; or the interconnect's, both ways", FactPlace::head,
            &RunFacts::channel_bytes_per_second},
    FactKey{"channel_lead_bytes", "B", "that such a channel may send before its cap counts: one packet; 0: no cap",
            FactPlace::head, &RunFacts::channel_lead_bytes},
    FactKey{"packet_bytes", "B", "the largest packet of a transfer", FactPlace::head, &RunFacts::packet_bytes},
    FactKey{"dma_bytes_per_second", "B/s", "peak of all DMA channels together: the interconnect's, both ways",
            FactPlace::head, &RunFacts::dma_bytes_per_second},
    FactKey{"shared_sram_bytes", "B", "capacity of the SRAM that all cores share, 0: none", FactPlace::head,
            &RunFacts::shared_sram_bytes},
    FactKey{"makespan_ps", "ps", "end of the last store", FactPlace::trailer, &RunFacts::makespan_ps},
    FactKey{"wasted_bytes", "B", "moved and not used: padding of bursts, prefetches that were dropped",
            FactPlace::trailer, &RunFacts::wasted_bytes},
    FactKey{"dropped_bytes", "B", "of that: moved by prefetches that were dropped", FactPlace::trailer,
            &RunFacts::dropped_bytes},
    FactKey{"dram_read_bytes", "B", "read over the DRAM's data buses", FactPlace::trailer, &RunFacts::dram_read_bytes},
    FactKey{"dram_write_bytes", "B", "written over the DRAM's data buses", FactPlace::trailer,
            &RunFacts::dram_write_bytes},
};

// The file's form of the facts of one place.
[[nodiscard]] std::map<std::string, std::string> meta_of(const RunFacts&, FactPlace);
// Back from a file. A key that is missing leaves its fact unknown; `trailer` null: the run has not ended.
[[nodiscard]] RunFacts facts_of(const TraceHeader&, const Trailer* trailer);

}  // namespace tessera::trace
