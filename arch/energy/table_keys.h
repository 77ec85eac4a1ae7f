// The keys of an energy table's file, for documentation; arch/energy/table.cpp reads them.
#pragma once

#include <vector>

#include "base/config/parameter.h"

namespace tessera::arch {

// Keys of the file, of a figure (`FIGURE.value` ...), of an SRAM point and of a memory, with units, ranges, meaning.
[[nodiscard]] std::vector<base::ParameterInfo> energy_table_keys();

}  // namespace tessera::arch
