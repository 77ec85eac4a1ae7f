#include "sim/config/option_values.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/config/map_reader.h"
#include "base/config/parameter.h"
#include "base/config/quantity.h"
#include "scheduler/plugin/plugin_library.h"

namespace tessera::sim {

using base::Node;
using scheduler::OptionValue;
using scheduler::PluginOption;

OptionValue guess_option_value(const Node& scalar) {
  if (scalar.quoted) return scalar.text;
  if (const auto whole = base::parse_integer(scalar.text)) return *whole;
  if (const auto number = base::parse_real(scalar.text)) return *number;
  if (scalar.text == "true" || scalar.text == "false") return scalar.text == "true";
  return scalar.text;
}

void read_option_values(const Node& node, const std::string& name, scheduler::OptionValues& values,
                        base::Diagnostics& problems) {
  if (!node.is_map()) {
    problems.add(node.problem(fmt::format("{} must be a map such as {{depth: 4}}, not {}", name, node.describe())));
    return;
  }
  values.clear();
  for (const base::Entry& e : node.entries) {
    if (e.value.is_scalar()) values.insert_or_assign(e.name(), guess_option_value(e.value));
    else
      problems.add(e.value.problem(
          fmt::format("{}.{} must be a number, true or false, or a text, not {}", name, e.name(), e.value.describe())));
  }
}

namespace {

std::optional<OptionValue> typed(const Node& node, const std::string& name, const PluginOption& option,
                                 base::Diagnostics& problems) {
  switch (option.kind) {
    case PluginOption::Kind::integer:
      return base::read_integer(node, name, base::Range::between(option.low, option.high), problems);
    case PluginOption::Kind::number:
      return base::read_real(node, name, {option.low_number, option.high_number}, problems);
    case PluginOption::Kind::flag: return base::read_flag(node, name, problems);
    case PluginOption::Kind::string: return node.text;
  }
  return std::nullopt;
}

}  // namespace

void type_option_values(const Node& node, const std::string& name, const scheduler::PluginLibrary& library,
                        scheduler::OptionValues& values, base::Diagnostics& problems) {
  if (library.takes_any_option() || !node.is_map()) return;
  std::vector<std::string> known;
  for (const PluginOption& o : library.options()) known.push_back(o.key);
  for (const base::Entry& e : node.entries) {
    const auto option = std::ranges::find(library.options(), e.name(), &PluginOption::key);
    if (option == library.options().end()) {
      problems.add(base::unknown_key(e.key, fmt::format("{} of policy {}", name, library.name()), known));
    } else if (e.value.is_scalar()) {
      if (auto value = typed(e.value, fmt::format("{}.{}", name, e.name()), *option, problems))
        values.insert_or_assign(e.name(), std::move(*value));
    }
  }
}

Node write_option_values(const scheduler::OptionValues& values) {
  Node map = Node::make_map();
  for (const auto& [key, value] : values) {
    Node scalar;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) scalar = Node::make_scalar(fmt::format("{}", *whole));
    else if (const auto* flag = std::get_if<bool>(&value)) scalar = Node::make_scalar(*flag ? "true" : "false");
    else if (const auto* text = std::get_if<std::string>(&value)) scalar = Node::make_scalar(*text, true);
    else {
      std::string number = fmt::format("{}", std::get<double>(value));
      if (number.find_first_of(".en") == std::string::npos) number += ".0";  // a whole number is another type
      scalar = Node::make_scalar(std::move(number));
    }
    map.entries.push_back({Node::make_scalar(key), std::move(scalar)});
  }
  return map;
}

}  // namespace tessera::sim
