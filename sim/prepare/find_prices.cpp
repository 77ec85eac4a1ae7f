#include "sim/prepare/find_prices.h"

#include <filesystem>
#include <system_error>

#include "arch/energy/table.h"
#include "sim/config/file_kind.h"

namespace tessera::sim {
namespace {

std::string beside_machine(const std::string& name, const std::string& machine_file) {
  const std::filesystem::path given(name);
  const bool is_path = name.find('/') != std::string::npos || name.ends_with(".yaml");
  std::error_code ignored;
  if (!is_path || given.is_absolute() || std::filesystem::exists(given, ignored)) return name;
  const auto beside = std::filesystem::path(machine_file).parent_path() / given;
  return std::filesystem::exists(beside, ignored) ? beside.string() : name;
}

}  // namespace

base::Result<std::optional<arch::EnergyPrices>> find_prices(const arch::NpuSpec& npu, const std::string& machine_file) {
  if (!npu.energy.on()) return std::optional<arch::EnergyPrices>{};
  const std::string file = beside_machine(npu.energy.table, machine_file);
  const auto table = arch::find_energy_table(file);
  if (!table) return explained(table.problems(), file, FileKind::energy);
  auto prices = arch::price_machine(npu, *table);
  if (!prices) return prices.problems();
  return std::optional<arch::EnergyPrices>{std::move(prices).value()};
}

}  // namespace tessera::sim
