// How the packet engine advances: a choice of the simulation, not of the machine.
#pragma once

#include <cstdint>

namespace tessera::arch {

// `run_ahead`: to the kernel's next activity in one go. `stepwise`: one instant at a time. Both give the same results;
// the second is there to check the first.
enum class EngineMode : std::uint8_t { run_ahead, stepwise };

}  // namespace tessera::arch
