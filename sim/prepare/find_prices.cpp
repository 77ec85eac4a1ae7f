#include "sim/prepare/find_prices.h"

#include <filesystem>

#include "arch/energy/table.h"
#include "sim/config/dram_lookup.h"
#include "sim/config/file_kind.h"

namespace tessera::sim {
base::Result<std::optional<arch::EnergyPrices>> find_prices(const arch::NpuSpec& npu, const std::string& machine_file) {
  if (!npu.energy.on()) return std::optional<arch::EnergyPrices>{};
  const std::string file = beside_machine(npu.energy.table, std::filesystem::path(machine_file).parent_path());
  const auto table = arch::find_energy_table(file);
  if (!table) return explained(table.problems(), file, FileKind::energy);
  auto prices = arch::price_machine(npu, *table);
  if (!prices) return prices.problems();
  return std::optional<arch::EnergyPrices>{std::move(prices).value()};
}

}  // namespace tessera::sim
