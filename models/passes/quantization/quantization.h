// Quantised networks, as passes over the graph before shapes are inferred.
//
// Files write quantised arithmetic in four ways: operators between DequantizeLinear and QuantizeLinear (QDQ), operators
// of their own (QLinearConv, com.microsoft's QLinearAdd), integer operators whose sums are scaled by others
// (MatMulInteger behind DynamicQuantizeLinear), and weights of a few bits (MatMulNBits). The first pass writes them all
// as QDQ. Then either the conversions vanish, or they are folded into the operators between them.
#pragma once

#include "base/result.h"
#include "models/graph/graph.h"
#include "models/passes/passes.h"

namespace tessera::models {

// Whether any node converts between formats, or calculates in a quantised one.
[[nodiscard]] bool is_quantized(const Graph&);
// Quantised operators become ONNX's own between DequantizeLinear and QuantizeLinear. Fails where a node lacks an
// operand or has an attribute that changes what is computed.
[[nodiscard]] base::Diagnostics expand_quantized(Graph&);
// The conversions vanish: what is left is the floating-point network.
void drop_quantization(Graph&);
// Operators take over the formats around them: DequantizeLinear vanishes into what reads it, QuantizeLinear stays as a
// node that fusion puts behind what comes before it. What cannot be folded stays as a conversion. `functions`: nodes
// that are parts of one function take over formats together, and conversions between them vanish.
void fold_quantization(Graph&, const Joined& functions);

}  // namespace tessera::models
