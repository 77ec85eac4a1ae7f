// Operators whose result depends on where an element lies: OneHot, Trilu, EyeLike.
#include <fmt/format.h>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

// The axis of the output that is the new one.
std::size_t new_axis(const NodeReader& node) { return node.axis_attribute(-1, node.dims(0, 0, 7).size() + 1); }

void infer_one_hot(Inference& node) {
  Dims out = node.dims(0, 0, 7);
  const auto& depth = node.ints(1, "depth");
  node.require(depth.size() == 1 && depth.front() >= 0, "the depth must be one number of at least 0");
  out.insert(out.begin() + static_cast<std::ptrdiff_t>(new_axis(node)), depth.front());
  node.output(0, std::move(out));
  node.output_type(0, node.in(2).type());
}

// Every element of the output is a comparison of an index with the element's own place.
void lower_one_hot(Lowering& node) {
  const TensorId indices = node.input(), output = node.output();
  const std::size_t axis = new_axis(node);
  std::vector<AxisMap> map(node.at(indices).dims.size());
  for (std::size_t a = 0; a < map.size(); ++a) map[a].from = static_cast<int>(a < axis ? a : a + 1);
  Operator& op = node.add(Unit::vector, output);
  op.inputs = {indices};
  op.access = Operator::Access::axes;
  op.maps = {std::move(map)};
}

void infer_trilu(Inference& node) {
  (void)node.dims(0, 2, 8);
  (void)node.flag("upper", true);
  same_shape(node);
}

void lower_trilu(Lowering& node) {
  const TensorId input = node.input(), output = node.output();
  Operator& op = node.add(Unit::vector, output);
  op.inputs = {input};
  op.access = Operator::Access::axes;
  op.maps = {broadcast_map(node.at(input).dims, node.at(output).dims)};
}

// Of its input only the shape counts: the result is a constant.
void infer_eye_like(Inference& node) {
  (void)node.dims(0, 2, 2);
  same_shape(node);
  if (node.has_attribute("dtype")) {
    constexpr auto kLast = static_cast<std::int64_t>(kElementTypes.size()) - 1;
    node.output_type(0, element_type(node.integer("dtype", 0, 1, kLast)));
  }
  node.result().constant = true;
}

void lower_constant(Lowering& node) { node.fail("its output is a constant and needs no operator"); }

}  // namespace

extern const OperatorRule kOneHot{
    .infer = infer_one_hot, .layout = kAnyLayout, .lower = lower_one_hot, .reads_weights = false};
extern const OperatorRule kTrilu{
    .infer = infer_trilu, .layout = kOneLayout, .lower = lower_trilu, .reads_weights = false};
extern const OperatorRule kEyeLike{
    .infer = infer_eye_like, .layout = kAnyLayout, .lower = lower_constant, .makes_constants = true};

}  // namespace tessera::models
