// DRAM with banks, rows and a command schedule: channels behind the packet interface of Memory.
//
// Cuts packets into bursts, sends each burst to its channel, and answers a packet with its last burst. In front of each
// channel, reads and writes wait in a line each until the controller's queues have room; the lines are as long as the
// DMA's outstanding packets make them. A packet that arrives between two edges of the DRAM clock is accepted with the
// earlier one, and so takes part from the later one on. Channels do not hear of each other: each works ahead as far as
// no arrival can disturb it.
#pragma once

#include <array>
#include <deque>
#include <queue>

#include "arch/dram/address_map.h"
#include "arch/dram/channel.h"
#include "arch/dram/memory.h"

namespace tessera::arch {

class BankStateMemory final : public Memory {
 public:
  // The spec's standard exists (check_dram).
  explicit BankStateMemory(const DramSpec& spec);

  void submit(const MemoryRequest& request) override;
  [[nodiscard]] base::Ps next() const override;
  void advance(base::Ps until, std::vector<MemoryAnswer>& answers) override;
  void no_arrival_before(base::Ps time) override { quiet_until_ = std::max(quiet_until_, time); }
  [[nodiscard]] bool works_ahead() const override { return true; }
  [[nodiscard]] MemoryStatistics statistics() const override;
  // Sum over the channels, in their own terms.
  [[nodiscard]] ChannelStatistics channel_statistics() const;
  // Of one channel, from now on.
  void log_to(std::int64_t channel, CommandLog* log) { ports_[static_cast<std::size_t>(channel)].channel->log_to(log); }

 private:
  // Bursts of one packet that follow each other in one channel and wait for room in its queue.
  struct Piece {
    DramCycle arrival = 0;
    std::uint64_t order = 0;
    std::int64_t burst = 0;  // the next one's number within the channel
    std::int32_t left = 0;
    std::uint32_t packet = 0;
  };
  // First in, first out. The front lies apart: it is looked at for every burst.
  class Line {
   public:
    [[nodiscard]] bool empty() const { return front_.left == 0; }
    [[nodiscard]] Piece& front() { return front_; }
    void push(const Piece& piece) { empty() ? void(front_ = piece) : behind_.push_back(piece); }
    void pop() {
      if (behind_.empty()) {
        front_ = {};
      } else {
        front_ = behind_.front();
        behind_.pop_front();
      }
    }

   private:
    Piece front_;
    std::deque<Piece> behind_;
  };
  struct Port {
    std::unique_ptr<Channel> channel;
    std::array<Line, 2> line;      // reads, writes
    DramCycle now = 0;             // the channel has done everything up to this cycle
    DramCycle next = kNeverCycle;  // nothing happens before
  };
  // A packet on its way; its place is the tag of its bursts.
  struct Packet {
    std::uint32_t tag = 0;
    std::int32_t left = 0;
    std::uint64_t order = 0;
    DramCycle arrival = 0;
    DramCycle done = 0;
    std::array<std::int32_t, 3> bursts{};  // answered, by BurstData
    bool write = false;
  };
  struct Done {
    base::Ps time{0};
    std::uint64_t order = 0;
    std::uint32_t tag = 0;
    bool write = false;
    std::array<std::int32_t, 3> bursts{};  // by BurstData
    friend bool operator>(const Done& a, const Done& b) {
      return a.time != b.time ? a.time > b.time : a.order > b.order;
    }
  };

  template <class C>
  void run(Port& port, DramCycle until);
  // Lets all who have arrived into the queues; returns the next arrival among those for whom there is room.
  template <class C>
  [[nodiscard]] DramCycle let_in(Port& port);
  template <class C>
  [[nodiscard]] static Line* first_acceptable(Port& port);
  void collect();
  void hand_out(const Done& done, std::vector<MemoryAnswer>& answers);
  void find_next();

  DramStandard standard_;
  AddressMap map_;
  std::vector<Port> ports_;
  void (BankStateMemory::*run_)(Port&, DramCycle);  // run<> for the kind of channel that the standard has
  base::Ps next_event_ = base::kNever;              // of all ports
  base::Ps quiet_until_{0};
  std::vector<Packet> packets_;
  std::vector<std::uint32_t> free_;
  std::priority_queue<Done, std::vector<Done>, std::greater<>> done_;
  std::vector<BurstAnswer> answers_;
  std::uint64_t submitted_ = 0;
  std::array<std::int64_t, 3> read_bursts_{};  // of packets that have been answered, by BurstData
  std::int64_t write_bursts_ = 0;
  DramCycle read_latency_ = 0;  // sum over read bursts, from the edge before their arrival
  base::Ps before_arrival_{0};  // sum over read bursts of the time from that edge to the arrival
};

// What the user calls the values that check_dram may find wrong: keys of a machine file, or options of a command.
struct DramWords {
  std::string_view burst, interleave, drain_low, drain_high;
};
inline constexpr DramWords kDramKeyWords{"dram.burst", "dram.interleave", "dram.drain_low", "dram.drain_high"};

// What is wrong with a bank_state description, beyond what single values can say; empty if nothing.
[[nodiscard]] base::Diagnostics check_dram(const DramSpec& spec, const DramWords& words = kDramKeyWords);
// The options of channel `index` that the spec asks for.
[[nodiscard]] ChannelOptions channel_options(const DramSpec& spec, const DramStandard& standard, std::int64_t index);

}  // namespace tessera::arch
