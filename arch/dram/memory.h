// The memory behind the interconnect: what the packet engine submits to and hears from.
//
// A pure next-event unit: it has no clock of its own to tick, reads no time and calls nobody. The engine submits
// packets with their time of arrival, asks for the next event, and lets the memory advance; the answers come back
// in order of time. Two models: `simple` (latency and bandwidth per channel, closed form) and `bank_state`
// (banks, command scheduling, refresh).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "arch/spec/npu_spec.h"
#include "base/units.h"

namespace tessera::arch {

// One packet. It may cover several bursts and, if it crosses a multiple of the interleave, several channels.
// `address` and `bytes` are multiples of the memory's burst. A packet that arrives at time t takes part in what the
// memory does after t, so it does not matter whether it is submitted before or after advance(t).
struct MemoryRequest {
  std::int64_t address = 0;
  std::int32_t bytes = 0;
  bool write = false;
  std::uint32_t tag = 0;  // comes back in the answer; chosen by the caller
  base::Ps arrival{0};
  bool write_through = false;  // to a shared SRAM before the DRAM: pass the data on at once
  bool keep = true;            // to a shared SRAM: false = replace these lines before others
};

// The packet's last burst is done: read data is out, or write data is in.
struct MemoryAnswer {
  base::Ps time{0};
  std::uint32_t tag = 0;
  std::int32_t dram_bytes = -1;  // of the packet that DRAM moved; -1 = all (a shared SRAM before it moved the rest)
  friend bool operator==(const MemoryAnswer&, const MemoryAnswer&) = default;
};

// Counts since the start, all channels together. Row figures and commands are those of `bank_state`.
struct MemoryStatistics {
  std::int64_t reads = 0, writes = 0;  // bursts
  std::int64_t read_bytes = 0, write_bytes = 0;
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
  // Does everything at or before `until`; appends the answers, ordered by time, then by submission.
  virtual void advance(base::Ps until, std::vector<MemoryAnswer>& answers) = 0;
  // A promise of the caller: nothing that it submits from now on arrives before `time`. A memory that can work ahead up
  // to there visits an instant once for many events; answers still come with the advance to their time.
  virtual void no_arrival_before(base::Ps) {}
  [[nodiscard]] virtual bool works_ahead() const { return false; }
  // A memory outside the engine (a user's own) must see a packet at its arrival: time may not pass this point before
  // the outside has acted. kNever: everything happens in here.
  [[nodiscard]] virtual base::Ps barrier() const { return base::kNever; }
  [[nodiscard]] virtual MemoryStatistics statistics() const = 0;
};

// The memory that the NPU file describes. The description was checked by the reader: an unknown standard or a
// mapping that does not exist is a broken invariant here and throws std::invalid_argument.
[[nodiscard]] std::unique_ptr<Memory> make_memory(const DramSpec& spec);
[[nodiscard]] inline std::unique_ptr<Memory> make_memory(const NpuSpec& spec) { return make_memory(spec.dram); }

// Least time from a packet's arrival to its answer, transfer time apart: any packet of n bytes takes at least this
// plus n / peak. Safe for lower bounds, except that a read whose data still waits in a write queue is answered from
// there at once; a load that waits for the store of its data (or never had one) does not meet that case.
[[nodiscard]] base::Ps memory_read_latency_min(const DramSpec& spec);
[[nodiscard]] base::Ps memory_write_latency_min(const DramSpec& spec);
[[nodiscard]] inline base::Ps memory_latency_min(const DramSpec& spec) {
  const auto read = memory_read_latency_min(spec), write = memory_write_latency_min(spec);
  return read < write ? read : write;
}

// These read the standard anew on every call: for set-up, not for every packet.
// Peak of all channels together, bytes per second.
[[nodiscard]] std::int64_t memory_peak_bytes_per_second(const DramSpec& spec);

// Bytes of one native burst: addresses and sizes of packets are multiples of it.
[[nodiscard]] std::int64_t memory_burst_bytes(const DramSpec& spec);

}  // namespace tessera::arch
