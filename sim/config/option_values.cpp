#include "sim/config/option_values.h"

#include <fmt/format.h>

#include "base/config/parameter.h"
#include "base/config/quantity.h"

namespace tessera::sim {

using base::Node;
using scheduler::OptionValue;

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
