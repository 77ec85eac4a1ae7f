// A small machine as text, for tests that change one thing about it.
#pragma once

#include <string>
#include <vector>

#include "arch/spec/npu_reader.h"
#include "base/config/tree_path.h"

namespace tessera::arch {

inline constexpr const char* kSmallMachine = R"(
clocks: {core: 1 GHz}
core:
  pe_array: {rows: 8, columns: 4}
  sram:
    input: {capacity: 32 KiB}
    weight: {capacity: 32 KiB}
    output: {capacity: 32 KiB}
dram: {bandwidth: 8 GB/s}
)";

// Reads kSmallMachine after overrides such as "core.pe_array.rows=16".
inline base::Result<NpuSpec> small_machine(const std::vector<std::string>& overrides = {},
                                           const DramLookup& standards = {}) {
  auto root = base::parse_yaml(kSmallMachine, "small.yaml");
  base::Diagnostics problems;
  for (std::size_t i = 0; i < overrides.size(); ++i) {
    auto o = base::parse_override(overrides[i], static_cast<int>(i) + 1);
    if (!o) return o.problems();
    base::apply_override(*root, *o, problems);
  }
  if (!problems.empty()) return problems;
  return read_npu(*root, "small", standards);
}

}  // namespace tessera::arch
