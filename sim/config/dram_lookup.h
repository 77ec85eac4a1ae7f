// Joins the machine reader to the DRAM standards, which lie above it.
#pragma once

#include <filesystem>

#include "arch/spec/npu_reader.h"

namespace tessera::sim {

// Finds standards by name, or as files relative to `folder` (of the machine's file).
[[nodiscard]] arch::DramLookup dram_lookup(const std::filesystem::path& folder);

}  // namespace tessera::sim
