// Controller with a command queue per bank, as DRAMsim3 has it.
//
// Bursts wait in a read queue and a write buffer; each cycle one of them moves on to the queue of its bank. The banks
// take turns; of a bank's queue the first burst goes whose next command breaks no timing rule. A row is closed only for
// the head of the queue, and not while hits for it wait there, unless it has served kRowHits already. Writes are
// answered when they are accepted and move on only when the buffer is full, or half full and no read waits; then all
// that are there. A due refresh stops everything, precharges the banks one by one and is issued.
#pragma once

#include <deque>

#include "arch/dram/channel.h"
#include "arch/dram/timing_state.h"

namespace tessera::arch {

class BankQueueChannel final : public Channel {
 public:
  BankQueueChannel(const DramStandard& standard, const ChannelOptions& options);

  [[nodiscard]] bool can_accept(bool write) const override {
    return static_cast<std::int32_t>(write ? writes_.size() : reads_.size()) < (write ? options_.write_queue : options_.read_queue);
  }
  void accept(const BurstRequest& request, DramCycle now, std::vector<BurstAnswer>& answers) override;
  [[nodiscard]] DramCycle next() override;
  void advance(DramCycle until, std::vector<BurstAnswer>& answers) override;
  void idle_until(DramCycle now) override;
  [[nodiscard]] const ChannelStatistics& statistics() const override { return statistics_; }
  void log_to(CommandLog* log) override { log_ = log; }

 private:
  static constexpr std::int32_t kClosed = -1;
  static constexpr std::int32_t kRowHits = 4;        // after these an older burst may close the row under waiting hits
  static constexpr std::size_t kBankQueue = 8;       // bursts

  struct Entry {
    BurstRequest request;
    DramCycle accepted = 0;
  };
  struct Bank {
    std::vector<Entry> queue;   // oldest first
    std::int32_t row = kClosed;
    std::int32_t served = 0;    // data commands since the row was opened
    std::int32_t unit = 0;
  };
  struct Choice {
    DramCycle cycle = kNeverCycle;
    std::size_t position = 0;   // in the bank's queue
    DramCommand command = DramCommand::activate;
  };

  [[nodiscard]] bool idle();
  void run(DramCycle until, std::vector<BurstAnswer>& answers);
  [[nodiscard]] DramCycle next_cycle();
  void tick(DramCycle now, std::vector<BurstAnswer>& answers);
  [[nodiscard]] bool step_refresh(DramCycle now, bool issue, DramCycle& earliest);
  void step_command(DramCycle now, std::vector<BurstAnswer>& answers);
  void step_transaction();
  void move_on(std::deque<Entry>& source, std::size_t position);
  [[nodiscard]] bool drain_starts() const;
  [[nodiscard]] std::size_t movable(const std::deque<Entry>& queue) const;
  [[nodiscard]] Choice choose(std::size_t bank, DramCycle from) const;
  [[nodiscard]] bool may_precharge(const Bank& bank) const;
  void issue(std::size_t bank, const Choice& choice, DramCycle now, std::vector<BurstAnswer>& answers);
  void record(DramCycle now, DramCommand command, std::int32_t unit, std::int32_t bank, std::int32_t row);
  template <class Match>
  [[nodiscard]] bool pending(const BurstRequest& request, const std::deque<Entry>& queue, Match match) const;

  DramStandard standard_;
  ChannelOptions options_;
  TimingState timing_;
  std::deque<Entry> reads_, writes_;
  std::vector<Entry> merged_;         // reads of a burst that is being read already
  std::vector<Bank> banks_;
  std::size_t turn_ = 0;              // the bank that went last
  std::int32_t in_banks_ = 0;         // bursts in the bank queues
  std::size_t draining_ = 0;          // writes still to move on
  std::vector<std::int32_t> refreshes_due_;
  DramCycle next_refresh_;
  DramCycle now_ = 0;
  ChannelStatistics statistics_;
  int last_direction_ = -1;
  CommandLog* log_ = nullptr;
};

}  // namespace tessera::arch
