// The policy of BankQueueChannel as a plain scan: every cycle is visited, and every waiting burst and every bank is
// looked at. Slow and obvious; what the model with its jumps in time must equal to the cycle.
#pragma once

#include <optional>

#include "arch/dram/channel.h"
#include "arch/dram/timing_state.h"

namespace tessera::arch {

class PlainBankQueues final : public Channel {
 public:
  PlainBankQueues(const DramStandard& standard, const ChannelOptions& options);
  [[nodiscard]] bool can_accept(bool write) const override;
  void accept(const BurstRequest& request, DramCycle now, std::vector<BurstAnswer>& answers) override;
  [[nodiscard]] DramCycle next() override { return idle() ? kNeverCycle : now_ + 1; }
  void advance(DramCycle until, std::vector<BurstAnswer>& answers) override;
  void idle_until(DramCycle now) override;
  [[nodiscard]] const ChannelStatistics& statistics() const override { return statistics_; }
  void log_to(CommandLog* log) override { log_ = log; }

 private:
  struct Entry {
    BurstRequest request;
    DramCycle accepted = 0;
  };
  using List = std::vector<Entry>;  // oldest first
  struct Bank {
    List queue;
    std::int32_t row = -1;  // -1 closed
    std::int32_t served = 0;
  };
  struct Pick {
    std::size_t position = 0;
    DramCommand command = DramCommand::activate;
  };

  [[nodiscard]] bool idle() const;
  void tick(std::vector<BurstAnswer>& answers);
  [[nodiscard]] bool refresh(std::vector<BurstAnswer>& answers);
  [[nodiscard]] bool serve_banks(std::vector<BurstAnswer>& answers);
  [[nodiscard]] std::optional<Pick> first_ready(std::int32_t bank) const;
  void issue(std::int32_t bank, Pick pick, std::vector<BurstAnswer>& answers);
  void issue_data(Bank& bank, std::size_t position, std::vector<BurstAnswer>& answers);
  void answer_read(const Entry& entry, BurstData data, std::vector<BurstAnswer>& answers);
  [[nodiscard]] bool drain_starts() const;
  [[nodiscard]] std::size_t movable(const List& list) const;
  void move_one();
  void move(List& list, std::size_t position);
  [[nodiscard]] bool waits(const BurstRequest& request, bool write) const;
  [[nodiscard]] bool ready(DramCommand command, std::int32_t bank) const {
    return timing_.earliest(command, bank) <= now_;
  }
  void record(DramCommand command, std::int32_t unit, std::int32_t bank, std::int32_t row = -1);
  Bank& at(std::int32_t bank) { return banks_[static_cast<std::size_t>(bank)]; }
  [[nodiscard]] const Bank& at(std::int32_t bank) const { return banks_[static_cast<std::size_t>(bank)]; }

  DramStandard standard_;
  ChannelOptions options_;
  TimingState timing_;
  List queue_[2];  // reads, writes
  List merged_;
  std::vector<Bank> banks_;
  std::int32_t turn_ = 0;
  std::size_t draining_ = 0;
  std::vector<std::int32_t> refreshes_;
  int last_direction_ = -1;
  DramCycle now_ = 0;
  ChannelStatistics statistics_;
  CommandLog* log_ = nullptr;
};

}  // namespace tessera::arch
