#include "sim/app/list_parameters.h"

#include <fmt/format.h>

#include "sim/app/markdown.h"

namespace tessera::app {
namespace {

std::string default_of(const base::ParameterInfo& p) {
  if (p.required) return "required";
  return p.default_text.empty() ? "none" : p.default_text;
}

}  // namespace

void print_parameters(std::string_view title, const ParameterInfos& list) {
  fmt::print("{}\n", title);
  for (const base::ParameterInfo& p : list) {
    fmt::print("\n  {}\n      {}\n      {}; default: {}", p.path, p.text, p.kind, default_of(p));
    if (!p.range.empty()) fmt::print("; range: {}", p.range);
    if (!p.unit.empty()) fmt::print("; units: {}", p.unit);
    fmt::print("\n");
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
