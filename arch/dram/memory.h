// The memory behind the interconnect: what the packet engine submits to and hears from.
//
// A memory is a pure next-event unit: no clock ticks in it, it reads no time, and it calls nobody. The engine submits
// packets with their times of arrival, asks for the time of the next event, and tells the memory to advance; the
// answers come back in order of time. There are two models. `simple` has a latency and a bandwidth for each channel, in
// closed form; `bank_state` has banks, command scheduling and refresh.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "arch/spec/npu_spec.h"
#include "base/units.h"

namespace tessera::arch {

// One packet. A packet may cover several bursts and, where it crosses a multiple of the interleave, several channels.
// `address` and `bytes` are multiples of the memory's burst. A packet that arrives at time t takes part in what the
// memory does after t, so the caller may submit it before or after advance(t).
struct MemoryRequest {
  std::int64_t address = 0;
  std::int32_t bytes = 0;
  bool write = false;
  std::uint32_t tag = 0;  // the caller's; the answer carries the same tag
  base::Ps arrival{0};
  bool write_through = false;  // a shared SRAM before the DRAM passes the data on at once
  bool keep = true;            // false: a shared SRAM replaces these lines before others
};

// The packet's last burst is done: its read data has left the memory, or its write data has arrived there.
struct MemoryAnswer {
  base::Ps time{0};
  std::uint32_t tag = 0;
  std::int32_t dram_bytes = -1;   // the part of the packet that DRAM served, the rest being a shared SRAM's; -1 = all
  std::int32_t moved_bytes = -1;  // the part that the DRAM's data bus moved for it: a burst that was merged with an
                                  // equal read, or forwarded from a waiting write, moves nothing; -1 = all
  friend bool operator==(const MemoryAnswer&, const MemoryAnswer&) = default;
};

// Counts since the start, over all channels. `simple` has neither rows nor commands, so their counts stay 0. Data is
// counted with the answer of its packet, so what has been counted by a time fits what the buses can move by then.
struct MemoryStatistics {
  std::int64_t reads = 0, writes = 0;            // bursts that the data buses moved
  std::int64_t read_bytes = 0, write_bytes = 0;  // their bytes
  std::int64_t merged_bytes = 0;                 // read without moving: with the data of an equal read that waited
  std::int64_t forwarded_bytes = 0;              // read without moving: out of a write that still waited
  std::int64_t row_hits = 0;       // bursts served from the row that the first look at the bank found open
  std::int64_t row_misses = 0;     // bursts that found the bank closed
  std::int64_t row_conflicts = 0;  // bursts that found another row open
  std::int64_t activates = 0, precharges = 0, refreshes = 0;
  base::Ps read_latency{0};            // sum over read bursts, arrival to data
  std::vector<base::Ps> channel_busy;  // time in which a channel's data bus moved data
};

class Memory {
 public:
  virtual ~Memory() = default;
  // Arrivals never go back in time and never lie before the `until` of the last advance.
  virtual void submit(const MemoryRequest& request) = 0;
  // The time of the earliest internal event or answer; kNever when nothing is pending.
  [[nodiscard]] virtual base::Ps next() const = 0;
  // Does everything at or before `until`, and appends the answers in order of time; answers of one time stand in the
  // order in which their packets were submitted.
  virtual void advance(base::Ps until, std::vector<MemoryAnswer>& answers) = 0;
  // The caller promises that no packet submitted from now on arrives before `time`. A memory that works ahead may
  // schedule up to `time` in one go; each answer is still handed out by the advance that reaches the answer's time.
  virtual void no_arrival_before(base::Ps) {}
  [[nodiscard]] virtual bool works_ahead() const { return false; }
  // A user's own memory lives outside the engine and must see every packet at the packet's arrival: the engine may not
  // run past this time before the outside has acted. kNever: the memory needs nobody outside.
  [[nodiscard]] virtual base::Ps barrier() const { return base::kNever; }
  [[nodiscard]] virtual MemoryStatistics statistics() const = 0;
};

// The memory that the NPU file describes. The reader has checked the description, so an unknown standard is a broken
// invariant here: std::invalid_argument.
[[nodiscard]] std::unique_ptr<Memory> make_memory(const DramSpec& spec);
[[nodiscard]] inline std::unique_ptr<Memory> make_memory(const NpuSpec& spec) { return make_memory(spec.dram); }

}  // namespace tessera::arch
