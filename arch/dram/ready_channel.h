// Controller that issues the oldest ready command ("FR-FCFS" as Ramulator 2.1 understands it).
//
// Every waiting burst wants one command next: precharge, activate, or its read or write. Of those that break no timing
// rule the oldest burst's goes first, so an old precharge beats a young row hit. A burst whose row was opened for it
// moves to the active list: it leaves the queue, goes before everything else, and keeps its bank open. Reads are served
// unless writes are drained. A due refresh stops new commands until the active list is empty and the unit refreshed.
// Rows stay open. A read that finds its data in the write queue is answered from there.
//
// Next-event: per bank one candidate for a row hit and one for the oldest other burst. Candidates of one direction, unit
// and kind of command are a set of banks with a bound before which none of them is ready, so that most decisions look
// at few banks. If nothing is ready, time jumps to the earliest of them.
#pragma once

#include <array>
#include <cstdint>

#include "arch/dram/channel.h"
#include "arch/dram/timing_state.h"

namespace tessera::arch {

inline constexpr std::int32_t kMaxBanksPerChannel = 64;  // a set of banks is one word

class ReadyChannel final : public Channel {
 public:
  ReadyChannel(const DramStandard& standard, const ChannelOptions& options);

  [[nodiscard]] bool can_accept(bool write) const override { return waiting_[write] < limit_[write]; }
  void accept(const BurstRequest& request, DramCycle now, std::vector<BurstAnswer>& answers) override;
  [[nodiscard]] DramCycle next() override;
  void advance(DramCycle until, std::vector<BurstAnswer>& answers) override;
  void idle_until(DramCycle now) override;
  [[nodiscard]] const ChannelStatistics& statistics() const override { return statistics_; }
  void log_to(CommandLog* log) override { log_ = log; }

 private:
  static constexpr std::int32_t kNone = -1;
  static constexpr std::int32_t kClosed = -1, kOpening = -2;  // instead of an open row

  // A waiting burst; in the list of its bank and direction, oldest first.
  struct Entry {
    BurstRequest request;
    DramCycle accepted = 0;
    std::uint64_t order = 0;
    std::int32_t next = kNone, previous = kNone;
    bool counted = false;  // in the row statistics
  };
  struct BankQueue {
    std::int32_t head = kNone, tail = kNone;
    std::int32_t hit = kNone, other = kNone;  // oldest for the open row; oldest for another
    std::uint64_t hit_order = 0, other_order = 0;
  };
  enum Kind : std::uint8_t { kData, kActivate, kPrecharge };
  // Banks whose oldest burst of a direction wants one kind of command.
  struct Candidates {
    std::uint64_t banks = 0;
    DramCycle not_before = kNeverCycle;  // none of them breaks no rule before
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
  };
  // A burst whose row was opened for it.
  struct Active {
    DramCycle accepted = 0;
    std::int32_t entry = kNone, bank = 0;
    DramCommand command = DramCommand::read;
  };
  // A command that could go at `cycle`.
  struct Choice {
    DramCycle cycle = kNeverCycle;
    std::int32_t entry = kNone;
    DramCommand command = DramCommand::activate;
    bool active = false;
  };
  // What happens next if nothing more is accepted. Choices of the column and of the row bus are one on a single bus.
  struct Plan {
    bool valid = false;
    DramCycle from = 0, cycle = kNeverCycle;
    Choice column, row;
    bool refresh_command = false;  // the command of the pending refresh
    bool mode_decided = false, writes = false;
  };
  // Cycles from now, age and bank in one number: the least is the oldest of the earliest.
  using Ticket = std::uint64_t;
  static constexpr Ticket kNoTicket = ~Ticket{0};
  static constexpr int kWaitShift = 44, kBankBits = 6;
  [[nodiscard]] static Ticket ticket(DramCycle wait, std::uint64_t order, std::int32_t bank) {
    return static_cast<Ticket>(wait) << kWaitShift | order << kBankBits | static_cast<Ticket>(bank);
  }

  [[nodiscard]] bool idle() const { return waiting_[0] + waiting_[1] == 0 && active_.empty() && opening_ == kNone && synced_ == kNone; }
  void run(DramCycle until, std::vector<BurstAnswer>& answers);
  void make_plan();
  void plan_commands(DramCycle from);
  void plan_queues(DramCycle from);
  void keep_or_drop_plan(const Entry& entry, bool candidate);
  void execute(std::vector<BurstAnswer>& answers);
  void execute_dual(std::vector<BurstAnswer>& answers);
  [[nodiscard]] bool drain_mode() const;
  void look_at_active(DramCycle from, Choice& best);
  [[nodiscard]] Ticket first(Kind kind, bool writes, DramCycle from, Ticket best);
  [[nodiscard]] Choice choice_of(Kind kind, bool writes, DramCycle from, Ticket ticket) const;
  [[nodiscard]] Choice best_row(bool writes, DramCycle from, Ticket best);
  [[nodiscard]] static DramCommand command_of(Kind kind, bool writes) {
    return kind == kActivate ? DramCommand::activate : kind == kPrecharge ? DramCommand::precharge : writes ? DramCommand::write : DramCommand::read;
  }
  [[nodiscard]] DramCycle refresh_ready(DramCycle from) const;
  void issue(const Choice& choice, DramCycle now, std::vector<BurstAnswer>& answers);
  void issue_refresh(DramCycle now);
  void issue_data(const Choice& choice, DramCycle now, std::vector<BurstAnswer>& answers);
  void issue_activate(std::int32_t entry, DramCycle now);
  void issue_precharge(std::int32_t entry, DramCycle now);
  void finish_opening(DramCycle now);
  void make_active(std::int32_t entry);
  void leave_active(std::int32_t entry);
  void count_row(Entry& entry);
  void commit_mode(DramCycle passed);
  void unlink(std::int32_t entry);
  void set_row(std::int32_t bank, std::int32_t row);
  void find_candidates(std::int32_t bank, bool writes);
  void mark(std::int32_t bank, bool writes);
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
  std::vector<Active> active_;                        // in the order of their activates
  DramCycle active_not_before_ = kNeverCycle;         // none of them is ready before
  std::vector<std::int32_t> refreshes_due_;           // units, first first
  DramCycle next_refresh_;
  std::int32_t opening_ = kNone;                      // between the halves of a split activate
  DramCycle opening_deadline_ = 0;
  std::int32_t synced_ = kNone;                       // its data command follows the sync in the next cycle
  bool synced_active_ = false;
  DramCycle clock_running_until_ = 0;
  bool writing_ = false;
  DramCycle now_ = 0;                                 // last cycle done
  std::uint64_t accepted_ = 0;
  Plan plan_;
  int last_direction_ = -1;
  ChannelStatistics statistics_;
  CommandLog* log_ = nullptr;
};

}  // namespace tessera::arch
