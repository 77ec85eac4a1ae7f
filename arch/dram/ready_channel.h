// Controller that issues the oldest ready command ("FR-FCFS" as Ramulator 2.1 understands it).
//
// Every waiting burst wants one command next: precharge, activate, or its read or write. Of those that break no timing
// rule the oldest burst's goes first, so an old precharge beats a young row hit. A burst whose row was opened for it
// moves to the active list: it leaves the queue, goes before everything else, and keeps its bank open. Reads are served
// unless writes are drained. A due refresh stops new commands until the active list is empty and the unit refreshed.
// Rows stay open. A read that finds its data in the write queue is answered from there.
//
// Next-event: per bank one candidate for a row hit and one for the oldest other burst. Candidates of one direction,
// unit and kind of command are a list, oldest first, with a bound before which none of them is ready. A cycle is
// visited only when a bound is reached, and then looks at the few candidates before the first that is ready.
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
  using Index = std::int16_t;  // of an entry
  static constexpr Index kNone = -1;
  static constexpr std::int32_t kClosed = -1, kOpening = -2;  // instead of an open row
  static constexpr std::uint8_t kEnd = 255;                   // of a list of banks

  // A waiting burst; in the list of its bank and direction, oldest first.
  struct Entry {
    std::int64_t burst = 0;
    DramCycle accepted = 0;
    std::uint32_t order = 0, tag = 0;
    std::int32_t row = 0;
    Index next = kNone, previous = kNone;
    std::uint8_t bank = 0;
    bool write = false;
    bool counted = false;  // in the row statistics
  };
  // Orders count up and wrap. One burst waits while fewer than 2^31 others pass it.
  [[nodiscard]] static bool older(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) < 0; }

  // Bursts of one direction that wait for one bank.
  struct BankQueue {
    Index head = kNone, tail = kNone;
    Index hit = kNone, other = kNone;  // oldest for the open row; oldest for another
  };
  enum Kind : std::uint8_t { kData, kActivate, kPrecharge };
  // Bursts of one direction in one unit that want one kind of command, at most one of each bank; oldest first.
  struct Candidates {
    std::uint8_t first = kEnd, last = kEnd;
    DramCycle not_before = kNeverCycle;  // each breaks a rule before
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
    bool held_open = false;  // has a burst in the active list, or between the halves of its activate
    std::array<BankQueue, 2> queues;
    std::array<std::array<Place, 2>, 2> places;  // by direction; its candidate for data, and for a row command
  };
  // A burst whose row was opened for it.
  struct Active {
    DramCycle accepted = 0;
    DramCycle not_before = 0;  // as far as its bank was concerned when its row was opened
    Index entry = kNone;
    std::uint8_t bank = 0;
    DramCommand command = DramCommand::read;
  };
  // The oldest burst that is ready for a command.
  struct Pick {
    std::uint32_t order = 0;
    std::uint8_t bank = kEnd;  // none
    Kind kind = kData;
  };

  [[nodiscard]] bool idle() const { return open_bursts_ == 0; }
  void run(DramCycle until, std::vector<BurstAnswer>& answers);

  // One cycle: what goes out in it.
  void visit(DramCycle now, std::vector<BurstAnswer>& answers);
  void visit_one_bus(DramCycle now, std::vector<BurstAnswer>& answers);
  void visit_two_buses(DramCycle now, std::vector<BurstAnswer>& answers);
  [[nodiscard]] Index ready_active(DramCycle now) {
    return active_not_before_ > now ? kNone : oldest_ready_active(now);
  }
  [[nodiscard]] Index oldest_ready_active(DramCycle now);
  // `best`, or a burst of this kind that is ready and older.
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
  // The direction is decided in every cycle in which nothing else comes first. Of a run of such cycles with the same
  // bursts only the first can change it.
  void settle_direction(DramCycle passed) {
    if (passed > settled_ && refreshes_due_.empty()) decide_direction();
    settled_ = std::max(settled_, passed);
  }
  // The queues have changed: so may what the next cycle decides.
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

  // What a command changes (ready_channel_issue.cpp).
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
  std::int32_t open_bursts_ = 0;           // accepted and without their data command
  std::vector<Entry> entries_;
  std::vector<Index> free_;
  // Of fixed size, so that an access needs no second pointer.
  std::array<Bank, kMaxBanksPerChannel> banks_{};
  std::array<Unit, kMaxBanksPerChannel> units_{};
  std::vector<Active> active_;                 // first accepted first, then in the order of their activates
  DramCycle active_not_before_ = kNeverCycle;  // none of them is ready before
  std::vector<std::int32_t> refreshes_due_;    // units, first first
  DramCycle next_refresh_;
  Index opening_ = kNone;  // between the halves of a split activate
  DramCycle opening_deadline_ = 0;
  Index synced_ = kNone;  // its data command follows the sync in the next cycle
  bool synced_active_ = false;
  DramCycle clock_running_until_ = 0;
  bool writing_ = false;
  bool next_writes_ = true;             // what the next cycle decides; `wake_` and `soon_` are of this direction
  std::array<DramCycle, 3> soon_{};     // by kind: no candidate of that direction is ready before
  DramCycle now_ = 0;                   // last cycle done
  DramCycle settled_ = 0;               // the direction is decided up to this cycle
  DramCycle wake_ = kNeverCycle;        // nothing happens before if nothing more is accepted
  std::uint32_t accepted_ = 0u - 200u;  // wraps early rather than late, so that every test sees it
  int last_direction_ = -1;
  ChannelStatistics statistics_;
  CommandLog* log_ = nullptr;
};

}  // namespace tessera::arch
