// ScatterElements, ScatterND, MaxUnpool: elements go to where indices say, on the vector unit. The output is the data
// with the updates in it, so all of it is written; what lies outside the updates is copied by the same pass.
//
// Indices that the network computes are brought to their updates by a pass of their own, since the unit reads two
// tensors at a time. Constants and network inputs program the address unit and move nothing, as with a gather.
#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"
#include "base/units.h"
#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

void check_reduction(const NodeReader& node) {
  (void)node.word("reduction", "none", {"none", "add", "mul", "max", "min"});
}

void infer_elements(Inference& node) {
  check_reduction(node);
  const Dims &in = node.dims(0, 1, 8), &index = node.dims(1), &updates = node.dims(2);
  const std::size_t axis = node.axis_attribute(0, in.size());
  bool fits = index.size() == in.size() && index == updates;
  for (std::size_t a = 0; fits && a < in.size(); ++a) fits = a == axis || index[a] <= in[a];
  if (!fits)
    node.fail(fmt::format("indices {} and updates {} do not fit {} along axis {}", describe(index), describe(updates),
                          describe(in), axis));
  same_shape(node);
}

void infer_nd(Inference& node) {
  check_reduction(node);
  const Dims &in = node.dims(0, 1, 8), &index = node.dims(1, 1, 8), &updates = node.dims(2);
  const std::int64_t tuple = index.back();
  Dims needed(index.begin(), index.end() - 1);
  const bool fits = tuple >= 1 && static_cast<std::size_t>(tuple) <= in.size();
  if (fits) needed.insert(needed.end(), in.begin() + tuple, in.end());
  if (!fits || updates != needed)
    node.fail(fmt::format("indices {} and updates {} do not fit {}", describe(index), describe(updates), describe(in)));
  same_shape(node);
}

// A pass that gives every update its index.
TensorId routed(Lowering& node, TensorId updates) {
  const ValueId index = node.node().inputs[1];
  if (node.value(index).constant || node.value(index).network_input) return updates;
  const Tensor u = node.at(updates);
  const TensorId into = node.new_tensor(node.at(node.output()).name + "#updates", u.dims, u.layout);
  const TensorId indices = node.tensor(index);
  std::vector<AxisMap> map(node.at(indices).dims.size());
  for (std::size_t a = 0; a < std::min(map.size(), u.dims.size()); ++a)
    if (node.at(indices).dims[a] == u.dims[a]) map[a].from = static_cast<int>(a);
  Operator& op = node.add(Unit::vector, into);
  op.name += "#updates";
  op.inputs = {updates, indices};
  op.access = Operator::Access::axes;
  op.maps = {broadcast_map(u.dims, u.dims), std::move(map)};
  return into;
}

// `own`: axes of the updates of which a tile needs its own range; of the others any element may go into it.
void scatter(Lowering& node, const std::vector<bool>& own) {
  const TensorId data = node.input(), output = node.output(), updates = routed(node, node.input(2));
  const Dims dims = node.at(output).dims;
  std::vector<AxisMap> map(node.at(updates).dims.size());
  for (std::size_t a = 0; a < map.size(); ++a)
    if (own[a]) map[a].from = static_cast<int>(a);
  Operator& op = node.add(Unit::vector, output);
  op.inputs = {data, updates};
  op.access = Operator::Access::axes;
  op.maps = {broadcast_map(dims, dims), std::move(map)};
}

void lower_elements(Lowering& node) {
  const Dims &in = node.dims(0), &updates = node.dims(2);
  const std::size_t axis = node.axis_attribute(0, in.size());
  std::vector<bool> own(in.size());
  for (std::size_t a = 0; a < in.size(); ++a) own[a] = a != axis && updates[a] == in[a];
  scatter(node, own);
}

void lower_nd(Lowering& node) { scatter(node, std::vector<bool>(node.dims(2).size(), false)); }

// The extents of an unpooled image: input 2, or what the window that was pooled covers.
void infer_unpool(Inference& node) {
  const Dims& in = node.dims(0, 3, 5);
  if (node.dims(1) != in) node.fail(fmt::format("indices {} do not fit {}", describe(node.dims(1)), describe(in)));
  node.require_attribute("kernel_shape");
  const std::size_t spatial = in.size() - 2;
  const auto kernel = node.integers("kernel_shape", spatial, 1, 1), stride = node.integers("strides", spatial, 1, 1);
  const auto pads = node.integers("pads", 2 * spatial, 0, 0);
  Dims out{in[0], in[1]};
  for (std::size_t i = 0; i < spatial; ++i) {
    // More elements than a tensor can have are refused as such.
    const std::int64_t steps = std::max<std::int64_t>(in[i + 2], 1) - 1;
    const std::int64_t reach = std::min(base::saturating_product(steps, stride[i]), 2 * kMaxElements);
    out.push_back(reach + kernel[i] - pads[i] - pads[i + spatial]);
  }
  if (node.has(2)) out = node.ints(2, "output shape");
  node.require(out.size() == in.size(), "the output shape has another number of axes than the input");
  node.output(0, std::move(out));
}

// Each pooled element lies inside its own window.
void lower_unpool(Lowering& node) {
  const std::size_t spatial = node.dims(0).size() - 2;
  const auto kernel = node.integers("kernel_shape", spatial, 1, 1), stride = node.integers("strides", spatial, 1, 1);
  const auto pads = node.integers("pads", 2 * spatial, 0, 0);
  std::vector<AxisMap> map(spatial + 2);
  for (std::size_t a = 0; a < map.size(); ++a) map[a].from = static_cast<int>(a);
  for (std::size_t i = 0; i < spatial; ++i) {
    AxisMap& m = map[i + 2];
    m.divide = stride[i];
    m.before = base::ceil_div(std::max<std::int64_t>(kernel[i] - 1 - pads[i], 0), stride[i]);
    m.after = base::ceil_div(pads[i], stride[i]);
    m.beyond = AxisMap::Beyond::nearest;
  }
  const TensorId input = node.input(), indices = node.input(1), output = node.output();
  Operator& op = node.add(Unit::vector, output);
  op.inputs = {input, indices};
  op.access = Operator::Access::axes;
  op.maps = {map, map};
}

}  // namespace

extern const OperatorRule kScatterElements{
    .infer = infer_elements,
    .layout = kOneLayout,
    .lower = lower_elements,
    .runs = "vector unit, for each output; and for each update where the network computes the indices"};
extern const OperatorRule kScatterND{
    .infer = infer_nd,
    .layout = kAnyLayout,
    .lower = lower_nd,
    .runs = "vector unit, for each output; and for each update where the network computes the indices"};
extern const OperatorRule kUnpool{.infer = infer_unpool,
                                  .layout = {.wish = LayoutRule::Wish::image, .alike = LayoutRule::Alike::same_rank},
                                  .lower = lower_unpool};

}  // namespace tessera::models
