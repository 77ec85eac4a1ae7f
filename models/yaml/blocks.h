// Reusable blocks of a YAML graph: a layer `{block: NAME, ...}` becomes the block's own layers, its `$parameters`
// replaced, its names prefixed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/config/node.h"
#include "base/result.h"

namespace tessera::models {

// One layer after expansion: its map (parameters replaced), and the names around it.
struct ExpandedLayer {
  base::Node map;
  std::string name;                 // "stage1/block0/conv1"
  std::vector<std::string> inputs;  // full names
  bool result_of_block = false;     // no layer of its own: `name` is another name for `inputs[0]`
};

// The layers of `layers`, with every block replaced; the first reads `first_input` unless it names another. Stops at
// the first problem.
[[nodiscard]] std::vector<ExpandedLayer> expand_blocks(const std::vector<base::Node>& layers, const base::Node* blocks,
                                                       std::string first_input, base::Diagnostics& problems);

}  // namespace tessera::models
