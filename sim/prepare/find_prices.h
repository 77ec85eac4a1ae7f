// The prices of a machine's energy table.
#pragma once

#include <optional>
#include <string>

#include "arch/energy/prices.h"
#include "arch/spec/npu_spec.h"
#include "base/result.h"

namespace tessera::sim {

// Empty where `energy.table` is "none". A table named by a relative path is looked for beside `machine_file`, then in
// the working directory.
[[nodiscard]] base::Result<std::optional<arch::EnergyPrices>> find_prices(const arch::NpuSpec& npu,
                                                                          const std::string& machine_file);

}  // namespace tessera::sim
