// ONNX files into the common graph form.
#pragma once

#include <filesystem>
#include <vector>

#include "models/graph/bindings.h"
#include "models/graph/graph.h"
#include "models/graph/host_rule.h"

namespace tessera::models {

// A graph; or, where dimensions of its inputs have names that `bindings` gives no number, those names.
struct OnnxNetwork {
  Graph graph;
  std::vector<OpenDimension> open;
};

// Reads structure and shapes; weights are neither needed nor copied. Functions that the file defines are put in place
// of their calls. Errors name the file and the node, input or tensor: damage, a 2017 file without operator set,
// undefined or doubly defined names, bound names that no dimension has.
[[nodiscard]] base::Result<OnnxNetwork> read_onnx(const std::filesystem::path&, const Bindings& bindings,
                                                  const HostRules& host = {});

}  // namespace tessera::models
