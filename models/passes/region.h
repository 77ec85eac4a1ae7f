// A stretch of small nodes that together calculate one tensor from one other tensor.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "models/graph/graph_editor.h"

namespace tessera::models {

struct Region {
  ValueId source = kNone;     // the one tensor that is no constant and is made outside
  std::vector<NodeId> nodes;  // ascending; the last makes the result. What lies between is read inside alone
};

// The region that ends in `last` and that `accept` takes, grown backwards node by node over those that `may` belong to
// it, at most `most`.
[[nodiscard]] std::optional<Region> find_region(GraphEditor&, NodeId last, std::size_t most,
                                                const std::function<bool(const Node&)>& may,
                                                const std::function<bool(const Region&)>& accept);
// `core` and the nodes behind it, at most `most`, over those that `may` belong to its region; ascending.
[[nodiscard]] std::vector<NodeId> nodes_behind(GraphEditor&, NodeId core, std::size_t most,
                                               const std::function<bool(const Node&)>& may);

}  // namespace tessera::models
