// MatMul and Gemm: matrix products on the PE array, of activations and constants in any place.
#include <fmt/format.h>

#include "models/operators/axis_wishes.h"
#include "models/operators/inference.h"
#include "models/operators/product.h"
#include "models/operators/summand.h"

namespace tessera::models {

namespace {

void infer_gemm(Inference& node) {
  const Dims& a = node.dims(0, 2, 2);
  const Dims& b = node.dims(1, 2, 2);
  const bool ta = node.flag("transA", false), tb = node.flag("transB", false);
  if (a[ta ? 0 : 1] != b[tb ? 1 : 0])
    node.fail(
        fmt::format("matrices {} and {} do not multiply (transA {}, transB {})", describe(a), describe(b), ta, tb));
  const Dims out{a[ta ? 1 : 0], b[tb ? 0 : 1]};
  if (node.has(2) && broadcast(node, out, node.dims(2)) != out)
    node.fail(fmt::format("its third input {} does not broadcast to {}", describe(node.dims(2)), describe(out)));
  node.output(0, out);
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

MatrixOperand operand(const NodeReader& node, std::size_t i, bool transposed) {
  const Dims& dims = node.dims(i);
  MatrixOperand m{.value = node.node().inputs[i], .transposed = transposed};
  if (dims.size() == 1) {
    (i == 0 ? m.columns : m.rows) = dims[0];  // a row, or a column
    return m;
  }
  m.leading.assign(dims.begin(), dims.end() - 2);
  m.rows = dims[dims.size() - (transposed ? 1 : 2)];
  m.columns = dims[dims.size() - (transposed ? 2 : 1)];
  return m;
}

// A vector as the second operand lies as the one row of a transposed matrix. Products of expand_einsum() have the flags
// of a Gemm.
MatrixProduct product_of(const NodeReader& node) {
  MatrixProduct p;
  p.a = operand(node, 0, node.flag("transA", false));
  p.b = operand(node, 1, node.flag("transB", false) || node.dims(1).size() == 1);
  p.leading = broadcast(node, p.a.leading, p.b.leading);
  return p;
}

void axes(const NodeReader& node, AxisWishes& wishes) {
  ask_rows(node, product_of(node), node.node().outputs[0], wishes);
}

// A factor of constant weights is put into them beforehand.
bool scales(const Lowering& node) {
  return node.node().type == "Gemm" && node.real_or("alpha", 1) != 1 && !node.in(0).constant && !node.in(1).constant;
}

void lower_gemm(Lowering& node) {
  const MatrixProduct p = product_of(node);
  std::vector<PostOperation> posts;
  if (scales(node)) posts.push_back({base::Function::mul, kNone, node.node().name + ".alpha"});
  const TensorId output = node.output();
  if (!node.has(2)) return lower_product(node, p, output, std::move(posts));
  const Tensor y = node.at(output);
  const TensorId product = node.new_tensor(y.name + "#product", y.dims, y.layout);
  lower_product(node, p, product, std::move(posts));
  TensorId summand = node.operand(node.node().inputs[2], output);
  if (node.real_or("beta", 1) != 1 && !node.in(2).constant) summand = scaled(node, summand);
  add_summand(node, product, summand, broadcast_map(node.at(summand).dims, y.dims), output);
}

void lower_matmul(Lowering& node) { lower_product(node, product_of(node), node.output()); }

constexpr LayoutRule kLayout{.wish = LayoutRule::Wish::rows, .axes = axes};
constexpr FusionRule kFusion{.head = FusionRule::Head::pe, .channels = FusionRule::Channels::last};

}  // namespace

extern const OperatorRule kGemm{.infer = infer_gemm, .layout = kLayout, .lower = lower_gemm, .fusion = kFusion};
extern const OperatorRule kMatMul{.infer = infer_matmul, .layout = kLayout, .lower = lower_matmul, .fusion = kFusion};

}  // namespace tessera::models
