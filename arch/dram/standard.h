// A DRAM standard: how one channel is built and how far apart its commands must be.
//
// The numbers live in data files (configs/dram/*.yaml, built into the program) and come from JEDEC standards by way of
// the simulators that each file names. Times are in cycles of the command clock. Left out: power-down, self-refresh,
// per-bank refresh, temperature-dependent refresh.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "arch/dram/command.h"
#include "base/clock.h"
#include "base/result.h"

namespace tessera::arch {

// All in cycles. _S and _L: to another and to the same bank group.
struct DramTimings {
  DramCycle burst = 4;          // data bus time of one access (nBL)
  DramCycle burst_long = 4;     // the same within a bank group, where the array is slower than the bus
  DramCycle read_latency = 0;   // nCL
  DramCycle write_latency = 0;  // nCWL
  DramCycle activate_to_read = 0, activate_to_write = 0;      // nRCD
  DramCycle precharge = 0, precharge_all = 0;                 // nRP of one bank, of all banks
  DramCycle row_active = 0, row_cycle = 0;                    // nRAS, nRC
  DramCycle activate_short = 0, activate_long = 0;            // nRRD_S, nRRD_L
  DramCycle four_activates = 0;                               // nFAW
  DramCycle column_short = 0, column_long = 0;                // nCCD_S, nCCD_L
  DramCycle write_recovery = 0, read_to_precharge = 0;        // nWR, nRTP
  DramCycle write_to_read_short = 0, write_to_read_long = 0;  // nWTR_S, nWTR_L: from the end of write data
  DramCycle read_to_write_gap = 0;                            // idle bus cycles between read data and write data
  DramCycle unit_switch = 0;                                  // idle bus cycles between data of two ranks (nCS)
  DramCycle precharge_to_precharge = 0;                       // nPPD; 0: none
  DramCycle refresh = 0, refresh_interval = 0;                // nRFC, nREFI
  DramCycle activate_2_within = 0;                            // nAAD; 0: activate is one command
  DramCycle sync_postamble = -1;                              // nWCKPST; -1: the data clock always runs
  DramCycle activate_slots = 1;                               // command bus cycles that an activate takes
  friend bool operator==(const DramTimings&, const DramTimings&) = default;
};

// How the controller of the reference measurements schedules; see arch/dram/channel.h.
enum class ControllerPolicy : std::uint8_t { oldest_ready, bank_queues };

inline constexpr std::int32_t kMaxBanksPerChannel = 64;  // of all units together

struct DramStandard {
  std::string name;
  base::Clock clock;  // command clock
  std::int64_t burst_bytes = 64;
  std::int32_t units = 1;        // ranks, or pseudo-channels
  bool pseudo_channels = false;  // units have data buses of their own
  std::int32_t bank_groups = 1, banks_per_group = 8;
  std::int64_t rows = 0;
  std::int64_t row_bytes = 0;     // of one bank
  bool dual_command_bus = false;  // a row and a column command in the same cycle
  DramTimings timings;
  ControllerPolicy policy = ControllerPolicy::oldest_ready;

  [[nodiscard]] std::int32_t banks_per_unit() const { return bank_groups * banks_per_group; }
  [[nodiscard]] std::int32_t banks() const { return units * banks_per_unit(); }
  [[nodiscard]] std::int64_t bursts_per_row() const { return row_bytes / burst_bytes; }
  [[nodiscard]] std::int64_t channel_bytes() const { return banks() * rows * row_bytes; }
  // Of one channel: what its data buses can move.
  [[nodiscard]] std::int64_t peak_bytes_per_second() const;
};

// Reads the text of a standard's file; `file` is for messages.
[[nodiscard]] base::Result<DramStandard> parse_dram_standard(std::string text, const std::string& file);
// A standard by name ("DDR4-3200"), or by the path of a user's file (anything with a '/' or ending in .yaml).
[[nodiscard]] base::Result<DramStandard> find_dram_standard(const std::string& name_or_path);
// Names of the standards that are built in, in alphabetical order.
[[nodiscard]] std::vector<std::string> dram_standard_names();

}  // namespace tessera::arch
