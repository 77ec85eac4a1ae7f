#include "models/graph/host_rule.h"

#include <algorithm>

#include "base/glob.h"
#include "models/graph/graph.h"

namespace tessera::models {

namespace {

bool names(const HostRule& rule, const Node& node) {
  const bool type = rule.type.empty() || rule.type == node.type || rule.type == host_key(node) ||
                    rule.type == node.domain + "::" + node.type;
  return type && (rule.pattern.empty() || base::matches(rule.pattern, node.name));
}

}  // namespace

std::string host_key(const Node& node) {
  const std::string& domain = node.host ? node.host->domain : node.domain;
  return domain.empty() ? node.type : domain + "." + node.type;
}

void mark_for_host(const HostRules& rules, Node& node) {
  const auto rule = std::ranges::find_if(rules, [&](const HostRule& r) { return names(r, node); });
  if (rule == rules.end() || node.host) return;
  node.host = HostTask{rule->time, static_cast<std::size_t>(rule - rules.begin()), std::move(node.domain)};
  node.domain = kHostDomain;
}

void unmark_for_host(Node& node) {
  if (!node.host) return;
  node.domain = std::move(node.host->domain);
  node.host.reset();
}

}  // namespace tessera::models
