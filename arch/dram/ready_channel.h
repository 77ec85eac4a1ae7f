// Controller that issues the oldest ready command ("FR-FCFS" as Ramulator 2.1 understands it).
//
// Every waiting burst wants one command next: precharge, activate, or its read or write. Of those that break no timing
// rule the oldest burst's goes first, so an old precharge beats a young row hit. A burst whose row was opened for it
// moves to the active list: it leaves the queue, goes before everything else, and keeps its bank open. Reads are served
// unless writes are drained. A due refresh stops new commands until the active list is empty and the unit refreshed.
// Rows stay open. A read that finds its data in the write queue is answered from there.
//
// Next-event: per bank one candidate for a row hit and one for the oldest other burst, and per unit, direction and kind
// of command the best of them, kept until a command delays its bank group or a better one appears. A decision compares
// those few; if nothing is ready, time jumps to the least of their earliest times.
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
  };
  enum Kind : std::uint8_t { kData, kActivate, kPrecharge };
  static constexpr std::array<Kind, 3> kKinds{kData, kActivate, kPrecharge};
  // The oldest of the earliest commands of one kind, direction and unit, when nothing of them may go before `floor`.
  // It stays best for every later floor before `rival`, the first cycle at which another catches up: until then all
  // others come later, or are younger.
  struct Best {
    bool valid = false;
    DramCycle floor = 0, cycle = kNeverCycle, rival = kNeverCycle;
    std::uint64_t order = 0;
    std::int32_t bank = kNone;
    void consider(std::int32_t b, DramCycle at, std::uint64_t age) {
      const DramCycle c = std::max(floor, at);
      if (c != cycle) rival = std::min(rival, std::max(c, cycle));
      if (c > cycle || (c == cycle && age >= order)) return;
      cycle = c;
      order = age;
      bank = b;
    }
  };
  using BestByKind = std::array<std::array<Best, 3>, 2>;  // by direction and kind
  struct Bank {
    std::int32_t row = kClosed;
    std::int32_t active = 0;  // entries of the active list
    std::int32_t unit = 0;
  };
  // A command that could go at `cycle`.
  struct Candidate {
    DramCycle cycle = kNeverCycle;
    std::uint64_t order = 0;
    std::int32_t entry = kNone;
    DramCommand command = DramCommand::activate;
    bool active = false;
  };
  // What happens next if nothing more is accepted. Candidates of the column and of the row bus are one on a single bus.
  struct Plan {
    bool valid = false;
    DramCycle from = 0, cycle = kNeverCycle;
    Candidate column, row;
    bool refresh_command = false;  // the command of the pending refresh
    bool mode_decided = false, writes = false;
  };

  [[nodiscard]] bool idle() const { return waiting_[0] + waiting_[1] == 0 && active_.empty() && opening_ == kNone && synced_ == kNone; }
  void run(DramCycle until, std::vector<BurstAnswer>& answers);
  void make_plan();
  void plan_commands(DramCycle from);
  void execute(std::vector<BurstAnswer>& answers);
  void execute_dual(std::vector<BurstAnswer>& answers);
  [[nodiscard]] bool drain_mode() const;
  [[nodiscard]] Candidate best_active(DramCycle from) const;
  [[nodiscard]] Candidate best_data(bool writes, DramCycle from);
  [[nodiscard]] Candidate best_row(bool writes, DramCycle from);
  void take_best(bool writes, Kind kind, std::int32_t unit, DramCycle from, Candidate& best);
  [[nodiscard]] const Best& best_of(bool writes, Kind kind, std::int32_t unit, DramCycle from);
  [[nodiscard]] static DramCommand command_of(Kind kind, bool writes) {
    return kind == kActivate ? DramCommand::activate : kind == kPrecharge ? DramCommand::precharge : writes ? DramCommand::write : DramCommand::read;
  }
  [[nodiscard]] std::uint64_t banks_of(std::int32_t unit) const {
    const auto count = standard_.banks_per_unit();
    return (count == kMaxBanksPerChannel ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1) << (unit * count);
  }
  // Banks with a candidate of this kind.
  [[nodiscard]] std::uint64_t candidates(bool writes, Kind kind) const {
    if (kind == kData) return with_hit_[writes];
    return with_other_[writes] & (kind == kActivate ? closed_ : ~closed_ & ~held_open_);
  }
  void offer(std::int32_t bank, bool writes, Kind kind);
  void command_done(std::int32_t bank);
  [[nodiscard]] DramCycle refresh_ready(DramCycle from) const;
  void issue(const Candidate& candidate, DramCycle now, std::vector<BurstAnswer>& answers);
  void issue_refresh(DramCycle now);
  void issue_data(const Candidate& candidate, DramCycle now, std::vector<BurstAnswer>& answers);
  void finish_opening(DramCycle now);
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

  DramStandard standard_;
  ChannelOptions options_;
  TimingState timing_;
  std::array<std::int32_t, 2> limit_;
  std::array<std::int32_t, 2> waiting_{};             // reads, writes in the queues
  std::vector<Entry> entries_;
  std::vector<std::int32_t> free_;
  std::array<std::vector<BankQueue>, 2> queues_;
  std::array<std::uint64_t, 2> with_hit_{}, with_other_{};  // banks with such a candidate
  std::uint64_t closed_ = 0, held_open_ = 0;          // banks; held: in the active list, or between halves of an activate
  std::vector<Bank> banks_;
  std::vector<BestByKind> best_;                      // by unit
  std::vector<std::int32_t> open_banks_, active_in_unit_;  // by unit
  std::vector<std::int32_t> active_;                  // in the order of their activates
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
