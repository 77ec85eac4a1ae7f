#include "sim/app/list_parameters.h"

#include <fmt/format.h>

#include "sim/app/markdown.h"
#include "sim/app/output.h"
#include "trace/report/screen.h"

namespace tessera::app {
namespace {

constexpr std::string_view kIndent = "      ";

std::string default_of(const base::ParameterInfo& p) {
  if (p.required) return "required";
  return p.default_text.empty() ? "none" : p.default_text;
}

}  // namespace

void print_parameters(std::string_view title, const ParameterInfos& list) {
  fmt::print("{}\n", title);
  const std::size_t width = screen_width();
  for (const base::ParameterInfo& p : list) {
    std::vector<std::string> facts{p.kind + "; ", "default: " + default_of(p) + "; "};
    if (!p.range.empty()) facts.push_back("range: " + p.range + "; ");
    if (!p.unit.empty()) facts.push_back("units: " + p.unit + "; ");
    facts.back().resize(facts.back().size() - 2);
    fmt::print("\n  {}\n{}{}", p.path, trace::wrapped(kIndent, p.text, width),
               trace::wrapped(kIndent, fmt::format("{}", fmt::join(facts, "")), width));
  }
}

void put_parameters(base::JsonDocument& document, std::string_view name, const ParameterInfos& list) {
  document.open_list(name);
  for (const base::ParameterInfo& p : list) {
    const std::string at = document.append(name);
    document.put(at + "path", p.path);
    document.put(at + "kind", p.kind);
    document.put(at + "units", p.unit);
    document.put(at + "default", default_of(p));
    document.put(at + "required", p.required);
    document.put(at + "range", p.range);
    document.put(at + "text", p.text);
  }
}

void print_parameters_markdown(std::string_view name, const ParameterInfos& list) {
  std::vector<std::vector<std::string>> rows;
  for (const base::ParameterInfo& p : list) {
    rows.push_back({"`" + p.path + "`", default_of(p), p.range.empty() ? p.kind : p.range, p.unit, p.text});
  }
  print_section(name, {"key", "default", "range", "units", "meaning"}, rows);
}

}  // namespace tessera::app
