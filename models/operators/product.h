// A batch of matrix products on the PE array, whatever operator spells it: y [.., M, N] = a [.., M, K] x b [.., K, N].
//
// What is constant lies in the order in which tiles read it. Leading axes along which `b` does not change are rows of
// one product, as far as the boxes of `a` and `y` allow it: such a product takes the same time however its rows are
// written. An operand stored the other way round ([K, M], [N, K]) is read so, at no cost.
#pragma once

#include "models/operators/lowering.h"

namespace tessera::models {

// The axes of an operand before its last two, and how those two lie.
struct MatrixOperand {
  ValueId value = kNone;
  Dims leading = {};
  std::int64_t rows = 1, columns = 1;  // of the matrix that takes part
  bool transposed = false;             // stored [columns, rows]
};

struct MatrixProduct {
  MatrixOperand a, b;
  Dims leading;  // of the result: those of a and b, broadcast
};

// What a product asks of the layout of its operands and its result.
void ask_rows(const NodeReader&, const MatrixProduct&, ValueId result, AxisWishes&);
// Adds the product, `posts` behind it. `output` holds the elements of leading.., M, N in the file's order, whatever its
// axes are; where it does not lie so, it is copied.
void lower_product(Lowering&, const MatrixProduct&, TensorId output, std::vector<PostOperation> posts = {});

}  // namespace tessera::models
