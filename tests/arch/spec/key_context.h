// What a machine must say besides, so that one of its keys has an effect.
#pragma once

#include <string>
#include <vector>

#include "arch/spec/dram_keys.h"
#include "arch/spec/npu_conditions.h"

namespace tessera::arch {

// Overrides that make the conditions of a key hold; none where it has none.
inline std::vector<std::string> key_context(const std::string& path) {
  std::vector<std::string> words;
  for (const DramKey& k : kDramKeys) {
    if ("dram." + std::string(k.name) != path || k.model != DramSpec::Kind::bank_state) continue;
    words = {"dram.model=bank_state", "dram.standard=LPDDR4-3200"};
  }
  for (const KeyCondition& c : key_conditions()) {
    if (path != c.path && !path.starts_with(std::string(c.path) + ".")) continue;
    if (c.needs == "shared_sram.capacity") words.emplace_back("shared_sram.capacity=64 KiB");
    if (c.needs == "layout.kind") words.emplace_back("layout.kind=nchw_c");
    if (c.needs == "core.pe_array.dataflow" && path.ends_with("output_drain"))
      words.emplace_back("core.pe_array.dataflow=output_stationary");
    if (c.needs == "core.pe_array.fold_order") words.emplace_back("core.pe_array.fold_order=reduction_major");
  }
  return words;
}

}  // namespace tessera::arch
