#include "models/host_effects.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/config/suggest.h"

namespace tessera::models {

HostEffects::HostEffects(const Graph& graph, const HostRules& rules) : rules_(rules), named_(rules.size(), false) {
  if (!rules.empty()) see(graph.nodes);
}

void HostEffects::see(const std::vector<Node>& nodes) {
  for (const Node& node : nodes) {
    if (node.host && node.host->rule < named_.size()) named_[node.host->rule] = true;
    if (std::ranges::find(types_, host_key(node)) == types_.end()) types_.push_back(host_key(node));
    for (const auto& [name, attribute] : node.attributes)
      if (attribute.graph) see(attribute.graph->nodes);
  }
}

base::Diagnostics HostEffects::without_effect(const Graph& graph) const {
  std::vector<bool> followed(rules_.size(), false);
  for (const Node& node : graph.nodes)
    if (node.host) followed[node.host->rule] = true;
  base::Diagnostics problems;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (followed[i]) continue;
    const HostRule& rule = rules_[i];
    const std::string key = rule.pattern.empty() ? rule.type : fmt::format("pattern \"{}\"", rule.pattern);
    std::string why;
    if (named_[i]) {
      why = "what its nodes make is known when the file is read, or nobody needs it: leave it out";
    } else if (!rule.pattern.empty()) {
      why = fmt::format("no node of network {} that no rule before it names has that name{}", graph.name,
                        rule.type.empty() ? "" : " and type " + rule.type);
    } else {
      constexpr std::size_t kShown = 12;
      std::string hint = base::did_you_mean(rule.type, types_);
      if (hint.empty() && !types_.empty())
        hint = fmt::format("; it has {}{}",
                           fmt::join(types_.begin(), types_.begin() + std::min(types_.size(), kShown), ", "),
                           types_.size() > kShown ? ", ..." : "");
      why = fmt::format("network {} has no node of that type{}", graph.name, hint);
    }
    problems.add(rule.where, fmt::format("host: {} has no effect: {}", key, why));
  }
  return problems;
}

namespace {

constexpr base::Ps kExample{200'000'000};

// A key of YAML must not be taken for something else.
std::string as_key(const std::string& type) {
  const bool plain = std::ranges::all_of(
      type, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '-'; });
  return plain && !type.empty() && type.front() != '-' ? type : fmt::format("\"{}\"", type);
}

std::string line_of(const std::vector<std::string>& types) {
  std::string line;
  for (const std::string& type : types) line += fmt::format("{}{}: 200 us", line.empty() ? "" : ", ", as_key(type));
  return "host: {" + line + "}";
}

}  // namespace

base::Diagnostics remedied(const base::Diagnostics& problems, std::vector<std::string> for_host,
                           const TryHost& attempt) {
  constexpr int kTries = 16;
  std::vector<std::string> types;
  base::Diagnostics left;
  for (int i = 0; i < kTries && !for_host.empty(); ++i) {
    for (std::string& type : for_host)
      if (std::ranges::find(types, type) == types.end()) types.push_back(std::move(type));
    HostRules rules;
    for (const std::string& type : types) rules.push_back({type, "", kExample, {}});
    for_host.clear();
    left = attempt(rules, for_host);
  }
  std::string remedy = fmt::format(
      "; {} in the run file (--host on the command line) makes each such node a task of the host, of that "
      "time",
      line_of(types));
  if (!left.empty()) remedy += fmt::format(", and then: {}", left.list().front().message);
  base::Diagnostics all;
  for (const base::Diagnostic& d : problems.list()) {
    base::Diagnostic said = d;
    said.message += remedy;
    all.add(std::move(said));
  }
  return all;
}

}  // namespace tessera::models
