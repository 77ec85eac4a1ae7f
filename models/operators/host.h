// Shapes of what the host makes (operators/host.cpp).
#pragma once

#include <cstddef>

#include "models/graph/element_type.h"
#include "models/graph/graph.h"
#include "models/operators/inference.h"

namespace tessera::models {

// Gives an output of a task of the host its shape, if nothing has said it yet; `at_most` says so in a note.
void made_by_host(Inference&, std::size_t output, Dims, ElementType = ElementType::unknown);
void made_by_host_at_most(Inference&, std::size_t output, Dims, ElementType = ElementType::unknown);

// Whether the shapes of what a node on the host makes follow from its type, at least at most; else the file has to
// say them.
[[nodiscard]] bool host_shape_follows(const Node&);

}  // namespace tessera::models
