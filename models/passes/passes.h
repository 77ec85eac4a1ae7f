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
// An Einsum becomes the sums, transposes and the product that its equation says.
void expand_einsum(Graph&);
// A product with constant weights as its first operand becomes a pointwise convolution, of which weights are the
// second, where what it reads and makes can lie so.
void turn_weights_first(Graph&);
// A reshape, a transpose and a reshape that move blocks of an image between its channels and its height and width
// become the one DepthToSpace or SpaceToDepth that they spell out, and so do slices of all pixels of blocks that a
// concat joins in the channels. An Expand or Tile between reshapes that repeats every pixel becomes a Resize.
void recognise_block_moves(Graph&);
// A product with constant weights, of whose columns others read parts (a Split, Slices, Gathers, also behind reshapes
// and transposes), becomes one product for each part: an attention's queries, keys and values, or a gate, are then the
// same whether the file calculates them together or one by one.
// The attribute kPartOf of each is the name of the product in the file.
inline constexpr const char* kPartOf = "part_of";
void split_products(Graph&);
// A chain of reshapes and transposes becomes one reshape, one transpose and one reshape at most; a transpose of the
// last two axes before the second operand of a product becomes the product's own.
void merge_moves(Graph&);
// A Gather of constant indices that are one after the other becomes a Slice.
void slice_gathers(Graph&);
// A product of a tensor with itself becomes one operator of one operand; a sum and its factor become a mean, squares or
// a root join their sum. Every reduction keeps the axes that it goes over, and a reshape behind it takes them out.
void write_reductions_alike(Graph&);
// A softmax, a normalization of rows or a reduction is calculated before the reshape or transpose that makes its input
// where its axes are axes there too.
void go_over_axes_first(Graph&);
// Reductions of the same kind, one right behind the other, become one.
void join_reductions(Graph&);
// A mean or maximum of the height and width of what is an image, or may be one, becomes a global pool.
void pool_images(Graph&);
// Of the operands of a sum or a product of tensors of one shape the one with the longest chain of operators before it
// stands first: the sum waits for it, and takes its blocks over. Where one is a part of another tensor, they stay.
void order_operands(Graph&);
// Convolutions of the parts of an image's channels, which a concat joins again, become one of as many groups.
void join_groups(Graph&);
// A product of pixels that reshapes and transposes have put side by side, patch by patch, becomes the convolution that
// takes a step of one patch.
void recognise_patches(Graph&);
// A convolution over a spatial axis of one element between reshapes that add and remove that axis loses it; one whose
// kernel is the whole image becomes a product.
void drop_spatial_axes(Graph&);
// What only moves a tensor stands right behind what makes it, wherever the file lists it.
void move_early(Graph&);
// A Cast to the type that its input has is left out.
void drop_casts(Graph&);
// A view that only views read is left out where a transpose stands before or behind them.
void join_views(Graph&);
// Where a part of the network works row by row, and the transposes around it turn the first two of its axes, it takes
// them in the other order: sequence first is batch first then. A transpose with the attribute kAtTheRim stands between
// such a part and what enters or leaves the network, which lies as the part takes it.
inline constexpr const char* kAtTheRim = "at_the_rim";
void order_rows(Graph&);
// A transpose between reshapes moves the axes that these tell apart, [s, b x heads, d] as [s, b, heads, d]: what reads
// it then finds the parts of one image, or of one head, as a box.
void split_transposed_axes(Graph&);
// By the name of a node, the name of the one that it became part of.
using Joined = std::map<std::string, std::string>;
// Activations (SiLU, GELU, Mish, hard swish and their like), softmax and normalizations that are spelt out in small
// nodes become one node each, however they are written. Returns which nodes they were.
Joined recognise_patterns(Graph&);
// An attention whose heads a file calculates one by one, between parts of columns and a concat, calculates them as a
// batch of matrices.
void join_heads(Graph&);
// A constant factor or summand behind a normalization goes into the scale and shift that it has, or could have.
void fold_scales(Graph&);
// An Expand, or a Tile that only repeats single elements, is left out where what reads it broadcasts by itself.
void drop_expands(Graph&);
// Zeros that a Pad adds become the padding of the convolutions and pools behind it, where they alone read them.
void fold_padding(Graph&);
// An element-wise function behind a reshape or transpose is calculated before it where something there can take it.
void hoist_functions(Graph&);
// Bias, folded batch normalization, per-channel scales and activations join the PE operator before them; element-wise
// functions with a scalar join the vector operator before them. Only where nobody else reads what lies between.
void fuse_posts(Graph&);
// A Concat whose first parts another one joins takes that one's result in their place, as where every layer of a dense
// block joins what all before it have made: the parts then have one place in memory for all of them.
void nest_concats(Graph&);

}  // namespace tessera::models
