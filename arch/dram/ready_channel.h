// Controller that issues the oldest ready command ("FR-FCFS" as Ramulator 2.1 understands it).
//
// Every waiting burst wants one command next: precharge, activate, or its read or write. Of those that break no timing
// rule the oldest burst's goes first, so an old precharge beats a young row hit. A burst whose row was opened for it
// moves to the active list: it leaves the queue, goes before everything else, and keeps its bank open. Reads are served
// unless writes are drained. A due refresh stops new commands until the active list is empty and the unit refreshed.
// Rows stay open. A read that finds its data in the write queue is answered from there.
//
// Next-event: per bank one candidate for a row hit and one for the oldest other burst. Candidates of one direction, unit
// and kind of command are a list, oldest first, with a bound before which none of them is ready. A cycle is visited only
// when a bound is reached, and then looks at the few candidates before the first that is ready.
#pragma once

#include <array>
#include <cstdint>

#include "arch/dram/channel.h"
#include "arch/dram/timing_state.h"

namespace tessera::arch {

inline constexpr std::int32_t kMaxBanksPerChannel = 64;

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
  static constexpr std::int32_t kNone = -1;
  static constexpr std::int32_t kClosed = -1, kOpening = -2;  // instead of an open row
  static constexpr std::uint8_t kEnd = 255;                   // of a list of banks
  static constexpr std::uint64_t kNotListed = ~std::uint64_t{0};

  // A waiting burst; in the list of its bank and direction, oldest first.
  struct Entry {
    BurstRequest request;
    DramCycle accepted = 0;
    std::uint64_t order = 0;
    std::int32_t next = kNone, previous = kNone;
    bool counted = false;  // in the row statistics
  };
  // Bursts of one direction that wait for one bank.
  struct BankQueue {
    std::int32_t head = kNone, tail = kNone;
    std::int32_t hit = kNone, other = kNone;  // oldest for the open row; oldest for another
  };
  enum Kind : std::uint8_t { kData, kActivate, kPrecharge };
  // Bursts of one direction in one unit that want one kind of command, at most one of each bank; oldest first.
  struct Candidates {
    std::uint8_t first = kEnd, last = kEnd;
    DramCycle not_before = kNeverCycle;  // each breaks a rule before
  };
  // A bank's place in one list of candidates.
  struct Place {
    std::uint64_t order = kNotListed;
    std::uint8_t next = kEnd, previous = kEnd;  // banks
  };
  struct Unit {
    std::array<std::array<Candidates, 3>, 2> candidates;  // by direction and kind
    std::int32_t open_banks = 0, active = 0;
  };
  struct Bank {
    std::int32_t row = kClosed;
    std::int32_t unit = 0;
    bool held_open = false;  // has a burst in the active list, or between the halves of its activate
    std::array<BankQueue, 2> queues;
    std::array<std::array<Place, 3>, 2> places;  // by direction and kind
  };
  // A burst whose row was opened for it.
  struct Active {
    DramCycle accepted = 0;
    std::int32_t entry = kNone, bank = 0;
    DramCommand command = DramCommand::read;
  };
  // The oldest burst that is ready for a command.
  struct Pick {
    std::uint64_t order = kNotListed;
    std::int32_t bank = kNone;
    Kind kind = kData;
  };

  [[nodiscard]] bool idle() const { return waiting_[0] + waiting_[1] == 0 && active_.empty() && opening_ == kNone && synced_ == kNone; }
  void run(DramCycle until, std::vector<BurstAnswer>& answers);

  // One cycle: what goes out in it.
  void visit(DramCycle now, std::vector<BurstAnswer>& answers);
  void visit_one_bus(DramCycle now, std::vector<BurstAnswer>& answers);
  void visit_column_bus(DramCycle now, std::vector<BurstAnswer>& answers);
  void visit_row_bus(DramCycle now, std::vector<BurstAnswer>& answers);
  [[nodiscard]] std::int32_t ready_active(DramCycle now);
  void pick_oldest(Kind kind, DramCycle now, Pick& best);
  [[nodiscard]] DramCycle next_visit(DramCycle now);
  void settle_direction(DramCycle passed);
  [[nodiscard]] bool drains_writes() const;
  [[nodiscard]] DramCommand command_of(Kind kind, bool writes) const {
    return kind == kActivate ? DramCommand::activate : kind == kPrecharge ? DramCommand::precharge : writes ? DramCommand::write : DramCommand::read;
  }
  [[nodiscard]] DramCycle refresh_ready() const;

  // What a command changes (ready_channel_issue.cpp).
  void issue(const Pick& pick, DramCycle now, std::vector<BurstAnswer>& answers);
  void issue_refresh(DramCycle now);
  void issue_data(std::int32_t entry, bool active, DramCycle now, std::vector<BurstAnswer>& answers);
  void issue_activate(std::int32_t entry, DramCycle now);
  void issue_precharge(std::int32_t entry, DramCycle now);
  void finish_opening(DramCycle now);
  void make_active(std::int32_t entry);
  void leave_active(std::int32_t entry);
  void count_row(Entry& entry);
  void unlink(std::int32_t entry);
  void set_row(std::int32_t bank, std::int32_t row);
  void find_candidates(Bank& bank, bool writes);
  void list(std::int32_t bank, bool writes, Kind kind, std::int32_t entry);
  void take_out(const Bank& bank, bool writes, Kind kind);
  void record(DramCycle now, DramCommand command, std::int32_t unit, std::int32_t bank, std::int32_t row);
  [[nodiscard]] bool forward(const BurstRequest& request) const;
  Entry& at(std::int32_t i) { return entries_[static_cast<std::size_t>(i)]; }
  [[nodiscard]] const Entry& at(std::int32_t i) const { return entries_[static_cast<std::size_t>(i)]; }
  Bank& bank_at(std::int32_t b) { return banks_[static_cast<std::size_t>(b)]; }
  [[nodiscard]] const Bank& bank_at(std::int32_t b) const { return banks_[static_cast<std::size_t>(b)]; }
  Unit& unit_of(const Bank& bank) { return units_[static_cast<std::size_t>(bank.unit)]; }

  DramStandard standard_;
  ChannelOptions options_;
  TimingState timing_;
  std::array<std::int32_t, 2> limit_;
  std::array<std::int32_t, 2> waiting_{};             // reads, writes in the queues
  std::vector<Entry> entries_;
  std::vector<std::int32_t> free_;
  std::vector<Bank> banks_;
  std::vector<Unit> units_;
  std::vector<Active> active_;                        // first accepted first, then in the order of their activates
  DramCycle active_not_before_ = kNeverCycle;         // none of them is ready before
  std::vector<std::int32_t> refreshes_due_;           // units, first first
  DramCycle next_refresh_;
  std::int32_t opening_ = kNone;                      // between the halves of a split activate
  DramCycle opening_deadline_ = 0;
  std::int32_t synced_ = kNone;                       // its data command follows the sync in the next cycle
  bool synced_active_ = false;
  DramCycle clock_running_until_ = 0;
  bool writing_ = false;
  bool next_writes_ = false;                          // the direction that `wake_` reckons with
  DramCycle now_ = 0;                                 // last cycle done
  DramCycle settled_ = 0;                             // the direction is decided up to this cycle
  DramCycle wake_ = kNeverCycle;                      // nothing happens before if nothing more is accepted
  std::uint64_t accepted_ = 0;
  int last_direction_ = -1;
  ChannelStatistics statistics_;
  CommandLog* log_ = nullptr;
};

}  // namespace tessera::arch
