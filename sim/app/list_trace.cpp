#include "sim/app/list_trace.h"

#include <fmt/format.h>

#include "sim/app/markdown.h"
#include "sim/app/output.h"
#include "trace/analysis/invariants.h"
#include "trace/file/run_facts.h"
#include "trace/record/schema_tables.h"
#include "trace/report/screen.h"

namespace tessera::app {
namespace {

trace::SchemaTable meta() {
  trace::SchemaTable t{"meta", {"key", "unit", "place", "meaning"}, {}};
  for (const trace::FactKey& f : trace::kFactKeys) {
    t.rows.push_back({std::string(f.key), f.unit.empty() ? "-" : std::string(f.unit),
                      f.place == trace::FactPlace::head ? "header" : "index", std::string(f.meaning)});
  }
  return t;
}

trace::SchemaTable invariants() {
  trace::SchemaTable t{"invariants", {"invariant", "needs", "meaning"}, {}};
  for (const trace::InvariantSpec& i : trace::kInvariants) {
    std::string needs;
    for (std::size_t n = 0; n < trace::kNeedCount; ++n) {
      if (i.needs.has(static_cast<trace::Need>(n)))
        needs += (needs.empty() ? "" : ", ") + std::string(trace::kNeedWords[n]);
    }
    t.rows.push_back({std::string(i.key), needs.empty() ? "-" : needs, std::string(i.text)});
  }
  return t;
}

std::vector<trace::SchemaTable> tables() {
  auto all = trace::schema_tables();
  all.push_back(meta());
  all.push_back(invariants());
  return all;
}

}  // namespace

void print_trace_schema() {
  const char* before = "";
  for (const trace::SchemaTable& t : tables()) {
    fmt::print("{}What a trace holds: {}\n", before, t.section);
    before = "\n";
    for (const auto& row : t.rows) {
      fmt::print("\n  {}\n", row[0]);
      for (std::size_t i = 1; i < row.size(); ++i) {
        if (row[i] != "-")
          fmt::print("{}", trace::wrapped("      ", fmt::format("{}: {}", t.head[i], row[i]), screen_width()));
      }
    }
  }
}

void put_trace_schema(base::JsonDocument& document) {
  for (const trace::SchemaTable& t : tables()) {
    document.open_list(t.section);
    for (const auto& row : t.rows) {
      const std::string at = document.append(t.section);
      for (std::size_t i = 0; i < row.size(); ++i) document.put(at + t.head[i], row[i]);
    }
  }
}

void print_trace_schema_markdown() {
  for (const trace::SchemaTable& t : tables()) print_section(t.section, t.head, t.rows);
}

}  // namespace tessera::app
