// Passes over the graph after shape inference. Each leaves a graph in topological order that means the same, and a
// note for every node that it removed. They run in the order of this list.
#pragma once

#include "models/graph/graph.h"

namespace tessera::models {

// An Einsum becomes the sums, transposes and the product that its equation says.
void expand_einsum(Graph&);
// A transpose between reshapes moves the axes that these tell apart, [s, b x heads, d] as [s, b, heads, d]: what reads
// it then finds the parts of one image, or of one head, as a box.
void split_transposed_axes(Graph&);
// SiLU, hard swish, GELU (erf and tanh) and layer normalization spelt out in small nodes become one node each.
void recognise_patterns(Graph&);
// Pad in front of a convolution or pool becomes its padding.
void fold_padding(Graph&);
// Bias, folded batch normalization, per-channel scales and activations join the PE operator before them; element-wise
// functions with a scalar join the vector operator before them. Only where nobody else reads what lies between.
void fuse_posts(Graph&);

}  // namespace tessera::models
