#include "arch/dram/standard.h"

#include <algorithm>
#include <bit>
#include <filesystem>
#include <map>

#include "arch/dram/builtin_standards.h"
#include "arch/dram/ready_channel.h"
#include "arch/dram/standard_keys.h"
#include "base/config/map_reader.h"
#include "base/config/suggest.h"

namespace tessera::arch {
namespace {

using base::MapReader;
using base::Range;

void read_timings(MapReader& top, const std::string& path, DramTimings& t, base::Diagnostics& problems) {
  const auto* node = top.require("timings", "a map of times in command clock cycles");
  if (node == nullptr) return;
  MapReader reader(*node, path, problems);
  for (const DramTimingKey& k : dram_timing_keys())
    if (k.required) t.*k.member = reader.integer(k.key, k.range);
  for (const DramTimingKey& k : dram_timing_keys()) {
    if (k.required) continue;
    t.*k.member = reader.integer_or(k.key, k.follows != nullptr ? t.*k.follows : k.otherwise, k.range);
  }
  if (reader.ok() &&
      (t.activate_2_within == 1 || (t.activate_2_within > 0 && t.activate_2_within >= t.activate_to_read))) {
    reader.report(path + ".nAAD must be at least 2 cycles and less than nRCD");
  }
  reader.finish();
}

// A refresh closes every row, also one that was opened for a burst which has not been moved yet. Where the interval is
// too short to refresh, open a row and read it, that burst would wait for ever. What a refresh waits for: every bank of
// every unit closed, one after the other, and the last activate a row cycle ago.
DramCycle least_interval(const DramStandard& s) {
  const DramTimings& t = s.timings;
  const DramCycle closing = s.banks_per_unit() * std::max<DramCycle>(1, t.precharge_to_precharge);
  const DramCycle before =
      std::max(t.row_cycle, t.row_active + closing + std::max(t.precharge, t.precharge_all)) * s.units;
  const DramCycle to_activate = std::max({t.refresh, t.four_activates, t.activate_short, t.activate_long});
  const DramCycle to_data = std::max(t.activate_to_read, t.activate_to_write);
  return before + to_activate + to_data + 2 * s.units + 2 * t.activate_slots + 2;  // and slots of the command bus
}

void check_refresh(MapReader& reader, const DramStandard& s) {
  const DramCycle least = least_interval(s);
  if (s.timings.refresh_interval > least) return;
  reader.report("timings.nREFI of " + std::to_string(s.timings.refresh_interval) +
                " cycles leaves no time to open a row and read it between two refreshes: closing all banks (nRAS, nRC, "
                "nRP, nPPD), nRFC, nFAW, nRRD and nRCD together need more than " +
                std::to_string(least) + " cycles");
}

std::int32_t power_of_two(MapReader& reader, std::string_view key, std::int64_t fallback, std::int64_t most) {
  const auto value =
      fallback > 0 ? reader.integer_or(key, fallback, Range{1, most}) : reader.integer(key, Range{1, most});
  if (value > 0 && !std::has_single_bit(static_cast<std::uint64_t>(value))) {
    reader.report(reader.path_of(key) + " must be a power of two, not " + std::to_string(value));
  }
  return static_cast<std::int32_t>(value);
}

void read_organization(MapReader& reader, DramStandard& s) {
  s.burst_bytes = reader.quantity("burst", base::Dimension::bytes, kStandardBurst);
  s.row_bytes = reader.quantity("row", base::Dimension::bytes, kStandardRow);
  s.bank_groups = power_of_two(reader, "bank_groups", 0, kMaxBanksPerChannel);
  s.banks_per_group = power_of_two(reader, "banks_per_group", 0, kMaxBanksPerChannel);
  s.rows = power_of_two(reader, "rows", 0, kStandardMostRows);
  s.pseudo_channels = reader.has("pseudo_channels");
  s.units = power_of_two(reader, s.pseudo_channels ? "pseudo_channels" : "ranks", 1, kStandardMostUnits);
  s.dual_command_bus = reader.flag_or("dual_command_bus", false);
  if (!reader.ok()) return;
  if (!std::has_single_bit(static_cast<std::uint64_t>(s.burst_bytes)) ||
      !std::has_single_bit(static_cast<std::uint64_t>(s.row_bytes)) || s.row_bytes < s.burst_bytes) {
    reader.report("burst and row must be powers of two, and a row holds at least one burst");
  }
  if (s.banks() > kMaxBanksPerChannel) {
    reader.report("a channel of " + std::to_string(s.banks()) + " banks: at most " +
                  std::to_string(kMaxBanksPerChannel) + " are modelled");
  }
}

bool is_path(const std::string& name) { return name.find('/') != std::string::npos || name.ends_with(".yaml"); }

}  // namespace

std::int64_t DramStandard::peak_bytes_per_second() const {
  // One burst per data bus in `burst` cycles of period num/den ps; rounded up, so that it stays an upper bound.
  const std::int64_t buses = pseudo_channels ? units : 1;
  const auto bytes = static_cast<__int128>(buses * burst_bytes) * 1'000'000'000'000 * clock.period_den();
  const auto time = static_cast<__int128>(timings.burst) * clock.period_num();
  return static_cast<std::int64_t>((bytes + time - 1) / time);
}

base::Result<DramStandard> parse_dram_standard(std::string text, const std::string& file) {
  auto tree = base::parse_yaml(std::move(text), file);
  if (!tree.ok()) return tree.problems();
  base::Diagnostics problems;
  MapReader reader(*tree, "", problems);
  DramStandard s;
  s.name = reader.text("name");
  s.clock =
      base::Clock{std::max<std::int64_t>(1, reader.quantity("period", base::Dimension::time, kStandardPeriod)), 1};
  read_organization(reader, s);
  s.policy = reader.choice("controller", {kControllerNames.begin(), kControllerNames.end()}) == 1
                 ? ControllerPolicy::bank_queues
                 : ControllerPolicy::oldest_ready;
  read_timings(reader, "timings", s.timings, problems);
  reader.finish();
  if (problems.empty() && s.policy == ControllerPolicy::bank_queues &&
      (s.dual_command_bus || s.timings.activate_2_within > 0 || s.timings.sync_postamble >= 0)) {
    reader.report("controller bank_queues has one command bus and whole activates: use oldest_ready");
  }
  if (problems.empty() && s.dual_command_bus && (s.timings.activate_2_within > 0 || s.timings.sync_postamble >= 0)) {
    reader.report(
        "dual_command_bus goes with neither timings.nAAD nor timings.nWCKPST: halves of an activate and data clocks "
        "are modelled on one bus");
  }
  if (problems.empty()) check_refresh(reader, s);
  if (!problems.empty()) return problems;
  return s;
}

base::Result<DramStandard> find_dram_standard(const std::string& name_or_path) {
  if (is_path(name_or_path)) {
    auto text = base::read_text_file(name_or_path);
    if (!text.ok()) return text.problems();
    return parse_dram_standard(std::move(text).value(), name_or_path);
  }
  // Read once for the whole program: peaks and latencies are asked for by many.
  static const auto standards = [] {
    std::map<std::string, base::Result<DramStandard>> all;
    for (const auto& b : builtin_dram_standards())
      all.emplace(b.name, parse_dram_standard(std::string(b.text), std::string(b.name) + ".yaml"));
    return all;
  }();
  if (const auto found = standards.find(name_or_path); found != standards.end()) return found->second;
  std::string known;
  for (const auto& name : dram_standard_names()) known += (known.empty() ? "" : ", ") + name;
  return base::failure("unknown DRAM standard \"" + name_or_path + "\"" +
                       base::did_you_mean(name_or_path, dram_standard_names()) + " (known: " + known +
                       "; or the path of a .yaml file)");
}

std::vector<std::string> dram_standard_names() {
  std::vector<std::string> names;
  for (const auto& builtin : builtin_dram_standards()) names.emplace_back(builtin.name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace tessera::arch
