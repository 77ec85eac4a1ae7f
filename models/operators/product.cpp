#include "models/operators/product.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "models/operators/axis_wishes.h"

namespace tessera::models {

namespace {

std::int64_t product_of(const Dims& dims, std::size_t first, std::size_t last) {
  return std::accumulate(dims.begin() + static_cast<std::ptrdiff_t>(first),
                         dims.begin() + static_cast<std::ptrdiff_t>(last), std::int64_t{1}, std::multiplies<>());
}

// Leading axes with ones in front, as many as the result has.
Dims aligned(Dims leading, std::size_t rank) {
  leading.insert(leading.begin(), rank - leading.size(), 1);
  return leading;
}

// The axes of the result that count rows or batches: its leading axes and M.
Dims outer_axes(const MatrixProduct& p) {
  Dims outer = p.leading;
  outer.push_back(p.a.rows);
  return outer;
}

// How many outer axes have to be a batch: all up to the last along which the second operand changes, and with a first
// operand stored by columns all but M.
std::size_t batch_axes(const MatrixProduct& p) {
  const Dims b = aligned(p.b.leading, p.leading.size());
  std::size_t count = p.a.transposed ? p.leading.size() : b.size();
  while (!p.a.transposed && count > 0 && b[count - 1] == 1) --count;
  while (count > 0 && product_of(p.leading, 0, count) == 1) --count;
  return count;
}

// The outer axes at which a tensor begins another canonical axis, as far as that divides the rows.
std::vector<std::size_t> cuts_of(const Tensor& t, const Dims& outer, std::size_t batch) {
  std::vector<std::size_t> cuts;
  const std::size_t rank = t.dims.size();
  for (std::size_t i = batch + 1; i < outer.size(); ++i) {
    const std::size_t left = outer.size() - i + 1;  // axes from there on
    if (left >= rank || !cuts_before(rank - left, rank, t.layout)) continue;
    if (product_of(outer, batch, i) > 1 && product_of(outer, i, outer.size()) > 1) cuts.push_back(i);
  }
  return cuts;
}

// Which matrix of an operand each matrix of the batch reads.
struct Spread {
  std::int64_t count = 1, divide = 1;
  bool regular = true;  // count and divide say it all: the operand changes along neighbouring axes
};

Spread spread_of(const Dims& operand, const Dims& batch) {
  Spread s;
  bool changes = false, behind = false;
  for (std::size_t i = batch.size(); i-- > 0;) {
    if (batch[i] == 1) continue;
    if (operand[i] == 1) {
      if (!changes) s.divide *= batch[i];
      behind = changes;
    } else {
      s.regular = s.regular && !behind;
      changes = true;
      s.count *= operand[i];
    }
  }
  return s;
}

// The outer axes [0, h) are the batch, [h, w) lie on h and the others on w. A block of one batch, a range of h and a
// range of w is then a box of the result; of the first operand too where it is cut in no other place, at least with w
// whole.
struct Rows {
  std::size_t h, w;
};

Rows rows_of(const Tensor& a, const Tensor& y, const MatrixProduct& p) {
  const Dims outer = outer_axes(p);
  const std::size_t batch = batch_axes(p);
  if (p.a.transposed || !spread_of(aligned(p.a.leading, p.leading.size()), p.leading).regular)
    return {outer.size() - 1, outer.size()};
  const auto of_a = cuts_of(a, outer, batch), of_y = cuts_of(y, outer, batch);
  if (of_y.empty()) return {batch, outer.size()};
  if (std::ranges::includes(of_y, of_a)) return {of_y.size() == 1 ? batch : of_y.front(), of_y.back()};
  return {std::max(of_a.back(), of_y.back()), outer.size()};
}

// The operand with a matrix for each of the batch: copies of those that it has.
TensorId repeated(Lowering& node, TensorId tensor, const Dims& from, const Dims& batch) {
  const std::int64_t h = node.at(tensor).shape[kH], c = node.at(tensor).shape[kC];
  Dims source = from, to = batch;
  for (Dims* dims : {&source, &to}) dims->insert(dims->end(), {h, c});
  const std::string name = node.at(tensor).name;
  const TensorId in = node.new_tensor(name + "#matrices", source, Layout::rows);
  node.place_linear(in, tensor);
  const TensorId out = node.new_tensor(name + "#repeated", to, Layout::rows);
  node.move(in, out, broadcast_map(source, to)).name += "#repeated";
  return out;
}

// A matrix operand as the array reads it, [batch][stored rows][stored columns]. `own`: its axes of the batch.
TensorId matrices(Lowering& node, const MatrixOperand& m, const Dims& own, const Dims& batch, Spread& spread) {
  const std::int64_t h = m.transposed ? m.columns : m.rows, c = m.transposed ? m.rows : m.columns;
  const TensorId tensor = node.seen_as(node.as_rows(node.tensor(m.value)), {elements(m.leading), h, 1, c});
  if (spread.regular) return tensor;
  spread = {elements(batch), 1, true};
  return repeated(node, tensor, own, batch);
}

PeGeometry geometry_of(const MatrixProduct& p, const Dims& outer, Rows rows) {
  PeGeometry g;
  g.channels = p.a.columns;
  g.n = p.b.columns;
  g.batch = product_of(outer, 0, rows.h);
  g.in_h = g.out_h = product_of(outer, rows.h, rows.w);
  g.in_w = g.out_w = product_of(outer, rows.w, outer.size());
  g.input_transposed = p.a.transposed;
  if (p.a.transposed) g.in_h = g.channels;
  return g;
}

Dims result_dims(const MatrixProduct& p) {
  Dims dims = outer_axes(p);
  dims.push_back(p.b.columns);
  return dims;
}

void add_product(Lowering& node, const MatrixProduct& p, TensorId result, std::vector<PostOperation> posts) {
  const Dims outer = outer_axes(p);
  TensorId first = node.as_rows(node.tensor(p.a.value));
  const Rows rows = rows_of(node.at(first), node.at(result), p);
  PeGeometry g = geometry_of(p, outer, rows);
  const Dims batch(outer.begin(), outer.begin() + static_cast<std::ptrdiff_t>(rows.h));
  // Behind the leading axes that the two have in common.
  const auto in_batch = [&](const Dims& leading) {
    Dims all = aligned(leading, p.leading.size());
    all.resize(rows.h);
    return all;
  };
  Spread of_a = spread_of(in_batch(p.a.leading), batch), of_b = spread_of(in_batch(p.b.leading), batch);
  if (p.a.transposed || !of_a.regular) first = matrices(node, p.a, in_batch(p.a.leading), batch, of_a);
  else first = node.seen_as(first, {of_a.count, g.in_h, g.in_w, g.channels});
  g.input_divide = of_a.divide;
  const bool in_tile_order = node.value(p.b.value).constant && of_b.count == 1;
  g.weight_is_activation = !in_tile_order;
  g.weight_transposed = g.weight_is_activation && p.b.transposed;
  const TensorId second =
      in_tile_order ? node.weight(p.b.value, g) : matrices(node, p.b, in_batch(p.b.leading), batch, of_b);
  g.weight_batch = of_b.count;
  g.weight_divide = of_b.divide;
  const TensorId seen = node.seen_as(result, {g.batch, g.out_h, g.out_w, g.n});
  Operator& op = node.add_product(seen, g);
  op.inputs = {first, second};
  op.posts = std::move(posts);
  node.made(result);
  for (const ValueId v : {p.a.value, p.b.value})
    if (node.value(v).constant) op.parameter_elements += elements(node.value(v).dims());
}

}  // namespace

void ask_rows(const NodeReader& node, const MatrixProduct& p, ValueId result, AxisWishes& wishes) {
  const auto& values = node.graph().values;
  if (p.a.transposed || wishes.image(result)) return;
  const Dims outer = outer_axes(p);
  const std::size_t batch = batch_axes(p);
  const bool merges = product_of(outer, batch, outer.size()) > p.a.rows;
  const auto ask = [&](ValueId v) {
    if (values[v].dims().size() == 2) wishes.matrices.push_back(v);
    else if (merges) wishes.merged.push_back(v);
  };
  ask(result);
  if (values[p.a.value].constant || wishes.image(p.a.value)) return;
  ask(p.a.value);
  if (values[p.a.value].dims().size() == values[result].dims().size()) wishes.passed_on.emplace_back(p.a.value, result);
}

void lower_product(Lowering& node, const MatrixProduct& p, TensorId output, std::vector<PostOperation> posts) {
  const Dims dims = result_dims(p), own = node.at(output).dims;
  const Layout layout = node.at(output).layout;
  const bool own_rows = layout.kind == Layout::Kind::rows;
  if (own_rows && own == dims) return add_product(node, p, output, std::move(posts));
  const TensorId rows = node.new_tensor(node.at(output).name + "#rows", dims, Layout::flat);
  // A view has its elements in the order of what it is a view of, row by row.
  if (in_file_order(own, layout) && node.at(output).shape[kC] == p.b.columns) {
    node.place_linear(rows, output);
    return add_product(node, p, rows, std::move(posts));
  }
  add_product(node, p, rows, std::move(posts));
  if (own_rows) node.place_reshaped(rows, output);
  else node.move(rows, output).name += "#image";
}

}  // namespace tessera::models
