// ONNX files into the common graph form.
#pragma once

#include <filesystem>
#include <vector>

#include "models/graph/graph.h"
#include "models/graph/host_rule.h"
#include "models/graph/named_dimensions.h"

namespace tessera::models {

// A graph; it is whole where every name of a dimension has a number, and no number a name that is none.
struct OnnxNetwork {
  Graph graph;
  NamedDimensions dimensions;
};

// Reads structure and shapes; weights are neither needed nor copied. Functions that the file defines are put in place
// of their calls. Errors name the file and the node, input or tensor: damage, a 2017 file without operator set,
// undefined or doubly defined names.
[[nodiscard]] base::Result<OnnxNetwork> read_onnx(const std::filesystem::path&, const Bindings& bindings,
                                                  const HostRules& host = {});

}  // namespace tessera::models
