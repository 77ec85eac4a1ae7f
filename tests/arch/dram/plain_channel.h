// The policy of ReadyChannel as a plain scan: every cycle is visited and every waiting burst is looked at. Slow and
// obvious; what the model with its candidates and jumps in time must equal to the cycle.
#pragma once

#include <optional>

#include "arch/dram/channel.h"
#include "arch/dram/timing_state.h"

namespace tessera::arch {

class PlainChannel final : public Channel {
 public:
  PlainChannel(const DramStandard& standard, const ChannelOptions& options);
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
    bool counted = false;
  };
  using List = std::vector<Entry>;
  struct Pick {
    List* list = nullptr;
    std::size_t position = 0;
    DramCommand command = DramCommand::activate;
  };
  enum class Bus { any, row, column };

  [[nodiscard]] bool idle() const {
    return queue_[0].empty() && queue_[1].empty() && active_.empty() && opening_.empty() && !synced_;
  }
  void tick(std::vector<BurstAnswer>& answers);
  void tick_bus(Bus bus, std::vector<BurstAnswer>& answers);
  [[nodiscard]] DramCommand wanted(const Entry& entry) const;
  [[nodiscard]] bool ready(DramCommand command, std::int32_t bank) const {
    return timing_.earliest(command, bank) <= now_;
  }
  [[nodiscard]] bool allowed(DramCommand command, std::int32_t bank, Bus bus) const;
  [[nodiscard]] std::optional<Pick> oldest_ready(List& list, Bus bus);
  void decide_mode();
  [[nodiscard]] bool refresh(bool issue);
  void issue(Pick pick, std::vector<BurstAnswer>& answers);
  void issue_data(Pick pick, std::vector<BurstAnswer>& answers);
  void second_half();
  void count(Entry& entry);
  void record(DramCommand command, std::int32_t bank, std::int32_t row = -1);
  [[nodiscard]] bool unit_has(const List& list, std::int32_t unit) const;

  DramStandard standard_;
  ChannelOptions options_;
  TimingState timing_;
  List queue_[2], active_, opening_;
  DramCycle opening_deadline_ = 0;
  std::optional<Pick> synced_;
  DramCycle clock_until_ = 0;
  std::vector<std::int32_t> rows_;  // -1 closed, -2 between the halves of an activate
  std::vector<std::int32_t> refreshes_;
  bool writing_ = false;
  DramCycle now_ = 0;
  int last_direction_ = -1;
  ChannelStatistics statistics_;
  CommandLog* log_ = nullptr;
};

}  // namespace tessera::arch
