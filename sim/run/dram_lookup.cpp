#include "sim/run/dram_lookup.h"

namespace tessera::sim {

arch::DramLookup dram_lookup(const std::filesystem::path&) { return {}; }

}  // namespace tessera::sim
