// One DRAM channel: a controller with its queues, and the banks behind it.
//
// Works in cycles of the DRAM command clock and knows nothing of packets: bursts in, answers out. What is accepted in
// cycle c takes part in scheduling from cycle c + 1 on.
#pragma once

#include <vector>

#include "arch/dram/standard.h"

namespace tessera::arch {

struct BurstRequest {
  std::int64_t burst = 0;  // number of the burst within the channel
  std::int32_t bank = 0;   // number within the channel: unit, group, bank from high to low
  std::int32_t row = 0;
  bool write = false;
  std::uint32_t tag = 0;
};

// Where the data of a burst passed: over the data bus by a command of its own; with the data of an equal read that
// waited already; or out of the write buffer, where the data still lay.
enum class BurstData : std::uint8_t { moved, merged, forwarded };

// Given when the data command is issued, so `cycle` may lie ahead: the end of a read's data. A write that is not posted
// is answered with its command; its data ends write latency and burst later.
struct BurstAnswer {
  DramCycle cycle = 0;
  DramCycle accepted = 0;
  std::uint32_t tag = 0;
  bool write = false;
  BurstData data = BurstData::moved;  // a posted write has yet to move, if at all
};

struct ChannelOptions {
  std::int32_t read_queue = 32, write_queue = 32;
  // Writes are drained once more than `drain_above` wait, until fewer than `drain_below` do.
  std::int32_t drain_above = 25, drain_below = 7;
  bool refresh = true;
  // Bank queues: a write is answered when the buffer has it, and may stay there for ever, as in the reference. Else
  // it is answered when its data is in, and writes also drain when there is nothing else to do.
  bool posted_writes = true;
  DramCycle refresh_offset = 0;  // delays the refreshes of this channel against cycle 0
};

struct ChannelStatistics {
  std::int64_t reads = 0, writes = 0;  // data commands: what the data bus moved
  std::int64_t row_hits = 0, row_misses = 0, row_conflicts = 0;
  std::int64_t activates = 0, precharges = 0, refreshes = 0;
  std::int64_t forwarded = 0;    // reads served from the write queue, without a data command
  std::int64_t merged = 0;       // reads served by the data command of an equal read, without one of their own
  std::int64_t replaced = 0;     // posted writes whose burst waited in the buffer already: the data moves once
  std::int64_t turnarounds = 0;  // data commands of the other direction than the one before
  ChannelStatistics& operator+=(const ChannelStatistics& other);
};

class Channel {
 public:
  virtual ~Channel() = default;
  [[nodiscard]] virtual bool can_accept(bool write) const = 0;
  // Never earlier than the last advance.
  virtual void accept(const BurstRequest& request, DramCycle now, std::vector<BurstAnswer>& answers) = 0;
  // The next cycle in which something happens if nothing else is accepted; kNeverCycle when all is served.
  [[nodiscard]] virtual DramCycle next() = 0;
  // Does everything in cycles up to and including `until`.
  virtual void advance(DramCycle until, std::vector<BurstAnswer>& answers) = 0;
  // For a channel without work: lets time pass, so that its refreshes are done and counted.
  virtual void idle_until(DramCycle now) = 0;
  [[nodiscard]] virtual const ChannelStatistics& statistics() const = 0;
  // Every command is appended to the log from now on; nullptr ends that.
  virtual void log_to(CommandLog* log) = 0;
};

}  // namespace tessera::arch
