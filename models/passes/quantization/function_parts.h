// Functions that several nodes spell out, such as a layer normalization.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/graph/graph.h"
#include "models/passes/passes.h"

namespace tessera::models {

struct FunctionParts {
  std::vector<NodeId> nodes;
  NodeId last = kNone;        // makes the result
  std::optional<bool> whole;  // quantised from end to end; empty: not known yet
};

class Functions {
 public:
  Functions(const Graph& g, const Joined& joined) {
    std::map<std::string, std::size_t> known;
    for (NodeId n = 0; n < g.nodes.size(); ++n) {
      const auto part = joined.find(g.nodes[n].name);
      if (part == joined.end()) continue;
      const auto [at, fresh] = known.try_emplace(part->second, parts_.size());
      if (fresh) parts_.emplace_back();
      parts_[at->second].nodes.push_back(n);
      if (part->first == part->second) parts_[at->second].last = n;
      by_node_[n] = at->second;
    }
  }
  // Of which the node is a part; null: of none. Valid for as long as this is.
  [[nodiscard]] FunctionParts* of(NodeId n) {
    const auto at = by_node_.find(n);
    return at == by_node_.end() ? nullptr : &parts_[at->second];
  }

 private:
  std::map<NodeId, std::size_t> by_node_;
  std::vector<FunctionParts> parts_;
};

}  // namespace tessera::models
