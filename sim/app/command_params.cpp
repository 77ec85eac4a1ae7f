// tessera params [TABLE...]: the tables of parameters, as text, JSON, or Markdown for the documentation.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "arch/dram/standard_keys.h"
#include "arch/energy/table_keys.h"
#include "arch/spec/npu_parameters.h"
#include "sim/app/commands.h"
#include "sim/config/run_parameters.h"

namespace tessera::app {
namespace {

using base::ParameterInfo;
using Infos = std::vector<ParameterInfo>;

template <class Spec>
Infos infos(const base::ParameterTable<Spec>& table) {
  Infos list;
  for (const auto& p : table.parameters()) list.push_back(p.info);
  return list;
}
Infos npu_infos() { return infos(arch::npu_parameters()); }
Infos run_infos() { return infos(sim::run_parameters()); }

struct Table {
  std::string_view name, title;
  Infos (*list)();
};
constexpr std::array kTables{Table{"npu", "Parameters of a machine (npu file)", npu_infos},
                             Table{"run", "Parameters of a run (run file)", run_infos},
                             Table{"dram", "Keys of a DRAM standard's file", arch::dram_standard_keys},
                             Table{"energy", "Keys of an energy table's file", arch::energy_table_keys}};

std::string default_of(const ParameterInfo& p) {
  if (p.required) return "required";
  return p.default_text.empty() ? "none" : p.default_text;
}

nlohmann::ordered_json as_json(const Infos& list) {
  auto out = nlohmann::ordered_json::array();
  for (const ParameterInfo& p : list) {
    out.push_back({{"path", p.path},
                   {"kind", p.kind},
                   {"units", p.unit},
                   {"default", default_of(p)},
                   {"required", p.required},
                   {"range", p.range},
                   {"text", p.text}});
  }
  return out;
}

void print_text(std::string_view title, const Infos& list) {
  fmt::print("{}\n", title);
  for (const ParameterInfo& p : list) {
    fmt::print("\n  {}\n      {}\n      {}; default: {}", p.path, p.text, p.kind, default_of(p));
    if (!p.range.empty()) fmt::print("; range: {}", p.range);
    if (!p.unit.empty()) fmt::print("; units: {}", p.unit);
    fmt::print("\n");
  }
}

// A cell of a Markdown table: a bar would end it.
std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return text;
}

// One section: scripts/update_docs puts what follows the marker between the markers of that name in docs/.
void print_markdown(std::string_view name, const Infos& list) {
  fmt::print("<!-- section: {} -->\n| key | default | range | units | meaning |\n|---|---|---|---|---|\n", name);
  for (const ParameterInfo& p : list) {
    fmt::print("| `{}` | {} | {} | {} | {} |\n", p.path, cell(default_of(p)), cell(p.range.empty() ? p.kind : p.range),
               cell(p.unit), cell(p.text));
  }
}

}  // namespace

int params_command(Arguments arguments) {
  CLI::App options{"Every parameter of the files that Tessera reads: unit, default, range, what it stands for.",
                   "params"};
  std::vector<std::string> names, known;
  for (const Table& t : kTables) known.emplace_back(t.name);
  bool json = false, markdown = false;
  options.add_option("TABLE", names, "npu, run, dram, energy; npu and run if none is named")
      ->expected(0, static_cast<int>(kTables.size()))
      ->check(CLI::IsMember(known));
  auto* as_document = options.add_flag("--json", json, "one JSON document");
  options.add_flag("--markdown", markdown, "sections of Markdown, for scripts/update_docs")->excludes(as_document);
  if (const auto code = parse(options, arguments)) return *code;
  if (names.empty()) names = {"npu", "run"};

  auto document = nlohmann::ordered_json::object();
  for (const std::string& name : names) {
    const Table& table = *std::ranges::find(kTables, name, &Table::name);
    const Infos list = table.list();
    if (json) {
      document[name] = as_json(list);
    } else if (markdown) {
      print_markdown(name, list);
    } else {
      print_text(table.title, list);
      if (name != names.back()) fmt::print("\n");
    }
  }
  if (json) fmt::print("{}\n", document.dump(2));
  return kDone;
}

}  // namespace tessera::app
