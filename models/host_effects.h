// Which rules for the host a network needs, and which do nothing in it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "models/graph/graph.h"
#include "models/graph/host_rule.h"

namespace tessera::models {

// What the file has, before passes change it.
class HostEffects {
 public:
  // The rules outlive the object.
  HostEffects(const Graph&, const HostRules&);
  // Of the graph when its shapes are known: rules that no task of the host follows.
  [[nodiscard]] base::Diagnostics without_effect(const Graph&) const;

 private:
  void see(const std::vector<Node>&);

  const HostRules& rules_;
  std::vector<bool> named_;         // by rule: it names a node of the file
  std::vector<std::string> types_;  // of all nodes, each once
};

// Reads the network with more rules; adds the types of operators that only the host could run.
using TryHost = std::function<base::Diagnostics(const HostRules& more, std::vector<std::string>& for_host)>;
// The problems of a network with operators that only the host could run, and rules with which it runs.
[[nodiscard]] base::Diagnostics remedied(const base::Diagnostics&, std::vector<std::string> for_host,
                                         const TryHost& attempt);

}  // namespace tessera::models
