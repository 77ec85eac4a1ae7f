#include "sim/config/dram_lookup.h"

#include <system_error>

#include "arch/dram/standard.h"
#include "sim/config/file_kind.h"

namespace tessera::sim {

std::string beside_machine(const std::string& name, const std::filesystem::path& folder) {
  const std::filesystem::path given(name);
  if ((name.find('/') == std::string::npos && !name.ends_with(".yaml")) || given.is_absolute()) return name;
  std::error_code ignored;
  const auto beside = (folder / given).lexically_normal();
  return std::filesystem::exists(beside, ignored) || !std::filesystem::exists(given, ignored) ? beside.string() : name;
}

arch::DramLookup dram_lookup(const std::filesystem::path& folder) {
  return [folder](const std::string& name) -> base::Result<arch::DramFacts> {
    const std::string found_as = beside_machine(name, folder);
    const auto standard = arch::find_dram_standard(found_as);
    if (!standard) return explained(standard.problems(), found_as, FileKind::dram);
    return arch::DramFacts{standard->name, found_as, standard->clock, standard->burst_bytes, standard->row_bytes};
  };
}

}  // namespace tessera::sim
