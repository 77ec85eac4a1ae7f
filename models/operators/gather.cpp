// Gather, GatherElements, GatherND: the elements that indices name. Which ones they name in a run does not matter for
// its timing; there are as many as the output has, and they count as neighbours.
//
// Indices that are constants or enter the network program the DMA engine: a movement. Indices that the network computes
// are known too late for that: the vector unit reads them and picks.
#include <fmt/format.h>

#include <algorithm>

#include "models/operators/axis_wishes.h"
#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

void infer(Inference& node) {
  const Dims in = node.dims(0, 1, 8);
  const Dims index = node.dims(1);
  const std::size_t axis = node.axis_attribute(0, in.size());
  Dims out(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(axis));
  out.insert(out.end(), index.begin(), index.end());
  out.insert(out.end(), in.begin() + static_cast<std::ptrdiff_t>(axis) + 1, in.end());
  node.output(0, out);
}

void infer_elements(Inference& node) {
  const Dims &in = node.dims(0, 1, 8), &index = node.dims(1);
  const std::size_t axis = node.axis_attribute(0, in.size());
  bool fits = index.size() == in.size();
  for (std::size_t a = 0; fits && a < in.size(); ++a) fits = a == axis || index[a] <= in[a];
  if (!fits) node.fail(fmt::format("indices {} do not fit {} along axis {}", describe(index), describe(in), axis));
  node.output(0, index);
}

// What GatherND picks by: `batch` leading axes that both share, `tuple` indexed axes behind them.
struct Tuples {
  std::size_t batch, tuple;
};

Tuples tuples_of(const NodeReader& node) {
  const Dims &in = node.dims(0, 1, 8), &index = node.dims(1, 1, 8);
  const auto batch = static_cast<std::size_t>(node.integer("batch_dims", 0, 0, 7));
  const std::int64_t tuple = index.back();
  if (tuple < 1 || batch >= index.size() || static_cast<std::size_t>(tuple) + batch > in.size())
    node.fail(fmt::format("indices {} with {} batch axes do not fit {}", describe(index), batch, describe(in)));
  for (std::size_t a = 0; a < batch; ++a)
    if (index[a] != in[a])
      node.fail(fmt::format("indices {} and {} differ in batch axis {}", describe(index), describe(in), a));
  return {batch, static_cast<std::size_t>(tuple)};
}

void infer_nd(Inference& node) {
  const Tuples t = tuples_of(node);
  const Dims &in = node.dims(0), &index = node.dims(1);
  Dims out(index.begin(), index.end() - 1);
  out.insert(out.end(), in.begin() + static_cast<std::ptrdiff_t>(t.batch + t.tuple), in.end());
  node.output(0, std::move(out));
}

void axes(const NodeReader& node, AxisWishes& wishes) {
  const std::size_t axis = node.axis_attribute(0, node.dims(0).size());
  wishes.take_out(node.node().inputs[0], axis);
  wishes.cut(node.node().outputs[0], axis);
  wishes.cut(node.node().outputs[0], axis + node.dims(1).size());
}

// Indices that enter the network need no operator, whatever shape they are given on the way.
bool enters_the_network(const Lowering& node, ValueId v) {
  while (node.value(v).producer != kNone && rule_of(node.graph().nodes[node.value(v).producer]).is_view)
    v = node.graph().nodes[node.value(v).producer].inputs[0];
  return node.value(v).network_input;
}

// The map of the gathered axis: `indices` axes of the output from `axis` on say which rows, none a single row.
AxisMap picked_rows(const Literal& index, std::int64_t extent, std::size_t axis, int indices) {
  if (indices > 0) return {.from = static_cast<int>(axis), .span = indices, .wrap = true};
  const std::int64_t one = index.ints && !index.ints->empty() ? index.ints->front() : 0;
  return {.from = AxisMap::kFixed, .offset = std::clamp<std::int64_t>(one < 0 ? one + extent : one, 0, extent - 1)};
}

