#include "sim/app/list_operators.h"

#include <fmt/format.h>

#include "models/operators/operators.h"
#include "sim/app/markdown.h"
#include "sim/app/output.h"
#include "trace/report/screen.h"

namespace tessera::app {
namespace {

using models::KnownOperator;

// Those that run no function of the vector unit have none to show.
bool has_function(const KnownOperator& o) {
  return o.function != base::Function::identity && o.rule.fusion.head != models::FusionRule::Head::pe;
}

std::string function_of(const KnownOperator& o) {
  return has_function(o) ? std::string(base::to_string(o.function)) : std::string("-");
}

std::string name_of(const KnownOperator& o) {
  return o.domain.empty() ? std::string(o.type) : fmt::format("{}.{}", o.domain, o.type);
}

// By the machine's own table where it says nothing.
std::string cycles_of(const KnownOperator& o) {
  return has_function(o) ? fmt::format("{}", base::about(o.function).cycles) : std::string("-");
}

std::string arithmetic_of(const KnownOperator& o) {
  const auto& f = base::about(o.function);
  return has_function(o) ? fmt::format("{} + {}", f.additions, f.multiplications) : std::string("-");
}

}  // namespace

void print_operators() {
  constexpr std::string_view kIndent = "      ";
  const std::size_t width = screen_width();
  fmt::print("{}", trace::wrapped("", "Operators of ONNX files, and what each runs as", width));
  for (const KnownOperator& o : models::known_operators()) {
    std::string facts(o.rule.runs_as());
    if (has_function(o)) facts += fmt::format("; function {}", function_of(o));
    fmt::print("\n  {}\n{}", name_of(o), trace::wrapped(kIndent, facts, width));
  }
}

void put_operators(base::JsonDocument& document) {
  document.open_list("operators");
  for (const KnownOperator& o : models::known_operators()) {
    const std::string at = document.append("operators");
    document.put(at + "type", std::string(o.type));
    document.put(at + "domain", std::string(o.domain));
    document.put(at + "function", has_function(o) ? base::value_of(function_of(o)) : base::Value{});
    document.put(at + "runs_as", std::string(o.rule.runs_as()));
  }
}

void print_operators_markdown() {
  std::vector<std::vector<std::string>> rows;
  for (const KnownOperator& o : models::known_operators())
    rows.push_back(
        {"`" + name_of(o) + "`", std::string(o.rule.runs_as()), function_of(o), cycles_of(o), arithmetic_of(o)});
  print_section("operators", {"operator", "runs as", "function", "cycles", "additions + multiplications"}, rows);
}

}  // namespace tessera::app
