#include "sim/config/host_rules.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "base/config/map_reader.h"

namespace tessera::sim {

using base::Dimension;
using base::Node;
using models::HostRule;

namespace {

constexpr base::Range kTimes = base::Range::between(0, 1'000'000'000'000'000);

HostRule read_rule(const Node& node, const std::string& name, base::Diagnostics& problems) {
  base::MapReader map(node, name, problems);
  HostRule rule;
  rule.pattern = map.text_or("pattern", "");
  rule.type = map.text_or("type", "");
  rule.time = base::Ps{map.quantity("time", Dimension::time, kTimes)};
  rule.where = node.where();
  map.finish();
  if (node.is_map() && rule.pattern.empty() && rule.type.empty())
    map.report(fmt::format("{} needs a pattern for names of nodes, a type of operators, or both", name));
  return rule;
}

// One "type=time"; what is wrong with it.
std::optional<std::string> add(std::string_view part, models::HostRules& rules) {
  const std::size_t equals = part.rfind('=');
  if (equals == std::string_view::npos || equals == 0)
    return fmt::format("--host must have the form TYPE=TIME[,TYPE=TIME...], here \"{}\"", part);
  const std::string type(part.substr(0, equals));
  const auto time = base::parse_quantity(part.substr(equals + 1), Dimension::time);
  if (!time.value) return fmt::format("--host has \"{}\": {} {}", part, part.substr(equals + 1), time.problem);
  if (!kTimes.holds(*time.value))
    return fmt::format("--host has \"{}\": the time must be {}", part, kTimes.describe(Dimension::time));
  for (const HostRule& rule : rules)
    if (rule.type == type) return fmt::format("--host gives {} twice", type);
  rules.push_back({type, "", base::Ps{*time.value}, {"command line", 0, 0}});
  return std::nullopt;
}

}  // namespace

base::Result<models::HostRules> parse_host_rules(const std::vector<std::string>& options) {
  models::HostRules rules;
  base::Diagnostics problems;
  for (std::string_view rest : options) {
    for (bool more = true; more;) {
      const std::size_t comma = rest.find(',');
      more = comma != std::string_view::npos;
      if (auto problem = add(rest.substr(0, comma), rules)) problems.add({"command line", 0, 0}, *problem);
      if (more) rest.remove_prefix(comma + 1);
    }
  }
  if (!problems.empty()) return problems;
  return rules;
}

void read_host_rules(const Node& node, const std::string& name, models::HostRules& rules, base::Diagnostics& problems) {
  rules.clear();
  if (node.is_list()) {
    for (std::size_t i = 0; i < node.items.size(); ++i)
      rules.push_back(read_rule(node.items[i], fmt::format("{}[{}]", name, i), problems));
    return;
  }
  if (!node.is_map()) {
    problems.add(
        node.problem(fmt::format("{} must be a map from operators to times such as {{NonMaxSuppression: 200 "
                                 "us}}, or a list of {{pattern, type, time}}, not {}",
                                 name, node.describe())));
    return;
  }
  for (const base::Entry& entry : node.entries) {
    const auto time =
        base::read_quantity(entry.value, fmt::format("{}.{}", name, entry.name()), Dimension::time, kTimes, problems);
    rules.push_back({entry.name(), "", base::Ps{time.value_or(0)}, entry.key.where()});
  }
}

Node write_host_rules(const models::HostRules& rules) {
  const auto time = [](const HostRule& rule) {
    return Node::make_scalar(base::format_quantity(rule.time.count(), Dimension::time));
  };
  bool types = true;
  for (const HostRule& rule : rules) types = types && rule.pattern.empty();
  Node root = types ? Node::make_map() : Node::make_list();
  for (const HostRule& rule : rules) {
    if (types) {
      root.entries.push_back({Node::make_scalar(rule.type, true), time(rule)});
      continue;
    }
    Node map = Node::make_map();
    const auto put = [&map](const char* key, Node value) {
      map.entries.push_back({Node::make_scalar(key), std::move(value)});
    };
    if (!rule.pattern.empty()) put("pattern", Node::make_scalar(rule.pattern, true));
    if (!rule.type.empty()) put("type", Node::make_scalar(rule.type, true));
    put("time", time(rule));
    root.items.push_back(std::move(map));
  }
  return root;
}

}  // namespace tessera::sim
