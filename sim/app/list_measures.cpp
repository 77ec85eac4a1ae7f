#include "sim/app/list_measures.h"

#include <fmt/format.h>

#include "sim/app/markdown.h"
#include "sim/app/output.h"
#include "sim/results/summary_measures.h"
#include "trace/report/screen.h"

namespace tessera::app {
namespace {

// A run knows these of itself, whatever its trace keeps.
bool of_the_run_alone(const trace::MeasureInfo& m) { return m.level == trace::Level::off; }

std::string level_of(const trace::MeasureInfo& m) {
  return of_the_run_alone(m) ? "run" : std::string(to_string(m.level));
}

}  // namespace

void print_measures() {
  constexpr std::string_view kIndent = "      ";
  const std::size_t width = screen_width();
  fmt::print("{}", trace::wrapped("", "Measures (summary.json; those of a trace level also in tessera analyze --json)",
                                  width));
  for (const auto& [path, m] : sim::listed_summary_measures()) {
    std::string facts = fmt::format("{}; {}", to_string(m.unit),
                                    of_the_run_alone(m) ? "known to the run alone" : "from trace level " + level_of(m));
    if (m.aggregate != trace::Aggregate::none)
      facts += fmt::format("; of the run: {} as {}", to_string(m.aggregate), m.id);
    if (!m.same_as.empty()) facts += fmt::format("; the same as {}", m.same_as);
    fmt::print("\n  {}\n{}{}", path, trace::wrapped(kIndent, m.definition, width),
               trace::wrapped(kIndent, facts, width));
  }
}

void put_measures(base::JsonDocument& document) {
  document.open_list("measures");
  for (const auto& [path, m] : sim::listed_summary_measures()) {
    const std::string at = document.append("measures");
    document.put(at + "path", path);
    document.put(at + "unit", to_string(m.unit));
    document.put(at + "level", level_of(m));
    document.put(at + "aggregate", to_string(m.aggregate));
    document.put(at + "definition", m.definition);
    document.put(at + "same_as", m.same_as.empty() ? base::Value{} : base::value_of(m.same_as));
  }
}

// All measures, and again those that a trace alone gives.
void print_measures_markdown() {
  std::vector<std::vector<std::string>> all, of_traces;
  for (const auto& [path, m] : sim::listed_summary_measures()) {
    const bool has_value_of_the_run = m.aggregate != trace::Aggregate::none;
    all.push_back({"`" + path + "`", std::string(to_string(m.unit)), level_of(m),
                   has_value_of_the_run ? fmt::format("{} as `{}`", to_string(m.aggregate), m.id) : "-", m.definition});
    if (!of_the_run_alone(m)) of_traces.push_back(all.back());
  }
  const std::vector<std::string> head{"key", "unit", "from level", "of the run", "definition"};
  print_section("measures", head, all);
  print_section("trace_measures", head, of_traces);
}

}  // namespace tessera::app
