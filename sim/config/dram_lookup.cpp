#include "sim/config/dram_lookup.h"

#include "arch/dram/standard.h"
#include "sim/config/file_kind.h"

namespace tessera::sim {

arch::DramLookup dram_lookup(const std::filesystem::path& folder) {
  return [folder](const std::string& name) -> base::Result<arch::DramFacts> {
    const bool is_file = name.find('/') != std::string::npos || name.ends_with(".yaml");
    const std::string file = is_file ? (folder / name).lexically_normal().string() : name;
    const auto standard = arch::find_dram_standard(file);
    if (!standard) return explained(standard.problems(), file, FileKind::dram);
    return arch::DramFacts{standard->clock, standard->burst_bytes, standard->row_bytes};
  };
}

}  // namespace tessera::sim
