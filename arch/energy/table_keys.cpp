#include "arch/energy/table_keys.h"

#include <string>

#include "arch/energy/table.h"
#include "arch/spec/energy_spec.h"
#include "base/config/quantity.h"

namespace tessera::arch {
namespace {

using base::ParameterInfo;

constexpr const char* kConfidenceRange = "verified | computed | derived | recalled | assumed";

ParameterInfo figure(std::string path, const EnergyFigureInfo& info) {
  return {std::move(path), "figure", units_of(info.kind), "none", "0 to 1000000", std::string(info.text), false};
}

ParameterInfo required(std::string path, std::string kind, std::string unit, std::string range, std::string text) {
  return {std::move(path), std::move(kind), std::move(unit), "", std::move(range), std::move(text), true};
}

void add_origin(const std::string& of, const char* rows, std::vector<ParameterInfo>& keys) {
  keys.push_back(required(of + ".source", "text", "", "", "who says so: publication, data sheet, tool"));
  keys.push_back(required(of + ".confidence", "choice", "", kConfidenceRange,
                          "verified: the published text was read; computed: by a tool from its parameters; derived: "
                          "arithmetic on such figures; recalled: published, the text was not at hand; assumed: an "
                          "estimate"));
  keys.push_back({of + ".rows", "list of texts", "", "[]", "", rows, false});
}

}  // namespace

std::vector<ParameterInfo> energy_table_keys() {
  std::vector<ParameterInfo> keys{
      required("name", "text", "", "", "what machine files call the table"),
      {"technology", "text", "", "none", "", "for reports", false},
  };
  for (const EnergyFigureInfo& info : kEnergyFigures) keys.push_back(figure(std::string(info.name), info));
  keys.push_back(required("FIGURE.value", "energy", "of the figure", "0 to 1000000, at most six decimals",
                          "the number of any figure"));
  add_origin("FIGURE", "rows of a collection of figures whose values add up to this one", keys);
  const std::string bytes = base::units_of(base::Dimension::bytes), per_byte = units_of(EnergyKind::byte);
  keys.push_back({"sram", "list of maps", "", "[]", "one point for each width and capacity",
                  "banks of SRAM as a generator or a publication gives them; between points the energy follows a power "
                  "law",
                  false});
  keys.push_back(required("sram[].capacity", "size", bytes, "1 B to 1 TiB", "of the bank"));
  keys.push_back(required("sram[].width", "whole number", "bits", "1 to 65536", "of one access"));
  keys.push_back(required("sram[].read", "energy", per_byte, "above 0, to 1000000", "of a byte read"));
  keys.push_back(required("sram[].write", "energy", per_byte, "above 0, to 1000000", "of a byte written"));
  add_origin("sram[]", "two: the rows of read and of write", keys);
  keys.push_back({"dram", "map or text", "", "none", "",
                  "memories by name (a standard such as LPDDR4-3200, or a kind such as HBM2); or the name or path of a "
                  "table whose memories these are, which must hold them itself",
                  false});
  for (const EnergyFigureInfo& info : kDramFigures)
    keys.push_back(figure("dram.MEMORY." + std::string(info.name), info));
  return keys;
}

}  // namespace tessera::arch
