// Matrix products, on the PE array: by constant weights, or of two activations.
#include <fmt/format.h>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

void infer_gemm(Inference& node) {
  const Dims& a = node.dims(0, 2, 2);
  const Dims& b = node.dims(1, 2, 2);
  const bool ta = node.flag("transA", false), tb = node.flag("transB", false);
  if (a[ta ? 0 : 1] != b[tb ? 1 : 0])
    node.fail(
        fmt::format("matrices {} and {} do not multiply (transA {}, transB {})", describe(a), describe(b), ta, tb));
  node.output(0, {a[ta ? 1 : 0], b[tb ? 0 : 1]});
}

void infer_matmul(Inference& node) {
  Dims a = node.dims(0, 1, 8), b = node.dims(1, 1, 8);
  const bool row = a.size() == 1, column = b.size() == 1;
  if (row) a.insert(a.begin(), 1);
  if (column) b.push_back(1);
  if (a.back() != b[b.size() - 2])
    node.fail(fmt::format("matrices {} and {} do not multiply", describe(a), describe(b)));
  Dims out = broadcast(node, Dims(a.begin(), a.end() - 2), Dims(b.begin(), b.end() - 2));
  if (!row) out.push_back(a[a.size() - 2]);
  if (!column) out.push_back(b.back());
  node.output(0, std::move(out));
}

// The rows of each matrix are the array's rows; leading axes are a batch. `transposed`: the second operand is [n, k].
PeGeometry geometry(const Lowering& node, bool transposed) {
  const Dims &a = node.dims(0), &b = node.dims(1);
  PeGeometry g;
  g.channels = a.back();
  g.in_h = g.out_h = a.size() > 1 ? a[a.size() - 2] : 1;
  g.n = b.size() == 1 ? 1 : b[b.size() - (transposed ? 2 : 1)];
  g.batch = elements(node.value(node.node().outputs[0]).dims()) / (g.in_h * g.n);
  const std::int64_t b_matrices = elements(b) / (g.n * g.channels), a_matrices = elements(a) / (g.in_h * g.channels);
  if ((b_matrices != 1 && b_matrices != g.batch) || (a_matrices != 1 && a_matrices != g.batch))
    node.fail(fmt::format("matrices {} and {} broadcast over a part of the batch", describe(a), describe(b)));
  g.weight_is_activation = !node.in(1).constant || b_matrices > 1;
  g.weight_batch = b_matrices;
  g.weight_transposed = g.weight_is_activation && transposed;
  return g;
}

// A constant third operand with one number for each column has been fused by now.
void require_two_operands(const Lowering& node) {
  if (node.has(2)) node.fail("its third input is no constant of one number for each output column");
}

// The product as matrices: the output itself, but for a vector among the operands, whose axis the output lacks.
TensorId matrices(Lowering& node) {
  const TensorId output = node.output();
  const bool row = node.dims(0).size() == 1, column = node.dims(1).size() == 1;
  if (!row && !column) return output;
  const Tensor y = node.at(output);
  Dims dims = y.dims;
  if (row) dims.insert(dims.end() - (column ? 0 : 1), 1);
  if (column) dims.push_back(1);
  return node.new_tensor(y.name + "#matrix", dims, Layout::rows);
}

void product(Lowering& node, bool transposed) {
  const PeGeometry g = geometry(node, transposed);
  const ValueId b = node.node().inputs[1];
  const TensorId first = node.input();
  const TensorId second = g.weight_is_activation ? node.tensor(b) : node.weight(b, g);
  const TensorId result = matrices(node), output = node.output();
  if (result != output) node.place_reshaped(result, output);
  Operator& op = node.add_product(result, g);
  op.inputs = {first, second};
  if (node.in(1).constant) op.parameter_elements = elements(node.dims(1));
}

void lower_gemm(Lowering& node) {
  require_two_operands(node);
  if (node.flag("transA", false)) node.fail("transA is not supported: transpose the input in the network");
  product(node, node.flag("transB", false));
}

void lower_matmul(Lowering& node) {
  require_two_operands(node);
  product(node, node.dims(1).size() == 1);  // a vector lies as the one row of a transposed matrix
}

constexpr FusionRule kFusion{.head = FusionRule::Head::pe, .channels = FusionRule::Channels::last};

}  // namespace

extern const OperatorRule kGemm{.infer = infer_gemm, .layout = kMatrices, .lower = lower_gemm, .fusion = kFusion};
extern const OperatorRule kMatMul{.infer = infer_matmul, .layout = kMatrices, .lower = lower_matmul, .fusion = kFusion};

}  // namespace tessera::models
