// tessera params [TABLE...]: the tables of what goes into a run and of what comes out, as text, JSON, or Markdown for
// the documentation.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "arch/dram/standard_keys.h"
#include "arch/energy/table_keys.h"
#include "arch/spec/npu_parameters.h"
#include "sim/app/commands.h"
#include "sim/app/list_measures.h"
#include "sim/app/list_operators.h"
#include "sim/app/list_parameters.h"
#include "sim/app/list_trace.h"
#include "sim/app/options.h"
#include "sim/config/run_parameters.h"

namespace tessera::app {
namespace {

template <class Spec>
ParameterInfos infos(const base::ParameterTable<Spec>& table) {
  ParameterInfos list;
  for (const auto& p : table.parameters()) list.push_back(p.info);
  return list;
}

// One table: how it is shown to a person, put into a document, and printed for docs/.
struct Table {
  std::string_view name;
  void (*print)();
  void (*put)(base::JsonDocument&);
  void (*print_markdown)();
};

// A table of parameters: its name, its title, and where it comes from.
template <class Source>
constexpr Table parameters() {
  return {Source::kName, [] { print_parameters(Source::kTitle, Source::list()); },
          [](base::JsonDocument& d) { put_parameters(d, Source::kName, Source::list()); },
          [] { print_parameters_markdown(Source::kName, Source::list()); }};
}
struct Npu {
  static constexpr std::string_view kName = "npu", kTitle = "Parameters of a machine (npu file)";
  static ParameterInfos list() { return infos(arch::npu_parameters()); }
};
struct Run {
  static constexpr std::string_view kName = "run", kTitle = "Parameters of a run (run file)";
  static ParameterInfos list() { return infos(sim::run_parameters()); }
};
struct Dram {
  static constexpr std::string_view kName = "dram", kTitle = "Keys of a DRAM standard's file";
  static ParameterInfos list() { return arch::dram_standard_keys(); }
};
struct Energy {
  static constexpr std::string_view kName = "energy", kTitle = "Keys of an energy table's file";
  static ParameterInfos list() { return arch::energy_table_keys(); }
};

constexpr std::array kTables{parameters<Npu>(),
                             parameters<Run>(),
                             parameters<Dram>(),
                             parameters<Energy>(),
                             Table{"measures", print_measures, put_measures, print_measures_markdown},
                             Table{"operators", print_operators, put_operators, print_operators_markdown},
                             Table{"trace", print_trace_schema, put_trace_schema, print_trace_schema_markdown}};

}  // namespace

int params_command(Arguments arguments) {
  Options options("params",
                  "Every parameter of the files that Tessera reads: unit, default, range, what it stands for; every "
                  "measure of a run; what each operator runs as; and what a trace holds.");
  std::vector<std::string> names, known;
  for (const Table& t : kTables) known.emplace_back(t.name);
  bool json = false, markdown = false;
  options.values("TABLE", names, "npu, run, dram, energy, measures, operators, trace; npu and run if none is named")
      .at_most(static_cast<int>(kTables.size()))
      .one_of(known);
  options.flag("--json", json, "one JSON document");
  options.flag("--markdown", markdown, "sections of Markdown, for scripts/update_docs").excludes("--json");
  if (const auto code = options.parse(arguments)) return *code;
  if (names.empty()) names = {"npu", "run"};

  base::JsonDocument document("tessera.parameters/1");
  for (const std::string& name : names) {
    const Table& table = *std::ranges::find(kTables, name, &Table::name);
    if (json) {
      table.put(document);
    } else if (markdown) {
      table.print_markdown();
    } else {
      table.print();
      if (name != names.back()) fmt::print("\n");
    }
  }
  if (json) fmt::print("{}\n", document.text());
  return kDone;
}

}  // namespace tessera::app
