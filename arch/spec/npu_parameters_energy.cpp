// Parameters of a machine's energy: which table, and figures of the user's own.
#include <fmt/format.h>

#include "arch/spec/npu_parameters.h"

namespace tessera::arch {

using base::Node;

namespace {

// Figures are a map: one that is not given comes from the table.
void add_figure(NpuTable& t, const EnergyFigureInfo& info, std::string_view prefix) {
  const std::string name = std::string(prefix) + std::string(info.name);
  auto& p = t.add({"energy." + name, info.kind == EnergyKind::power ? "power" : "energy", units_of(info.kind), "",
                   "0 to 1000000", std::string(info.text), false});
  p.default_follows("the table's");
  p.read = [name, kind = info.kind](NpuSpec& s, const Node& n, const std::string& path, base::Diagnostics& d) {
    if (!n.is_scalar()) {
      d.add(n.problem(fmt::format("{} must be a number with a unit ({}), not {}", path, units_of(kind), n.describe())));
      return;
    }
    const EnergyText read = parse_energy(n.text, kind);
    if (read.value) s.energy.figures[name] = *read.value;
    else d.add(n.problem(fmt::format("{} {}, here {}", path, read.problem, n.describe())));
  };
  p.write = [name, kind = info.kind](const NpuSpec& s) -> std::optional<Node> {
    const auto figure = s.energy.figures.find(name);
    if (figure == s.energy.figures.end()) return std::nullopt;
    return Node::make_scalar(format_energy(figure->second, kind));
  };
}

}  // namespace

void add_energy_parameters(NpuTable& t) {
  t.text("energy.table", "generic_45nm", "figures by technology: a built-in name such as generic_7nm, a file, or none",
         TESSERA_FIELD(energy.table));
  t.text("energy.dram", "", "the memory's section of the table, such as HBM2", TESSERA_FIELD(energy.dram))
      .default_follows("dram.standard")
      .written_if([](const NpuSpec& s) { return !s.energy.dram.empty(); });
  for (const EnergyFigureInfo& info : kEnergyFigures) add_figure(t, info, "");
  for (const EnergyFigureInfo& info : kDramFigures) add_figure(t, info, kDramFigurePrefix);
}

}  // namespace tessera::arch
