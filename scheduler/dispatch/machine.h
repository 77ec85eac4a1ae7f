// What the dispatcher can tell the machine to do. The SystemC modules implement it, and so does the pure test machine
// of the property tests; the dispatcher cannot tell them apart.
#pragma once

#include <cstdint>

#include "arch/transfer/transfer.h"
#include "base/byte_rate.h"
#include "base/units.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

// Which slot of each region a tile works on; 0 where it has no such operand.
struct OperandSlots {
  std::uint8_t input = 0, weight = 0, output = 0;
};

class Machine {
 public:
  virtual ~Machine() = default;
  // The array of `core` starts `tile` at `start` (an edge of the core clock, >= now), on the slots given. Answered by
  // Dispatcher::compute_done at its occupancy end and Dispatcher::result_done at its last result.
  virtual void start_compute(std::uint32_t core, TileId tile, base::Ps start, const OperandSlots& slots) = 0;
  // The vector unit of `core` works for `cycles` from `start`. Answered by Dispatcher::vector_done.
  virtual void start_vector(std::uint32_t core, TileId tile, base::Ps start, base::Cycles cycles) = 0;
  // A transfer enters its channel's queue now. Answered by Dispatcher::transfer_done.
  virtual void submit(const arch::TransferRequest&) = 0;
  // A queued prefetch became demand: its unsent part moves to the tail of its channel's demand class.
  virtual void promote(std::uint32_t transfer) = 0;
  // What was loaded is not wanted any more: it leaves its queue; packets already issued finish and are dropped. Never
  // answered.
  virtual void cancel(std::uint32_t transfer) = 0;
  // From now on the channel moves at most `rate`, no more than the machine lets it; none(): what the machine lets it.
  virtual void set_rate(std::uint32_t channel, base::ByteRate rate) = 0;
  // Whether a packet of a load was granted; true where the machine cannot tell.
  [[nodiscard]] virtual bool issued(std::uint32_t /*transfer*/) const { return true; }
  // Nobody will load from [begin, end) again: a shared SRAM may forget its lines there. Takes no time, has no answer.
  virtual void drop(std::int64_t /*begin*/, std::int64_t /*end*/) {}
  // Bytes of both classes queued on a channel and not yet issued.
  [[nodiscard]] virtual std::int64_t unissued_bytes(std::uint32_t channel) const = 0;
};

}  // namespace tessera::scheduler
