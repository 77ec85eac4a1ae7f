// Everything below a transfer, packet by packet: DMA channels, their arbitration, the interconnect and the memory.
//
// A pure next-event engine (docs/semantics.md 8.4 to 8.15). SystemC modules submit transfers and let it run ahead to
// the next event of the kernel; it stops at the first instant at which a transfer completes. One packet's way:
//   read   grant -> request over the interconnect -> memory -> data over the return path -> core SRAM
//   write  grant, data over the request path -> memory -> answer
// A grant needs a free place among the `outstanding` packets, the channel's rate cap and, for a write, the data path;
// one packet is granted per interconnect cycle, demand before prefetch. `half` duplex uses one data path for both ways.
//
// Order within one instant t: completions of t (memory answers, deliveries) first, then, once everybody has submitted
// the transfers of t, grants. run(horizon) therefore does completions up to and at the horizon and grants before it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "arch/dram/dram_limits.h"
#include "arch/dram/memory.h"
#include "arch/engine/arbiter.h"
#include "arch/engine/packet_cutter.h"
#include "arch/engine/rate_cap.h"
#include "arch/spec/npu_spec.h"
#include "arch/transfer/transfer.h"

namespace tessera::arch {

// Hears of every packet that passes a core's SRAM port: a read's when it is delivered, a write's when it leaves.
class PortObserver {
 public:
  virtual ~PortObserver() = default;
  virtual void on_packet(base::Ps now, const TransferRequest& transfer, std::int64_t offset_in_slot,
                         std::int64_t bytes) = 0;
};

struct DmaChannelStatistics {
  std::int64_t read_bytes = 0, write_bytes = 0, packets = 0;
};

struct EngineStatistics {
  std::vector<DmaChannelStatistics> channels;
  std::int64_t packets = 0;                                // sent
  std::int64_t delivered_reads = 0, delivered_writes = 0;  // packets, those of cancelled transfers apart
  std::int64_t events = 0;                                 // instants that the engine visited
  std::int64_t dropped_bytes = 0;  // sent for loads that were cancelled, or prefetches under way: moved for nothing
};

class TransferEngine {
 public:
  // `dram`: the limits of the DRAM that `spec` describes. `ports` may be null. The memory answers with this engine's
  // tags.
  TransferEngine(const NpuSpec& spec, const DramLimits& dram, std::unique_ptr<Memory> memory, PortObserver* ports);

  void submit(base::Ps now, const TransferRequest& request);
  void promote(base::Ps now, std::uint32_t id);
  void cancel(base::Ps now, std::uint32_t id);
  // Packets that are granted from `now` on keep the channel to `rate`, which is at most the machine's own for it;
  // none(): to the machine's own.
  void set_rate(base::Ps now, std::uint32_t channel, ByteRate rate);
  // Whether a packet of the transfer was granted.
  [[nodiscard]] bool issued(std::uint32_t id) const {
    const Transfer& t = transfers_[index_of(id)];
    return t.request.id != id || t.issued;  // another one has its place: it is done
  }
  [[nodiscard]] std::int64_t unissued_bytes(std::uint32_t channel) const { return channels_[channel].unissued_bytes; }

  // Earliest time at which anything happens; kNever when idle.
  [[nodiscard]] base::Ps next() const { return std::min(next_completion(), arbiter_at_); }
  // Runs until a transfer completes (returns that time; see done()) or nothing is left to do before the horizon
  // (returns kNever).
  base::Ps run(base::Ps horizon);
  // run() stops there, whatever its horizon: a memory outside the engine has to act first (Memory::barrier).
  [[nodiscard]] base::Ps barrier() const { return memory_->barrier(); }
  // Transfers completed at the time that run() returned, in order; the caller clears it.
  std::vector<TransferDone>& done() { return done_; }

  [[nodiscard]] EngineStatistics statistics() const;
  [[nodiscard]] const Memory& memory() const { return *memory_; }

