// The standards' data files, as text inside the program; generated from configs/dram by the build.
#pragma once

#include <span>
#include <string_view>

namespace tessera::arch {

struct BuiltinStandard {
  std::string_view name;
  std::string_view text;
};
[[nodiscard]] std::span<const BuiltinStandard> builtin_dram_standards();

}  // namespace tessera::arch
