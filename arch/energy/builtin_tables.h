// The energy tables' data files, as text inside the program; generated from configs/energy by the build.
#pragma once

#include <span>
#include <string_view>

namespace tessera::arch {

struct BuiltinEnergyTable {
  std::string_view name;
  std::string_view text;
};
[[nodiscard]] std::span<const BuiltinEnergyTable> builtin_energy_tables();

}  // namespace tessera::arch
