#include "arch/dram/standard_keys.h"

namespace tessera::arch {
namespace {

using base::Dimension;
using base::ParameterInfo;
using base::Range;

constexpr Range kCycles{1, 1'000'000}, kCyclesOrNone{0, 1'000'000};

ParameterInfo timing(const DramTimingKey& k) {
  std::string otherwise = std::to_string(k.otherwise);
  for (const DramTimingKey& other : dram_timing_keys())
    if (k.follows != nullptr && other.member == k.follows) otherwise = "as timings." + std::string(other.key);
  if (k.otherwise < 0) otherwise = "none";
  return {"timings." + std::string(k.key),
          "whole number",
          "cycles of the command clock",
          k.required ? "" : otherwise,
          k.range.describe(),
          std::string(k.text),
          k.required};
}

ParameterInfo required(std::string key, std::string kind, std::string unit, std::string range, std::string text) {
  return {std::move(key), std::move(kind), std::move(unit), "", std::move(range), std::move(text), true};
}

}  // namespace

const std::vector<DramTimingKey>& dram_timing_keys() {
  using T = DramTimings;
  static const std::vector<DramTimingKey> keys{
      {"nBL", &T::burst, true, kCycles, "data bus time of one burst"},
      {"nBL_L", &T::burst_long, false, kCycles,
       "the same to the same bank group, where the array is slower than the bus", 0, &T::burst},
      {"nCL", &T::read_latency, true, kCycles, "read command to the first data"},
      {"nCWL", &T::write_latency, true, kCycles, "write command to the first data"},
      {"nRCD", &T::activate_to_read, true, kCycles, "activate to read"},
      {"nRCD_W", &T::activate_to_write, false, kCycles, "activate to write", 0, &T::activate_to_read},
      {"nRP", &T::precharge, true, kCycles, "precharge of one bank to its activate"},
      {"nRP_all", &T::precharge_all, false, kCycles, "precharge of all banks to refresh", 0, &T::precharge},
      {"nRAS", &T::row_active, true, kCycles, "activate to precharge of the same bank"},
      {"nRC", &T::row_cycle, true, kCycles, "activate to activate of the same bank"},
      {"nRRD_S", &T::activate_short, true, kCycles, "activate to activate, another bank group"},
      {"nRRD_L", &T::activate_long, true, kCycles, "activate to activate, the same bank group"},
      {"nFAW", &T::four_activates, true, kCycles, "window that holds at most four activates"},
      {"nCCD_S", &T::column_short, true, kCycles, "read to read and write to write, another bank group"},
      {"nCCD_L", &T::column_long, true, kCycles, "read to read and write to write, the same bank group"},
      {"nWR", &T::write_recovery, true, kCycles, "end of write data to precharge"},
      {"nRTP", &T::read_to_precharge, true, kCycles, "read to precharge"},
      {"nWTR_S", &T::write_to_read_short, true, kCycles, "end of write data to read, another bank group"},
      {"nWTR_L", &T::write_to_read_long, true, kCycles, "end of write data to read, the same bank group"},
      {"read_to_write_gap", &T::read_to_write_gap, true, kCyclesOrNone,
       "idle bus cycles between read data and write data"},
      {"nCS", &T::unit_switch, false, kCyclesOrNone, "idle bus cycles between data of two ranks"},
      {"nPPD", &T::precharge_to_precharge, false, kCyclesOrNone, "precharge to precharge; 0: no limit"},
      {"nAAD", &T::activate_2_within, false, kCyclesOrNone,
       "an activate has two halves, at most this far apart (2 to nRCD - 1); 0: it is one command"},
      {"nWCKPST", &T::sync_postamble, false, kCyclesOrNone,
       "the data clock stops this long after the last data; none: it always runs", -1},
      {"activate_slots", &T::activate_slots, false, {1, 2}, "command bus cycles that an activate takes", 1},
      {"nRFC", &T::refresh, true, kCycles, "refresh of all banks"},
      {"nREFI", &T::refresh_interval, true, kCycles,
       "from one refresh to the next; long enough to refresh, open a row and read it"},
  };
  return keys;
}

std::vector<ParameterInfo> dram_standard_keys() {
  const std::string bytes = base::units_of(Dimension::bytes);
  const auto power = [](std::int64_t most) { return "power of two, 1 to " + std::to_string(most); };
  std::vector<ParameterInfo> keys{
      required("name", "text", "", "", "what machine files call the standard"),
      required("period", "time", base::units_of(Dimension::time), kStandardPeriod.describe(Dimension::time),
               "of the command clock"),
      required("burst", "size", bytes, "power of two, " + kStandardBurst.describe(Dimension::bytes),
               "bytes that one read or write command moves"),
      required("row", "size", bytes, "power of two, " + kStandardRow.describe(Dimension::bytes),
               "bytes of a row of one bank; at least one burst"),
      required("bank_groups", "whole number", "", power(kMaxBanksPerChannel),
               "of a rank; 1 where the standard has none. A channel has at most " +
                   std::to_string(kMaxBanksPerChannel) + " banks"),
      required("banks_per_group", "whole number", "", power(kMaxBanksPerChannel), "banks of a bank group"),
      required("rows", "whole number", "", power(kStandardMostRows), "rows of a bank"),
      {"ranks", "whole number", "", "1", power(kStandardMostUnits), "ranks of a channel, on one data bus", false},
      {"pseudo_channels", "whole number", "", "none", power(kStandardMostUnits),
       "instead of ranks: units with data buses of their own", false},
      {"dual_command_bus", "flag", "", "false", "true | false",
       "a row command and a column command in the same cycle; not with nAAD or nWCKPST", false},
      required("controller", "choice", "", "oldest_ready | bank_queues",
               "oldest_ready: the oldest command that may go (Ramulator 2.1); bank_queues: a queue per bank, in turns "
               "(DRAMsim3; not with dual_command_bus, nAAD, nWCKPST)"),
  };
  for (const DramTimingKey& k : dram_timing_keys()) keys.push_back(timing(k));
  return keys;
}

}  // namespace tessera::arch
