// Files that a machine's file names; joins the machine reader to the DRAM standards, which lie above it.
#pragma once

#include <filesystem>
#include <string>

#include "arch/spec/npu_reader.h"

namespace tessera::sim {

// What a machine's file calls a standard or a table: a built-in name stays; a relative path is looked for in `folder`
// (of the machine's file), then in the working directory.
[[nodiscard]] std::string beside_machine(const std::string& name, const std::filesystem::path& folder);

// Finds standards by name, or as files beside the machine's.
[[nodiscard]] arch::DramLookup dram_lookup(const std::filesystem::path& folder);

}  // namespace tessera::sim
