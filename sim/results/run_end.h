// How a run of the machine ended, as plain data: what is left when the SystemC kernel is gone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "arch/dram/memory.h"
#include "arch/engine/shared_sram.h"
#include "arch/engine/transfer_engine.h"
#include "base/units.h"
#include "scheduler/dispatch/dispatcher.h"

namespace tessera::sim {

struct RunEnd {
  bool ok = false;
  std::string failure;      // deadlock with its wait-for chain, or whose error it was; empty if ok
  base::Ps makespan{0};     // of a failed run: when it stopped
  bool own_memory = false;  // a memory of the user's stood in the place of the DRAM that the machine describes
  scheduler::DispatchCounts dispatch;
  std::vector<base::Ps> request_ends;  // by request
  base::Cycles port_cycles_left_behind{0};
  arch::EngineStatistics engine;
  arch::MemoryStatistics dram;
  std::optional<arch::SharedSramStatistics> shared_sram;
};

}  // namespace tessera::sim
