// Energy of a run: the meter's result with the operators' names, and power as a counter track.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "arch/dram/memory.h"
#include "arch/energy/meter.h"
#include "arch/engine/shared_sram.h"
#include "models/network/network.h"
#include "trace/record/record.h"

namespace tessera::sim {

struct OperatorEnergy {
  std::string name, type;
  arch::Femtojoules energy{0};
};

// What summary.json and the screen show.
struct EnergySummary {
  arch::RunEnergy run;
  std::vector<OperatorEnergy> operators;  // those that cost anything, most first; ties in the network's order
  arch::Femtojoules unattributed{0};      // refresh, background, leakage: no operator's
  std::int64_t requests = 1;

  [[nodiscard]] double peak_mw() const { return run.power.empty() ? 0 : run.power[run.peak].mw(); }
};

// What only the memory knows. A hit and a write-back read the shared SRAM's banks; a store and a fill write them.
[[nodiscard]] arch::MemoryCounts memory_counts(const arch::MemoryStatistics& dram,
                                               const std::optional<arch::SharedSramStatistics>& shared);

[[nodiscard]] EnergySummary summarize(arch::RunEnergy run, const models::Network& network, std::int64_t requests);

// Power as counter records on lane `unit`: microwatts from the start of each sample on, 0 from the end of the last.
[[nodiscard]] std::vector<trace::Record> power_records(const arch::RunEnergy& run, std::uint16_t unit);

}  // namespace tessera::sim
