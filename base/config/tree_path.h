// Paths into a tree, as `--set` and messages write them: "core.pe_array.rows", "dma.channels[2].rate".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/config/node.h"

namespace tessera::base {

// One step: a key of a map, or an index into a list (index >= 0).
struct PathStep {
  std::string key;
  std::int64_t index = -1;
};

// Empty after a syntax error.
[[nodiscard]] std::vector<PathStep> parse_path(std::string_view path);

// The node at a path, or nullptr.
[[nodiscard]] const Node* find_path(const Node& root, std::string_view path);
// The node at a path, or the closest map or list above it: where a message about a missing value points.
[[nodiscard]] const Node& nearest(const Node& root, std::string_view path);

// One `--set path=value`.
struct Override {
  std::string path;
  Node value;
  Node key;  // the path as a node, for messages about it
};

// `number` counts from 1 and names the argument in messages.
[[nodiscard]] Result<Override> parse_override(std::string_view argument, int number);
// Puts the value at `path` (by default the override's own), making maps on the way. A path through a scalar, or beyond
// the end of a list, is reported.
void apply_override(Node& root, const Override&, std::string_view path, Diagnostics&);
inline void apply_override(Node& root, const Override& o, Diagnostics& problems) {
  apply_override(root, o, o.path, problems);
}

}  // namespace tessera::base
