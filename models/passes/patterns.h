// The operators that exporters write out in small nodes, recognised by how many nodes of each kind stand between the
// one tensor that they read and the one that they make. The numbers of constants do not matter: a file without weights
// has none.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/passes/region.h"

namespace tessera::models {

struct Recognised {
  std::string type;  // of the operator that does the same
  std::map<std::string, Attribute> attributes;
  std::vector<ValueId> parameters;  // constants of scale and shift, in this order
};

// A family of patterns: those around one kind of node.
struct PatternFamily {
  std::vector<std::string> cores;
  std::size_t most;  // nodes of a pattern
  bool (*may)(const Node&);
  std::optional<Recognised> (*recognise)(GraphEditor&, const Region&);
};

[[nodiscard]] const std::vector<PatternFamily>& pattern_families();

}  // namespace tessera::models
