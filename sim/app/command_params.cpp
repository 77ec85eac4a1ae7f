// tessera params [npu|run|measures]: the tables of what goes into a run and of what comes out, as text or JSON.
#include <fmt/format.h>


#include "arch/spec/npu_parameters.h"
#include "base/json_document.h"
#include "sim/app/commands.h"
#include "sim/app/list_measures.h"
#include "sim/app/options.h"
#include "sim/config/run_parameters.h"

namespace tessera::app {
namespace {

using base::ParameterInfo;

template <class Spec>
std::vector<ParameterInfo> infos(const base::ParameterTable<Spec>& table) {
  std::vector<ParameterInfo> list;
  for (const auto& p : table.parameters()) list.push_back(p.info);
  return list;
}

std::string default_of(const ParameterInfo& p) {
  if (p.required) return "required";
  return p.default_text.empty() ? "none" : p.default_text;
}

void put(base::JsonDocument& document, const std::string& table, const std::vector<ParameterInfo>& list) {
  document.open_list(table);
  for (const ParameterInfo& p : list) {
    const std::string at = document.append(table);
    document.put(at + "path", p.path);
    document.put(at + "kind", p.kind);
    document.put(at + "units", p.unit);
    document.put(at + "default", default_of(p));
    document.put(at + "required", p.required);
    document.put(at + "range", p.range);
    document.put(at + "text", p.text);
  }
}

void print_text(std::string_view title, const std::vector<ParameterInfo>& list) {
  fmt::print("{}\n", title);
  for (const ParameterInfo& p : list) {
    fmt::print("\n  {}\n      {}\n      {}; default: {}", p.path, p.text, p.kind, default_of(p));
    if (!p.range.empty()) fmt::print("; range: {}", p.range);
    if (!p.unit.empty()) fmt::print("; units: {}", p.unit);
    fmt::print("\n");
  }
}

}  // namespace

int params_command(Arguments arguments) {
  Options options("params", "Every parameter of machine and run files: unit, default, range, what it stands for; and every measure of a run.");
  std::vector<std::string> tables;
  bool json = false;
  options.values("TABLE", tables, "npu, run, measures; npu and run if none is named").at_most(3).one_of({"npu", "run", "measures"});
  options.flag("--json", json, "one JSON document");
  if (const auto code = options.parse(arguments)) return *code;
  if (tables.empty()) tables = {"npu", "run"};

  base::JsonDocument document("tessera.parameters/1");
  for (const std::string& name : tables) {
    if (name == "measures") {
      if (json) put_measures(document);
      else print_measures();
    } else {
      const auto list = name == "npu" ? infos(arch::npu_parameters()) : infos(sim::run_parameters());
      if (json) put(document, name, list);
      else print_text(name == "npu" ? "Parameters of a machine (npu file)" : "Parameters of a run (run file)", list);
    }
    if (!json && name != tables.back()) fmt::print("\n");
  }
  if (json) fmt::print("{}\n", document.text());
  return kDone;
}

}  // namespace tessera::app
