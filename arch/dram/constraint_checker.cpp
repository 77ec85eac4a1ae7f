#include "arch/dram/constraint_checker.h"

#include <algorithm>
#include <map>

namespace tessera::arch {
namespace {

using C = DramCommand;

class Checker {
 public:
  Checker(const DramStandard& standard, const CommandLog& log, std::size_t most)
      : s_(standard), t_(standard.timings), log_(log), most_(most) {
    rows_.assign(static_cast<std::size_t>(s_.banks()), kClosed);
    opening_.assign(rows_.size(), -1);
    activates_.resize(static_cast<std::size_t>(s_.units));
  }

  std::vector<Violation> run() {
    // Nothing reaches back further than the longest of all times.
    const DramCycle after_write = t_.write_latency + std::max(t_.burst, t_.burst_long) +
                                  std::max({t_.write_recovery, t_.write_to_read_short, t_.write_to_read_long});
    const DramCycle after_read = t_.read_latency + t_.burst + t_.read_to_write_gap;
    const DramCycle others =
        std::max({t_.refresh, t_.row_cycle, t_.row_active, t_.activate_short, t_.activate_long, t_.activate_to_read,
                  t_.activate_to_write, t_.precharge, t_.precharge_all, t_.column_short, t_.column_long,
                  t_.read_to_precharge, t_.precharge_to_precharge});
    const DramCycle reach = std::max({after_write, after_read, others}) + t_.activate_slots;
    for (at_ = 0; at_ < log_.size() && violations_.size() < most_; ++at_) {
      const auto& now = log_[at_];
      while (log_[oldest_].cycle < now.cycle - reach) ++oldest_;
      if (at_ > 0 && now.cycle < log_[at_ - 1].cycle) fail("order", "the log goes back in time");
      for (std::size_t i = oldest_; i < at_; ++i) check_pair(log_[i], now);
      check_window(now);
      check_state(now);
      check_data_bus(now);
    }
    return std::move(violations_);
  }

 private:
  static constexpr std::int32_t kClosed = -1;

  void fail(const std::string& rule, const std::string& what) {
    violations_.push_back({at_, rule + ": " + what + " (" + std::string(to_string(log_[at_].command)) + " of bank " +
                                    std::to_string(log_[at_].bank) + " in cycle " + std::to_string(log_[at_].cycle) +
                                    ")"});
  }
  // `now` must come `least` cycles after `before`, both counted from where the device has taken the whole command.
  void need(const char* rule, DramCycle least, const IssuedCommand& before, const IssuedCommand& now) {
    const DramCycle distance = acts_at(now) - acts_at(before);
    if (distance < least)
      fail(rule, std::to_string(distance) + " cycles after " + std::string(to_string(before.command)) + ", needs " +
                     std::to_string(least));
  }
  [[nodiscard]] DramCycle acts_at(const IssuedCommand& c) const {
    return c.cycle + (c.command == C::activate ? t_.activate_slots - 1 : 0);
  }
  static bool data(const IssuedCommand& c) { return c.command == C::read || c.command == C::write; }
  static bool closes(const IssuedCommand& c) { return c.command == C::precharge || c.command == C::precharge_all; }
  [[nodiscard]] std::int32_t group(const IssuedCommand& c) const { return c.bank / s_.banks_per_group; }

  void check_pair(const IssuedCommand& before, const IssuedCommand& now) {
    check_command_bus(before, now);
    if (before.unit != now.unit) return;
    if (data(now)) check_data(before, now);
    if (now.command == C::activate) check_activate(before, now);
    if (closes(now)) check_close(before, now);
    if (now.command == C::refresh) {
      if (closes(before)) need("nRP before refresh", t_.precharge, before, now);
      if (before.command == C::activate) need("nRC before refresh", t_.row_cycle, before, now);
      if (before.command == C::refresh) need("nRFC", t_.refresh, before, now);
    }
  }

  void check_command_bus(const IssuedCommand& before, const IssuedCommand& now) {
    const bool same_bus = !s_.dual_command_bus || data(before) == data(now);
    const DramCycle slots = before.command == C::activate ? t_.activate_slots : 1;
    if (same_bus && now.cycle - before.cycle < slots) fail("command bus", "two commands at a time");
  }

  void check_data(const IssuedCommand& before, const IssuedCommand& now) {
    const bool same_group = before.bank >= 0 && group(before) == group(now);
    const bool reads = now.command == C::read;
    if (before.command == C::activate && before.bank == now.bank) {
      need("nRCD", reads ? t_.activate_to_read : t_.activate_to_write, before, now);
    }
    if (!data(before)) return;
    if (before.command == now.command) {
      need("nCCD_S", std::max(t_.column_short, t_.burst), before, now);
      if (same_group) need("nCCD_L", t_.column_long, before, now);
    } else if (before.command == C::read) {
      need("read to write", t_.read_latency + t_.burst + t_.read_to_write_gap - t_.write_latency, before, now);
    } else {
      need("nWTR_S", t_.write_latency + t_.burst + t_.write_to_read_short, before, now);
      if (same_group) need("nWTR_L", t_.write_latency + t_.burst_long + t_.write_to_read_long, before, now);
    }
  }

