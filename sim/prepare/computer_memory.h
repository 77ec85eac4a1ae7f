// The memory of the computer that runs the simulator; nothing of a simulated machine depends on it.
#pragma once

#include <cstdint>

namespace tessera::sim {

// Bytes that this process may have: the computer's own memory, or what its container is given. 0: not known.
[[nodiscard]] std::int64_t computer_memory();

}  // namespace tessera::sim
