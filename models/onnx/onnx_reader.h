// ONNX files into the common graph form.
#pragma once

#include <filesystem>

#include "models/graph/graph.h"

namespace tessera::models {

// Reads structure and shapes; weights are neither needed nor copied. Errors name the file and the node, input or
// tensor: damage, a 2017 file without operator set, symbolic dimensions, undefined or doubly defined names,
// model-local functions.
[[nodiscard]] base::Result<Graph> read_onnx(const std::filesystem::path&);

}  // namespace tessera::models
