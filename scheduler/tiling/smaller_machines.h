// What a machine is short of one thing: the machines whose tilings it should know. More hardware then adds tilings to
// choose from and takes none away.
#pragma once

#include <vector>

#include "arch/spec/npu_spec.h"
#include "scheduler/spec/schedule_spec.h"

namespace tessera::scheduler {

// A machine, and the run on it.
struct SmallerMachine {
  arch::NpuSpec npu;
  ScheduleSpec schedule;
};

// Half of the cores, a quarter ...; half of the capacity or of the slots of one region; half of the DMA channels, of
// the packets on their way, of the memory's channels or of the interconnect's width.
[[nodiscard]] std::vector<SmallerMachine> smaller_machines(const arch::NpuSpec&, const ScheduleSpec&);

}  // namespace tessera::scheduler
