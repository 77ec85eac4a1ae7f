// Passes over the graph, all but the first after shape inference. Each leaves a graph in topological order that means
// the same, and a note for every node that it removed. They run in the order of this list.
#pragma once

#include <map>
#include <string>

#include "models/graph/graph.h"

namespace tessera::models {

// Before shape inference, which calls it: network inputs that are only read where weights stand (a convolution's, a
// batch normalization's) become constants. Old exporters list weights among the inputs and leave out their numbers.
void take_weights(Graph&);

// By the name of a node, the name of the one that it became part of.
using Joined = std::map<std::string, std::string>;
// SiLU, hard swish, GELU (erf and tanh) and layer normalization spelt out in small nodes become one node each. Returns
// which nodes they were.
Joined recognise_patterns(Graph&);
// Pad in front of a convolution or pool becomes its padding.
void fold_padding(Graph&);
// Bias, folded batch normalization, per-channel scales and activations join the PE operator before them; element-wise
// functions with a scalar join the vector operator before them. Only where nobody else reads what lies between.
void fuse_posts(Graph&);

}  // namespace tessera::models
