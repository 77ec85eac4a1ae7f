#include "sim/config/bindings.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "base/config/quantity.h"
#include "base/config/values.h"

namespace tessera::sim {

namespace {

constexpr std::int64_t kLargest = std::int64_t{1} << 31;  // of any extent

// One "name=number"; what is wrong with it. The number stands behind the last "=": names may hold one.
std::optional<std::string> add(std::string_view part, models::Bindings& bindings) {
  const std::size_t equals = part.rfind('=');
  if (equals == std::string_view::npos || equals == 0)
    return fmt::format("--bind must have the form NAME=NUMBER[,NAME=NUMBER...], here \"{}\"", part);
  const std::string name(part.substr(0, equals));
  const auto number = base::parse_integer(part.substr(equals + 1));
  if (!number || *number < 0 || *number > kLargest)
    return fmt::format("--bind has \"{}\": {} must be a whole number, 0 to {}", part, name, kLargest);
  if (!bindings.emplace(name, *number).second) return fmt::format("--bind gives {} twice", name);
  return std::nullopt;
}

}  // namespace

base::Result<models::Bindings> parse_bindings(const std::vector<std::string>& options) {
  models::Bindings bindings;
  base::Diagnostics problems;
  for (std::string_view rest : options) {
    for (bool more = true; more;) {
      const std::size_t comma = rest.find(',');
      more = comma != std::string_view::npos;
      if (auto problem = add(rest.substr(0, comma), bindings)) problems.add({"command line", 0, 0}, *problem);
      if (more) rest.remove_prefix(comma + 1);
    }
  }
  if (!problems.empty()) return problems;
  return bindings;
}

void read_bindings(const base::Node& node, const std::string& name, models::Bindings& bindings,
                   base::Diagnostics& problems) {
  if (!node.is_map()) {
    problems.add(
        node.problem(fmt::format("{} must be a map such as {{batch: 1, seq: 128}}, not {}", name, node.describe())));
    return;
  }
  for (const base::Entry& entry : node.entries) {
    const auto number = base::read_integer(entry.value, fmt::format("{}.{}", name, entry.name()),
                                           base::Range::between(0, kLargest), problems);
    if (number) bindings.insert_or_assign(entry.name(), *number);
  }
}

base::Node write_bindings(const models::Bindings& bindings) {
  base::Node map = base::Node::make_map();
  for (const auto& [name, number] : bindings)
    map.entries.push_back({base::Node::make_scalar(name, true), base::Node::make_scalar(fmt::format("{}", number))});
  return map;
}

}  // namespace tessera::sim
