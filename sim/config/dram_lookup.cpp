#include "sim/config/dram_lookup.h"

#include "arch/dram/standard.h"

namespace tessera::sim {

arch::DramLookup dram_lookup(const std::filesystem::path& folder) {
  return [folder](const std::string& name) -> base::Result<arch::DramFacts> {
    const bool is_file = name.find('/') != std::string::npos || name.ends_with(".yaml");
    const auto standard = arch::find_dram_standard(is_file ? (folder / name).lexically_normal().string() : name);
    if (!standard) return standard.problems();
    return arch::DramFacts{standard->clock, standard->burst_bytes, standard->row_bytes};
  };
}

}  // namespace tessera::sim
