// tessera params [npu|run]: the parameter tables, as text or JSON.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "arch/spec/npu_parameters.h"
#include "sim/app/commands.h"
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

nlohmann::ordered_json as_json(const std::vector<ParameterInfo>& list) {
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
  Options options("params", "Every parameter of machine and run files: unit, default, range, what it stands for.");
  std::vector<std::string> tables;
  bool json = false;
  options.values("TABLE", tables, "npu, run; both if none is named").at_most(2).one_of({"npu", "run"});
  options.flag("--json", json, "one JSON document");
  if (const auto code = options.parse(arguments)) return *code;
  if (tables.empty()) tables = {"npu", "run"};

  auto document = nlohmann::ordered_json::object();
  for (const std::string& name : tables) {
    const auto list = name == "npu" ? infos(arch::npu_parameters()) : infos(sim::run_parameters());
    if (json) {
      document[name] = as_json(list);
    } else {
      print_text(name == "npu" ? "Parameters of a machine (npu file)" : "Parameters of a run (run file)", list);
      if (name != tables.back()) fmt::print("\n");
    }
  }
  if (json) fmt::print("{}\n", document.dump(2));
  return kDone;
}

}  // namespace tessera::app
