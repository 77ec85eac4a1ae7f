// How a tensor's axes, as the file has them, lie on the four canonical axes n, h, w, c.
//
// `image`: the first axis is n, the last two are h and w, all between them (usually one) are c; with three axes the
// last is h and w is 1; with two the first is c and the second h. `pixels`: as an image, but n, h and w together lie on
// h: what works on each pixel alone takes them as rows. `volume` (five axes N,C,D,H,W; with others it is an image):
// slice d of image n is n x D + d on n. Rows: the last axis is c, the others lie in order on n, h and w: `rows` one on
// h, those before it on n, none on w; `flat` all on h, so that a block of rows may go over several leading indices;
// `turned` the same, the second axis before the first. Enumerated n, h, w, c (c fastest) rows are in the file's order,
// an image lies as NHWC, a volume as NDHWC.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/network/network.h"

namespace tessera::models {

using Dims = std::vector<std::int64_t>;

inline constexpr Layout kPixels{Layout::Kind::image, Layout::kAll};
inline constexpr Layout kTurned{Layout::Kind::rows, Layout::kAll, 0};

// Half-open box in a tensor's own axes.
struct FileBox {
  Dims begin, end;
};

// The file axes that make up each canonical axis, outermost first.
using AxisGroups = std::array<std::vector<std::size_t>, 4>;
[[nodiscard]] AxisGroups axis_groups(std::size_t rank, Layout);
// The canonical axis that a file axis belongs to.
[[nodiscard]] int canonical_axis(std::size_t axis, std::size_t rank, Layout);
// Of rows: whether another canonical axis begins at `axis` (0 < axis < rank - 1).
[[nodiscard]] bool cuts_before(std::size_t axis, std::size_t rank, Layout);
// The axes with more than one element in the order in which canonical enumeration nests them, outermost first.
[[nodiscard]] std::vector<std::size_t> nesting(const Dims&, Layout);

// The same for axes grouped in any way: a box of the grouped axes, cut into its own axes and put together again.
[[nodiscard]] FileBox unfold(const Dims&, const AxisGroups&, const Box&);
[[nodiscard]] Box fold(const Dims&, const AxisGroups&, const FileBox&);

// A finer list of axes of which both `a` and `b` are groupings, element i of one being element i of the other.
// `found` is false where there is none (neither extent divides the other).
struct Refinement {
  bool found = false;
  Dims dims;                            // outermost first
  std::vector<std::size_t> of_a, of_b;  // by axis of `dims`: the axis of a and of b that it is part of
};
[[nodiscard]] Refinement refine(const Dims& a, const Dims& b);
// The box of `b` that holds the elements of `box` of `a`, by that order: exact with a refinement, else a range.
[[nodiscard]] FileBox reshaped_box(const Dims& a, const Dims& b, const FileBox& box);

[[nodiscard]] Shape canonical_shape(const Dims&, Layout);
// Whether a tensor's canonical enumeration is the file's order.
[[nodiscard]] bool in_file_order(const Dims&, Layout);
// The smallest box of the other kind that covers this one.
[[nodiscard]] FileBox file_box(const Dims&, Layout, const Box&);
[[nodiscard]] Box canonical_box(const Dims&, Layout, const FileBox&);

}  // namespace tessera::models