  void check_activate(const IssuedCommand& before, const IssuedCommand& now) {
    if (before.command == C::activate) {
      need("nRRD_S", t_.activate_short, before, now);
      if (group(before) == group(now)) need("nRRD_L", t_.activate_long, before, now);
      if (before.bank == now.bank) need("nRC", t_.row_cycle, before, now);
    }
    if (before.command == C::precharge && before.bank == now.bank) need("nRP", t_.precharge, before, now);
    if (before.command == C::precharge_all) need("nRP_all", t_.precharge_all, before, now);
    if (before.command == C::refresh) need("nRFC", t_.refresh, before, now);
  }

  void check_close(const IssuedCommand& before, const IssuedCommand& now) {
    if (closes(before)) need("nPPD", t_.precharge_to_precharge, before, now);
    if (now.command == C::precharge && before.bank != now.bank) return;
    if (before.command == C::activate) need("nRAS", t_.row_active, before, now);
    if (before.command == C::read) need("nRTP", t_.read_to_precharge, before, now);
    if (before.command == C::write) need("nWR", t_.write_latency + t_.burst + t_.write_recovery, before, now);
  }

  void check_window(const IssuedCommand& now) {
    if (now.command != C::activate) return;
    auto& list = activates_[static_cast<std::size_t>(now.unit)];
    list.push_back(now.cycle);
    if (list.size() > 4 && now.cycle - list[list.size() - 5] < t_.four_activates)
      fail("nFAW", "a fifth activate within the window");
  }

  void check_state(const IssuedCommand& now) {
    if (now.command == C::precharge_all || now.command == C::refresh) {
      const auto first = now.unit * s_.banks_per_unit();
      for (auto b = first; b < first + s_.banks_per_unit(); ++b) {
        auto& row = rows_[static_cast<std::size_t>(b)];
        if (now.command == C::refresh && row != kClosed) fail("state", "refresh with an open row");
        if (opening_[static_cast<std::size_t>(b)] >= 0) fail("state", "between the halves of an activate");
        if (now.command == C::precharge_all) row = kClosed;
      }
      return;
    }
    auto& row = rows_[static_cast<std::size_t>(now.bank)];
    auto& opening = opening_[static_cast<std::size_t>(now.bank)];
    switch (now.command) {
      case C::activate:
        if (row != kClosed) fail("state", "activate of an open bank");
        row = now.row;
        if (t_.activate_2_within > 0) opening = now.cycle;
        return;
      case C::activate_2:
        if (opening < 0) fail("state", "no first half");
        if (now.cycle - opening > t_.activate_2_within) fail("nAAD", "second half too late");
        opening = -1;
        return;
      case C::precharge:
        if (row == kClosed || opening >= 0) fail("state", "precharge of a bank that is not open");
        row = kClosed;
        return;
      case C::read:
      case C::write:
        if (row == kClosed || opening >= 0) fail("state", "data command to a bank that is not open");
        check_data_clock(now);
        return;
      default: last_sync_ = now.cycle; return;
    }
  }

  // The data clock runs for a while after data; else a sync command starts it in the cycle before.
  void check_data_clock(const IssuedCommand& now) {
    if (t_.sync_postamble < 0) return;
    if (now.cycle >= clock_until_ && last_sync_ != now.cycle - 1) fail("nWCKPST", "the data clock does not run");
    const DramCycle latency = now.command == C::read ? t_.read_latency : t_.write_latency;
    clock_until_ = std::max(clock_until_, now.cycle + latency + t_.burst + t_.sync_postamble);
  }

  void check_data_bus(const IssuedCommand& now) {
    if (!data(now)) return;
    const auto bus = s_.pseudo_channels ? now.unit : 0;
    const DramCycle start = now.cycle + (now.command == C::read ? t_.read_latency : t_.write_latency);
    auto& free = bus_free_[bus];
    if (start < free) fail("data bus", "two bursts at a time");
    free = std::max(free, start + t_.burst);
  }

  const DramStandard& s_;
  const DramTimings& t_;
  const CommandLog& log_;
  std::size_t most_;
  std::size_t at_ = 0, oldest_ = 0;
  std::vector<std::int32_t> rows_;
  std::vector<DramCycle> opening_;
  std::vector<std::vector<DramCycle>> activates_;  // of each unit
  std::map<std::int32_t, DramCycle> bus_free_;
  DramCycle last_sync_ = -2, clock_until_ = 0;
  std::vector<Violation> violations_;
};

}  // namespace

std::vector<Violation> check_commands(const DramStandard& standard, const CommandLog& log, std::size_t most) {
  return Checker(standard, log, most).run();
}

}  // namespace tessera::arch
