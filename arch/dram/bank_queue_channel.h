// A memory controller with a command queue for each bank, as DRAMsim3 has it.
//
// Accepted bursts wait in a read queue and in a write buffer. In each cycle one burst moves on to the queue of its
// bank. The banks take turns: the bank whose turn it is issues for the first burst of its queue whose next command
// breaks no timing rule. Only the head of a queue may close a row, and only when no hit for that row waits in the
// queue, or the row has served kRowHits bursts already. A write is answered when the buffer accepts it. Writes move on
// to the banks only when the buffer is full, or is half full while no read waits; then all buffered writes move on. A
// due refresh stops everything else: the controller precharges the banks one by one and issues the refresh.
//
// The channel is a next-event unit. For each kind of command it finds the banks that can go first, and keeps that plan
// until a command or an arriving burst touches a bank. Time then jumps to the next cycle in which a planned bank goes,
// a burst can move on, or a refresh falls due.
#pragma once

#include <array>

#include "arch/dram/channel.h"
#include "arch/dram/timing_state.h"
#include "arch/dram/waiting_bursts.h"

namespace tessera::arch {

class BankQueueChannel final : public Channel {
 public:
  BankQueueChannel(const DramStandard& standard, const ChannelOptions& options);

  [[nodiscard]] bool can_accept(bool write) const override {
    return line_[write].size() < (write ? options_.write_queue : options_.read_queue);
  }
  void accept(const BurstRequest& request, DramCycle now, std::vector<BurstAnswer>& answers) override;
  [[nodiscard]] DramCycle next() override;
  void advance(DramCycle until, std::vector<BurstAnswer>& answers) override;
  void idle_until(DramCycle now) override;
  [[nodiscard]] const ChannelStatistics& statistics() const override { return statistics_; }
  void log_to(CommandLog* log) override { log_ = log; }

 private:
  static constexpr std::int32_t kClosed = -1;
  static constexpr std::int32_t kRowHits = 4;    // a row that has served so many may be closed while hits wait
  static constexpr std::int32_t kBankQueue = 8;  // bursts
  // The commands that a bank's queue may want. Data commands are mostly the soonest to go, so they stand first: the
  // search then passes over the later kinds as a whole.
  static constexpr std::array kWanted{DramCommand::read, DramCommand::write, DramCommand::activate,
                                      DramCommand::precharge};

  struct Bank {
    std::array<std::int32_t, kBankQueue> queue{};  // numbers of waiting bursts, oldest first
    std::int32_t size = 0;
    std::uint32_t hits = 0, writes = 0;  // bit i: queue[i] hits the open row; queue[i] is a write
    std::int32_t row = kClosed;
    std::int32_t served = 0;  // data commands that the open row has served
    std::int32_t unit = 0;
  };
  // A read of a burst for which another read waits already: the other read's data answers both.
  struct MergedRead {
    std::int64_t burst = 0;
    DramCycle accepted = 0;
    std::uint32_t tag = 0;
  };
  // The banks that go first unless something else happens before, by the command that they want.
  struct Plan {
    bool valid = false;
    DramCycle cycle = kNeverCycle;
    std::array<BankSet, kWanted.size()> ready{};
  };
  // The next step of a due refresh: the precharge of `bank`, or the refresh itself where `bank` is -1.
  struct RefreshStep {
    DramCycle cycle = kNeverCycle;
    std::int32_t bank = -1;
  };

  [[nodiscard]] bool idle() const;
  // Nothing moves, no row is open, and no earlier refresh delays the next: it goes when it falls due.
  [[nodiscard]] bool at_rest() const;
  void run(DramCycle until, std::vector<BurstAnswer>& answers);
  [[nodiscard]] DramCycle next_cycle();
  [[nodiscard]] BankSet banks_of(std::int32_t unit) const {
    const auto count = standard_.banks_per_unit();
    return (~BankSet{0} >> (64 - count)) << (unit * count);
  }
  void make_plan(DramCycle from);
  void plan_in_unit(DramCommand command, std::int32_t unit, DramCycle from);
  void tick(DramCycle now, std::vector<BurstAnswer>& answers);
  [[nodiscard]] RefreshStep refresh_step(DramCycle from) const;
  void issue_refresh_step(const RefreshStep& step);
  void issue_planned(std::vector<BurstAnswer>& answers);
  void open_row(std::int32_t number, DramCycle now);
  void close_row(std::int32_t number, DramCycle now);
  void serve(std::int32_t number, std::int32_t position, DramCycle now, std::vector<BurstAnswer>& answers);
  void answer_reads(const WaitingBurst& burst, DramCycle now, std::vector<BurstAnswer>& answers);
  void issue(std::int32_t number, DramCommand command, DramCycle now, std::int32_t row = -1);
  void touch(std::int32_t number);
  [[nodiscard]] bool drain_starts() const;
  [[nodiscard]] bool read_first(std::int32_t bank) const;
  [[nodiscard]] bool can_move() const;
  void move_one();
  void move(bool write, std::int32_t number);
  void record(DramCycle now, DramCommand command, std::int32_t unit, std::int32_t bank, std::int32_t row);
  Bank& at(std::int32_t bank) { return banks_[static_cast<std::size_t>(bank)]; }
  [[nodiscard]] const Bank& at(std::int32_t bank) const { return banks_[static_cast<std::size_t>(bank)]; }

  DramStandard standard_;
  ChannelOptions options_;
  TimingState timing_;
  WaitingBursts bursts_;
  std::array<BurstLine, 2> line_;   // the read queue; the write buffer
  std::vector<MergedRead> merged_;  // in order of arrival
  std::vector<Bank> banks_;
  BankSet room_, open_ = 0;                     // banks whose queues have room; banks with an open row
  std::array<BankSet, kWanted.size()> want_{};  // banks, by the command that they want
  Plan plan_;
  std::int32_t turn_ = 0;                    // the bank that issued last
  std::int32_t in_banks_ = 0;                // bursts in the bank queues
  std::int32_t draining_ = 0;                // buffered writes that still have to move on
  std::vector<std::int32_t> refreshes_due_;  // units
  DramCycle next_refresh_;
  DramCycle now_ = 0;  // the last cycle that is done
  int last_direction_ = -1;
  ChannelStatistics statistics_;
  CommandLog* log_ = nullptr;
};

}  // namespace tessera::arch
