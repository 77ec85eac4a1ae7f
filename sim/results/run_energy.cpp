#include "sim/results/run_energy.h"

#include <algorithm>

namespace tessera::sim {
namespace {

using arch::Femtojoules;
using base::Ps;

trace::Record power_record(Ps at, std::int64_t microwatts, std::uint16_t unit) {
  trace::Record r;
  r.start = r.end = at;
  r.name = trace::Name::counter;
  r.unit = unit;
  r.set_value(microwatts);
  return r;
}

}  // namespace

arch::MemoryCounts memory_counts(const arch::MemoryStatistics& dram,
                                 const std::optional<arch::SharedSramStatistics>& shared) {
  arch::MemoryCounts counts;
  counts.dram_read_bytes = dram.read_bytes;
  counts.dram_write_bytes = dram.write_bytes;
  counts.activates = dram.activates;
  counts.refreshes = dram.refreshes;
  if (shared) {
    counts.shared_read_bytes = shared->read_hit_bytes + shared->write_back_bytes;
    counts.shared_write_bytes = shared->write_bytes + shared->write_through_bytes + shared->read_miss_bytes;
  }
  return counts;
}

EnergySummary summarize(arch::RunEnergy run, const models::Network& network, std::int64_t requests) {
  EnergySummary summary;
  summary.requests = requests;
  for (std::size_t op = 0; op < run.operators.size(); ++op) {
    const Femtojoules energy = run.operator_total(op);
    if (energy == Femtojoules{0}) continue;
    summary.operators.push_back({network.operators[op].name, network.operators[op].type, energy});
  }
  std::stable_sort(summary.operators.begin(), summary.operators.end(),
                   [](const auto& a, const auto& b) { return a.energy > b.energy; });
  for (const Femtojoules e : run.unattributed) summary.unattributed += e;
  summary.run = std::move(run);
  return summary;
}

std::vector<trace::Record> power_records(const arch::RunEnergy& run, std::uint16_t unit) {
  std::vector<trace::Record> records;
  if (run.power.empty()) return records;
  records.reserve(run.power.size() + 1);
  for (const arch::PowerSample& sample : run.power) {
    if (sample.end == sample.start) continue;
    // A femtojoule per picosecond is a milliwatt.
    const auto microwatts = static_cast<__int128>(sample.energy.count()) * 1000 / (sample.end - sample.start).count();
    records.push_back(power_record(sample.start, static_cast<std::int64_t>(microwatts), unit));
  }
  records.push_back(power_record(run.power.back().end, 0, unit));
  return records;
}

}  // namespace tessera::sim
