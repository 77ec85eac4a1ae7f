// Reads a machine from YAML, checks it, and writes it back.
//
// What one key can say wrong, the parameter table reports; here are the checks across keys, and the values that
// follow from others (a region's width from the array, an alignment from the burst, a standard's burst and clock).
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "arch/spec/npu_spec.h"
#include "base/config/node.h"
#include "base/config/tree_path.h"
#include "base/result.h"

namespace tessera::arch {

// What the reader needs to know of a DRAM standard. The standards themselves live in arch/dram, above this folder.
struct DramFacts {
  std::string name;      // its own
  std::string found_as;  // under what the standard can be found from the working directory
  Clock clock;           // command clock
  std::int64_t burst_bytes = 0;
  std::int64_t page_bytes = 0;  // the row of one bank
};
// A standard by name or file; a failure's message says which there are. Empty function: no standards known.
using DramLookup = std::function<base::Result<DramFacts>(const std::string& name)>;

// `root` is the machine's map; `default_name` names it where the file does not. Every problem is reported.
[[nodiscard]] base::Result<NpuSpec> read_npu(const base::Node& root, const std::string& default_name,
                                             const DramLookup& standards);
// The same for a file, with overrides put into its tree first.
[[nodiscard]] base::Result<NpuSpec> read_npu_file(const std::filesystem::path& file, const DramLookup& standards,
                                                  const std::vector<base::Override>& overrides = {});

// All parameters, defaults included, in the file's form: reads back to an equal Spec.
[[nodiscard]] base::Node write_npu(const NpuSpec&);

}  // namespace tessera::arch