 private:
  struct Transfer {
    TransferRequest request;
    PacketCutter cutter;
    std::int64_t offset = 0;  // bytes sent: where in the slot's part the next packet lies
    std::int32_t in_flight = 0;
    bool cancelled = false;
    base::Ps ready{0};  // when the next packet could have gone, had nobody been in the way
    TransferDone done;
    bool issued = false;
    base::Ps paced{0};  // `ready` without its channel's cap
  };
  struct Packet {
    std::uint32_t transfer = 0;  // index into transfers_
    std::int32_t bytes = 0;
    std::int32_t dram_bytes = 0;  // of them, moved by DRAM
    std::int64_t offset = 0;
    base::Ps arrival{0};   // at the memory
    base::Ps answered{0};  // by the memory
    // Its transfer's waits up to its grant: with the packet's own waits behind it, the chain of the packet that is
    // delivered last explains the transfer's whole span, each moment once.
    base::Ps wait_channel{0}, wait_noc{0}, wait_dram{0};
  };
  // Answers that are on their way back to the core; a first-in first-out path, so a queue is enough.
  struct Returning {
    base::Ps time{0};
    std::uint32_t packet = 0;
  };
  struct Channel {
    std::deque<std::uint32_t> demand, prefetch;  // indices into transfers_
    std::int64_t unissued_bytes = 0;
    ByteRate rate;  // at most; none: no cap
    RateCap cap;
    DmaChannelStatistics statistics;
    [[nodiscard]] bool empty() const { return demand.empty() && prefetch.empty(); }
    [[nodiscard]] std::uint32_t front() const { return demand.empty() ? prefetch.front() : demand.front(); }
  };

  [[nodiscard]] base::Ps next_completion() const;
  void complete(base::Ps now);
  void submit_writes_until(base::Ps arrival);
  void answer(const MemoryAnswer& answer);
  void deliver(base::Ps now, std::uint32_t packet);
  void release(std::uint32_t transfer) { free_transfers_.push_back(transfer); }

  void wake_arbiter(base::Ps now);
  void arbitrate(base::Ps now);
  [[nodiscard]] std::uint64_t eligible(base::Ps now, base::Ps& retry) const;
  void grant(base::Ps now, std::uint32_t channel);
  base::Ps send(base::Ps now, std::uint32_t transfer, const PacketSpan& span);
  void charge_issue_wait(Transfer& transfer, base::Ps now);
  void leave_channel(Channel& channel, std::uint32_t transfer);
  void joined(base::Ps now, std::uint32_t channel);
  [[nodiscard]] std::uint32_t index_of(std::uint32_t id) const { return index_by_id_[id]; }

  // Fixed by the machine.
  Clock clock_;
  DmaSpec dma_;
  InterconnectSpec noc_;
  std::int64_t burst_;
  DramLimits dram_;

  std::unique_ptr<Memory> memory_;
  bool works_ahead_;
  PortObserver* ports_;
  Arbiter arbiter_;
  std::vector<Channel> channels_;
  std::uint64_t waiting_ = 0;  // bit per channel with an unsent packet
  std::vector<Transfer> transfers_;
  std::vector<std::uint32_t> free_transfers_, index_by_id_;
  std::vector<Packet> packets_;
  std::vector<std::uint32_t> free_packets_;

  std::int64_t credits_;   // packets that may still go out
  base::Ps credit_at_{0};  // when the last missing credit came back
  base::Ps arbiter_at_ = base::kNever;
  base::Ps grant_free_{0};    // next interconnect cycle without a grant
  base::Ps request_free_{0};  // data path towards memory
  base::Ps return_free_{0};   // data path towards the cores (full duplex)
  std::deque<Returning> read_return_, write_return_;
  std::deque<MemoryRequest> write_way_;  // writes whose data is still on its way to the memory
  std::vector<MemoryAnswer> answers_;
  std::vector<TransferDone> done_;
  std::int64_t events_ = 0;
  std::int64_t delivered_[2] = {0, 0};  // packets, by write
  std::int64_t dropped_bytes_ = 0;
};

}  // namespace tessera::arch
