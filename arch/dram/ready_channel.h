// A memory controller that issues the oldest ready command ("FR-FCFS" as Ramulator 2.1 understands it).
//
// Every waiting burst wants one command next: a precharge, an activate, or its own read or write. Among the commands
// that break no timing rule, the controller issues the one of the oldest burst, so an old precharge goes before a young
// row hit. A burst whose row has been opened for it moves to the active list: it leaves its queue, precedes all queued
// bursts, and keeps its bank open. The controller serves reads except while it drains writes. A due refresh stops new
// commands until the active list is empty and the unit has been refreshed. Rows stay open. A read whose data waits in
// the write queue is answered from that queue.
//
// The channel is a next-event unit. Each bank has two candidates: its oldest row hit, and its oldest other burst.
// Candidates of one direction, unit and kind of command form a list, oldest first, with a bound: the cycle before which
// none of them is ready. The channel visits a cycle only when a bound is reached, and then looks no further down a list
// than the first candidate that is ready.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "arch/dram/channel.h"
#include "arch/dram/timing_state.h"

namespace tessera::arch {

class ReadyChannel final : public Channel {
 public:
  ReadyChannel(const DramStandard& standard, const ChannelOptions& options);

  [[nodiscard]] bool can_accept(bool write) const override { return waiting_[write] < limit_[write]; }
  void accept(const BurstRequest& request, DramCycle now, std::vector<BurstAnswer>& answers) override;
  [[nodiscard]] DramCycle next() override { return idle() ? kNeverCycle : wake_; }
  void advance(DramCycle until, std::vector<BurstAnswer>& answers) override;
  void idle_until(DramCycle now) override;
  [[nodiscard]] const ChannelStatistics& statistics() const override { return statistics_; }
  void log_to(CommandLog* log) override { log_ = log; }

 private:
  using Index = std::int16_t;  // an entry's place in entries_
  static constexpr Index kNone = -1;
  static constexpr std::int32_t kClosed = -1, kOpening = -2;  // instead of an open row
  static constexpr std::uint8_t kEnd = 255;                   // ends a list of banks

  // A waiting burst, linked into the list of its bank and direction, oldest first.
  struct Entry {
    std::int64_t burst = 0;
    DramCycle accepted = 0;
    std::uint32_t order = 0, tag = 0;
    std::int32_t row = 0;
    Index next = kNone, previous = kNone;
    std::uint8_t bank = 0;
    bool write = false;
    bool counted = false;  // the row statistics have seen this burst
  };
  // Orders count up and wrap around; a burst never waits while 2^31 others pass it.
  [[nodiscard]] static bool older(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) < 0; }

  // Bursts of one direction that wait for one bank.
  struct BankQueue {
    Index head = kNone, tail = kNone;
    Index hit = kNone, other = kNone;  // the oldest burst for the open row; the oldest burst for any other row
  };
  enum Kind : std::uint8_t { kData, kActivate, kPrecharge };
  // Bursts of one direction and unit that want one kind of command: at most one burst of each bank, oldest first.
  struct Candidates {
    std::uint8_t first = kEnd, last = kEnd;
    DramCycle not_before = kNeverCycle;  // before this cycle each of them would break a timing rule
  };
  // A bank's place in a list of candidates.
  struct Place {
    std::uint32_t order = 0;
    std::uint8_t next = kEnd, previous = kEnd;  // banks
    bool listed = false;
  };
  struct alignas(64) Unit {
    std::array<std::array<Candidates, 3>, 2> candidates;  // by direction and kind
    std::int32_t open_banks = 0, active = 0;
  };
  struct alignas(64) Bank {
    std::int32_t row = kClosed;
    std::uint8_t unit = 0;
    bool held_open = false;  // a burst of the bank is in the active list, or the bank is half activated
    std::array<BankQueue, 2> queues;
    std::array<std::array<Place, 2>, 2> places;  // by direction: of the candidate for data, of that for a row command
  };
  // A burst whose row was opened for it.
  struct Active {
    DramCycle accepted = 0;
    DramCycle not_before = 0;  // the bank's own timing allows the command from this cycle on
    Index entry = kNone;
    std::uint8_t bank = 0;
    DramCommand command = DramCommand::read;
  };
  // The oldest burst that is ready for a command.
  struct Pick {
    std::uint32_t order = 0;
    std::uint8_t bank = kEnd;  // kEnd: no burst is ready
    Kind kind = kData;
  };

  [[nodiscard]] bool idle() const { return open_bursts_ == 0; }
  // Nothing waits, no row is open, and no earlier refresh delays the next: it goes when it falls due.
  [[nodiscard]] bool at_rest() const;
  void run(DramCycle until, std::vector<BurstAnswer>& answers);

