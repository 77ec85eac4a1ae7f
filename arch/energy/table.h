// An energy table: what events cost in one technology, and what memories cost.
//
// The numbers live in data files (configs/energy/*.yaml, built into the program; a user's file by path), each with
// unit, source and confidence. `dram` of a table may name another table whose memories it takes.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "arch/energy/figure.h"
#include "base/result.h"

namespace tessera::arch {

// One bank of SRAM as its generator or a publication gives it.
struct SramPoint {
  std::int64_t capacity = 0;  // bytes
  std::int64_t width = 64;    // bits of an access
  EnergyFigure read, write;   // per byte
  friend bool operator==(const SramPoint&, const SramPoint&) = default;
};

using EnergyFigures = std::map<std::string, EnergyFigure, std::less<>>;

struct EnergyTable {
  std::string name, technology;
  EnergyFigures figures;                                   // by name: "mac.int8", "interconnect", "leakage.core"
  std::vector<SramPoint> sram;                             // by width, then capacity, ascending; may be empty
  std::map<std::string, EnergyFigures, std::less<>> dram;  // by section ("LPDDR4-3200"), then figure ("read")
};

// Reads the text of a table; `file` is for messages, and the folder of tables that it names by path.
[[nodiscard]] base::Result<EnergyTable> parse_energy_table(std::string text, const std::string& file);
// A table by name ("generic_7nm"), or by the path of a user's file (anything with a '/' or ending in .yaml).
[[nodiscard]] base::Result<EnergyTable> find_energy_table(const std::string& name_or_path);
// Names of the tables that are built in, in alphabetical order.
[[nodiscard]] std::vector<std::string> energy_table_names();

}  // namespace tessera::arch
