#include "arch/energy/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "arch/energy/builtin_tables.h"
#include "arch/spec/energy_spec.h"
#include "base/config/map_reader.h"
#include "base/config/suggest.h"

namespace tessera::arch {
namespace {

using base::Diagnostics;
using base::MapReader;
using base::Node;
using base::Range;

const std::vector<std::string> kConfidences{"verified", "computed", "derived", "recalled", "assumed"};

std::int64_t read_value(MapReader& map, std::string_view key, EnergyKind kind) {
  const std::string text = map.text(key);
  if (text.empty()) return 0;  // reported
  const EnergyText value = parse_energy(text, kind);
  if (value.value) return *value.value;
  map.report(fmt::format("{} {}, not \"{}\"", map.path_of(key), value.problem, text));
  return 0;
}

void read_origin(MapReader& map, EnergyFigure& figure) {
  figure.source = map.text("source");
  figure.confidence = static_cast<Confidence>(map.choice("confidence", kConfidences));
}

EnergyFigure read_figure(const Node& node, const std::string& path, EnergyKind kind, Diagnostics& problems) {
  MapReader map(node, path, problems);
  EnergyFigure figure;
  figure.kind = kind;
  figure.value = read_value(map, "value", kind);
  read_origin(map, figure);
  figure.rows = map.texts_or("rows", {});
  map.finish();
  return figure;
}

// The figures of `infos` whose names start with `prefix`, from a map that has their names without it.
template <class Infos>
void read_figures(const Node& node, const std::string& path, const std::string& prefix, const Infos& infos,
                  EnergyFigures& figures, Diagnostics& problems) {
  MapReader map(node, path, problems);
  for (const EnergyFigureInfo& info : infos) {
    if (!info.name.starts_with(prefix)) continue;
    const std::string key(info.name.substr(prefix.size()));
    if (const Node* found = map.find(key))
      figures[std::string(info.name)] = read_figure(*found, map.path_of(key), info.kind, problems);
  }
  map.finish();
}

SramPoint read_point(const Node& node, const std::string& path, Diagnostics& problems) {
  MapReader map(node, path, problems);
  SramPoint point;
  point.capacity = map.quantity("capacity", base::Dimension::bytes, Range::between(1, std::int64_t{1} << 40));
  point.width = map.integer("width", Range::between(1, 65536));
  point.read.kind = point.write.kind = EnergyKind::byte;
  read_origin(map, point.read);
  point.write = point.read;
  point.read.value = read_value(map, "read", EnergyKind::byte);
  point.write.value = read_value(map, "write", EnergyKind::byte);
  if (map.ok() && (point.read.value == 0 || point.write.value == 0))
    map.report(path + ": read and write must be above 0");
  const auto rows = map.texts_or("rows", {});
  if (rows.size() != 0 && rows.size() != 2)
    map.report(map.path_of("rows") + " must name two rows, of read and of write");
  if (rows.size() == 2) {
    point.read.rows = {rows[0]};
    point.write.rows = {rows[1]};
  }
  map.finish();
  return point;
}

void read_sram(MapReader& top, EnergyTable& table, Diagnostics& problems) {
  const std::vector<Node>& items = top.list_or_empty("sram");
  for (std::size_t i = 0; i < items.size(); ++i)
    table.sram.push_back(read_point(items[i], fmt::format("sram[{}]", i), problems));
  const auto key = [](const SramPoint& p) { return std::pair(p.width, p.capacity); };
  std::stable_sort(table.sram.begin(), table.sram.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  for (std::size_t i = 1; i < table.sram.size(); ++i) {
    if (key(table.sram[i - 1]) == key(table.sram[i])) {
      top.report(fmt::format("sram has two points of {} B and {} bits", table.sram[i].capacity, table.sram[i].width));
    }
  }
}

// `bit` stands for all that a moved bit costs; it does not go with figures of parts of that.
void check_section(const Node& node, const std::string& path, const EnergyFigures& section, Diagnostics& problems) {
  const bool bit = section.contains("bit");
  const bool both = section.contains("read") && section.contains("write");
  if (bit ? section.size() > 1 : !both) {
    problems.add(
        node.problem(path + " must have either bit alone, or read and write (with activate, refresh, background)"));
  }
}

bool is_path(const std::string& name) { return name.find('/') != std::string::npos || name.ends_with(".yaml"); }

// Memories of the table that is named: one step only, so that names cannot go round in a circle.
base::Result<EnergyTable> find_table(const std::string& name, bool follow);

void read_dram(MapReader& top, const std::string& file, bool follow, EnergyTable& table, Diagnostics& problems) {
  const Node* node = top.find("dram");
  if (node == nullptr) return;
  if (node->is_scalar()) {
    if (!follow) {
      problems.add(node->problem("dram must hold the memories here: another table takes them from this one"));
      return;
    }
    std::string name = node->text;
    const std::filesystem::path beside = std::filesystem::path(file).parent_path();
    if (is_path(name) && std::filesystem::path(name).is_relative() && !beside.empty()) name = (beside / name).string();
    auto other = find_table(name, false);
    if (other) {
      table.dram = std::move(other->dram);
    } else {
      for (const auto& d : other.problems().list())
        problems.add(d.where.file.empty() ? node->problem("dram: " + d.message) : d);
    }
    return;
  }
  if (!node->is_map()) {
    problems.add(
        node->problem(fmt::format("dram must be a map of memories or the name of a table, not {}", node->describe())));
    return;
  }
  for (const auto& entry : node->entries) {
    const std::string path = "dram." + entry.name();
    EnergyFigures& section = table.dram[entry.name()];
    const std::size_t before = problems.list().size();
    read_figures(entry.value, path, "", kDramFigures, section, problems);
    if (problems.list().size() == before) check_section(entry.value, path, section, problems);
  }
}

base::Result<EnergyTable> parse_table(std::string text, const std::string& file, bool follow) {
  auto tree = base::parse_yaml(std::move(text), file);
  if (!tree) return tree.problems();
  Diagnostics problems;
  MapReader top(*tree, "", problems);
  EnergyTable table;
  table.name = top.text("name");
  table.technology = top.text_or("technology", "");
  for (const char* section : {"mac", "vector_add", "vector_multiply", "leakage"}) {
    if (const Node* node = top.find(section)) {
      read_figures(*node, section, std::string(section) + ".", kEnergyFigures, table.figures, problems);
    }
  }
  if (const Node* node = top.find("interconnect")) {
    table.figures["interconnect"] = read_figure(*node, "interconnect", EnergyKind::byte, problems);
  }
  read_sram(top, table, problems);
  read_dram(top, file, follow, table, problems);
  top.finish();
  if (!problems.empty()) return problems;
  return table;
}

base::Result<EnergyTable> find_table(const std::string& name, bool follow) {
  if (is_path(name)) {
    auto text = base::read_text_file(name);
    if (!text) return text.problems();
    return parse_table(std::move(text).value(), name, follow);
  }
  for (const auto& builtin : builtin_energy_tables()) {
    if (builtin.name == name) return parse_table(std::string(builtin.text), name + ".yaml", follow);
  }
  std::string known;
  for (const auto& n : energy_table_names()) known += (known.empty() ? "" : ", ") + n;
  return base::failure(fmt::format("unknown energy table \"{}\"{} (known: {}; or the path of a .yaml file)", name,
                                   base::did_you_mean(name, energy_table_names()), known));
}

}  // namespace

base::Result<EnergyTable> parse_energy_table(std::string text, const std::string& file) {
  return parse_table(std::move(text), file, true);
}

base::Result<EnergyTable> find_energy_table(const std::string& name_or_path) { return find_table(name_or_path, true); }

std::vector<std::string> energy_table_names() {
  std::vector<std::string> names;
  for (const auto& builtin : builtin_energy_tables()) names.emplace_back(builtin.name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace tessera::arch