// Takes the source by `map`; `index_axes`: those of the output that the axes of the indices are, from `first` on.
void pick(Lowering& node, std::vector<AxisMap> map, std::size_t first) {
  const TensorId source = node.input(), output = node.output();
  const ValueId index = node.node().inputs[1];
  if (node.value(index).constant || enters_the_network(node, index)) {
    node.move(source, output, std::move(map));
    return;
  }
  const TensorId indices = node.tensor(index);
  std::vector<AxisMap> of_indices(node.at(indices).dims.size());
  const std::size_t rank = node.at(output).dims.size();
  for (std::size_t a = 0; a < of_indices.size() && first + a < rank; ++a)
    of_indices[a].from = static_cast<int>(first + a);
  Operator& op = node.add(Unit::vector, output);
  op.function = base::Function::gather;
  op.inputs = {source, indices};
  op.access = Operator::Access::axes;
  op.maps = {std::move(map), std::move(of_indices)};
}

void lower(Lowering& node) {
  const Value& index = node.in(1);
  const Dims& in = node.dims(0);
  const std::size_t axis = node.axis_attribute(0, in.size());
  const auto indices = static_cast<int>(index.dims().size());
  std::vector<AxisMap> map(in.size());
  for (std::size_t i = 0; i < in.size(); ++i) map[i].from = static_cast<int>(i) + (i > axis ? indices - 1 : 0);
  map[axis] = picked_rows(index.literal, in[axis], axis, indices);
  pick(node, std::move(map), axis);
}

void lower_elements(Lowering& node) {
  const std::size_t axis = node.axis_attribute(0, node.dims(0).size());
  std::vector<AxisMap> map = broadcast_map(node.dims(0), node.dims(0));
  for (std::size_t a = 0; a < map.size(); ++a) map[a].from = static_cast<int>(a);
  map[axis].wrap = true;
  pick(node, std::move(map), 0);
}

// The tuples lie along the longest of the indexed axes; the others are whole where it is not long enough for all.
void lower_nd(Lowering& node) {
  const Tuples t = tuples_of(node);
  const Dims &in = node.dims(0), &index = node.dims(1);
  const auto picks = static_cast<int>(index.size() - 1 - t.batch);  // axes of the output
  std::int64_t count = 1;
  for (std::size_t a = t.batch; a + 1 < index.size(); ++a) count *= index[a];
  const auto longest =
      static_cast<std::size_t>(std::max_element(in.begin() + static_cast<std::ptrdiff_t>(t.batch),
                                                in.begin() + static_cast<std::ptrdiff_t>(t.batch + t.tuple)) -
                               in.begin());
  std::vector<AxisMap> map(in.size());
  for (std::size_t a = 0; a < in.size(); ++a) {
    const bool indexed = a >= t.batch && a < t.batch + t.tuple;
    if (!indexed) map[a].from = static_cast<int>(a < t.batch ? a : a - t.tuple + static_cast<std::size_t>(picks));
    else if (a == longest && picks > 0) map[a] = {.from = static_cast<int>(t.batch), .span = picks, .wrap = true};
    else if (count <= in[longest]) map[a].from = AxisMap::kFixed;
  }
  // The last axis of the indices is a tuple, which is read whole.
  pick(node, std::move(map), 0);
  Operator& op = node.last();
  if (op.maps.size() > 1) op.maps[1].back() = {};
}

}  // namespace

extern const OperatorRule kGather{
    .infer = infer,
    .layout = {.axes = axes},
    .lower = lower,
    .runs = "a copy; vector unit, gather for each output, where the network computes the indices"};
extern const OperatorRule kGatherElements{
    .infer = infer_elements,
    .layout = kOneLayout,
    .lower = lower_elements,
    .runs = "a copy; vector unit, gather for each output, where the network computes the indices"};
extern const OperatorRule kGatherND{
    .infer = infer_nd,
    .layout = kAnyLayout,
    .lower = lower_nd,
    .runs = "a copy; vector unit, gather for each output, where the network computes the indices"};

}  // namespace tessera::models