  // Issues the commands of one cycle.
  void visit(DramCycle now, std::vector<BurstAnswer>& answers);
  void visit_one_bus(DramCycle now, std::vector<BurstAnswer>& answers);
  void visit_two_buses(DramCycle now, std::vector<BurstAnswer>& answers);
  [[nodiscard]] Index ready_active(DramCycle now) {
    return active_not_before_ > now ? kNone : oldest_ready_active(now);
  }
  [[nodiscard]] Index oldest_ready_active(DramCycle now);
  // The oldest of `best` and the ready bursts that want this kind of command.
  template <Kind kind>
  [[nodiscard]] Pick pick_oldest(DramCycle now, Pick best) {
    return soon_[kind] <= now ? look_for_older<kind>(now, best) : best;
  }
  template <Kind kind>
  [[nodiscard]] Pick look_for_older(DramCycle now, Pick best);
  [[nodiscard]] DramCycle next_visit(DramCycle now);
  template <Kind kind>
  [[nodiscard]] DramCycle soonest(DramCycle now);
  void decide_direction() { writing_ = next_writes_; }
  // The controller decides the direction in every cycle in which neither a refresh nor an active burst comes first.
  // While the set of bursts stays the same, only the first such cycle can change the direction.
  void settle_direction(DramCycle passed) {
    if (passed > settled_ && refreshes_due_.empty()) decide_direction();
    settled_ = std::max(settled_, passed);
  }
  // After a change of the queues: the next cycle may decide for the other direction.
  void queues_changed() {
    if (const bool writes = drains_writes(); writes != next_writes_) turn(writes);
  }
  void turn(bool writes);
  [[nodiscard]] bool drains_writes() const {
    if (writing_) return !(waiting_[1] < options_.drain_below && waiting_[0] != 0);
    return waiting_[1] > options_.drain_above || waiting_[0] == 0;
  }
  [[nodiscard]] static DramCommand command_of(Kind kind, bool writes) {
    return kind == kActivate    ? DramCommand::activate
           : kind == kPrecharge ? DramCommand::precharge
           : writes             ? DramCommand::write
                                : DramCommand::read;
  }
  [[nodiscard]] DramCycle refresh_ready() const;

  // The effects of each command (ready_channel_issue.cpp).
  void issue(const Pick& pick, DramCycle now, std::vector<BurstAnswer>& answers);
  void issue_refresh(DramCycle now);
  void issue_data(Index entry, bool active, DramCycle now, std::vector<BurstAnswer>& answers);
  void issue_activate(Index entry, DramCycle now);
  void issue_precharge(Index entry, DramCycle now);
  void finish_opening(DramCycle now);
  void make_active(Index entry);
  void leave_active(Index entry);
  void count_row(Entry& entry);
  void unlink(Index entry);
  void open(std::uint8_t bank, std::int32_t row);
  void close(std::uint8_t bank);
  void list(std::uint8_t bank, bool writes, Kind kind, Index entry);
  void take_out(std::uint8_t bank, bool writes, Kind kind);
  void next_hit(std::uint8_t bank, bool writes, Index after);
  void record(DramCycle now, DramCommand command, std::int32_t unit, std::int32_t bank, std::int32_t row) {
    if (log_ != nullptr) log_->push_back({now, command, unit, bank, row});
  }
  [[nodiscard]] bool forward(const BurstRequest& request) const;
  Entry& at(Index i) { return entries_[static_cast<std::size_t>(i)]; }
  [[nodiscard]] const Entry& at(Index i) const { return entries_[static_cast<std::size_t>(i)]; }
  Bank& bank_at(std::int32_t b) { return banks_[static_cast<std::size_t>(b)]; }
  [[nodiscard]] const Bank& bank_at(std::int32_t b) const { return banks_[static_cast<std::size_t>(b)]; }
  Place& place(std::uint8_t b, bool writes, Kind kind) { return banks_[b].places[writes][kind != kData]; }

  DramStandard standard_;
  ChannelOptions options_;
  TimingState timing_;
  std::array<std::int32_t, 2> limit_;
  std::array<std::int32_t, 2> waiting_{};  // reads, writes in the queues
  std::int32_t open_bursts_ = 0;           // bursts that were accepted and still lack their data command
  std::vector<Entry> entries_;
  std::vector<Index> free_;
  // These arrays have a fixed size, so that an access follows no second pointer.
  std::array<Bank, kMaxBanksPerChannel> banks_{};
  std::array<Unit, kMaxBanksPerChannel> units_{};
  std::vector<Active> active_;                 // in the order of acceptance, then of activation
  DramCycle active_not_before_ = kNeverCycle;  // no active burst is ready before this cycle
  std::vector<std::int32_t> refreshes_due_;    // units, the first due first
  DramCycle next_refresh_;
  Index opening_ = kNone;  // the burst whose activate has sent its first half only
  DramCycle opening_deadline_ = 0;
  Index synced_ = kNone;  // the burst whose data clock was synchronized: its data command follows in the next cycle
  bool synced_active_ = false;
  DramCycle clock_running_until_ = 0;
  bool writing_ = false;
  bool next_writes_ = true;          // the direction for which the next cycle decides; `wake_`, `soon_` assume it
  std::array<DramCycle, 3> soon_{};  // by kind: no candidate of that direction is ready before this cycle
  DramCycle now_ = 0;                // the last cycle that is done
  DramCycle settled_ = 0;            // the direction has been decided up to this cycle
  DramCycle wake_ = kNeverCycle;     // while no burst is accepted, nothing happens before this cycle
  std::uint32_t accepted_ =
      0u - 200u;  // the order of the next burst; starts just before zero, so that every test wraps
  int last_direction_ = -1;
  ChannelStatistics statistics_;
  CommandLog* log_ = nullptr;
};

}  // namespace tessera::arch
