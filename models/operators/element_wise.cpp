// Element-wise operators: a function of elements at one place, on the vector unit, which reads two tensors at a time.
#include <fmt/format.h>

#include <algorithm>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"
#include "models/operators/operators.h"

namespace tessera::models {

namespace {

using base::Function;
// All inputs broadcast.
void infer_shape(Inference& node) {
  Dims out = node.dims(0);
  for (std::size_t i = 1; i < node.input_count(); ++i)
    if (node.has(i)) out = broadcast(node, out, node.dims(i));
  node.output(0, out);
}

void infer(Inference& node) {
  infer_shape(node);
  if (find_operator(node.node())->function == Function::equal) node.output_type(0, ElementType::boolean);
}

void infer_selection(Inference& node) {
  infer_shape(node);
  node.output_type(0, node.in(1).type());
}

void infer_cast(Inference& node) {
  node.output(0, node.dims(0));
  node.require_attribute("to");
  const auto last = static_cast<std::int64_t>(kElementTypes.size()) - 1;
  node.output_type(0, element_type(node.integer("to", 0, 1, last)));
}

// Of the second operand only the type counts: a constant stays one, whatever that operand is.
void infer_cast_like(Inference& node) {
  node.output(0, node.dims(0));
  const ElementType type = node.in(1).type();
  node.output_type(0, type);
  if (!node.in(0).constant) return;
  Literal literal = node.in(0).literal;
  literal.type = type;
  Value& v = node.result();
  v.literal = std::move(literal);
  v.constant = true;
}

// One operator that reads one or two of the node's tensors.
Operator& calculate(Lowering& node, const std::vector<TensorId>& inputs, TensorId output) {
  Operator& op = node.add(Unit::vector, output);
  op.inputs = inputs;
  op.access = Operator::Access::axes;
  for (const TensorId t : inputs) op.maps.push_back(broadcast_map(node.at(t).dims, node.at(output).dims));
  return op;
}

void count_parameters(const Lowering& node, Operator& op) {
  for (const TensorId t : op.inputs)
    if (node.at(t).role == TensorRole::constant) op.parameter_elements += elements(node.at(t).dims);
}

// The tensors that the node reads. The input region takes what is produced, the weight region what is constant.
std::vector<ValueId> tensor_operands(const Lowering& node) {
  std::vector<ValueId> operands;
  for (const ValueId v : node.node().inputs)
    if (!node.scalar(v)) operands.push_back(v);
  std::stable_sort(operands.begin(), operands.end(),
                   [&](ValueId a, ValueId b) { return !node.value(a).constant && node.value(b).constant; });
  return operands;
}

// Whether each element is something.
void infer_test(Inference& node) {
  same_shape(node);
  node.output_type(0, ElementType::boolean);
}

// What the first operands make together: the rank of `out`, broadcast as far as they go.
Dims together(const Lowering& node, const Dims& so_far, ValueId operand, const Dims& out) {
  Dims dims = broadcast(node, so_far, node.value(operand).dims());
  dims.insert(dims.begin(), out.size() - dims.size(), 1);
  return dims;
}

// More than two operands: one operator after the other, through intermediate tensors. A selection takes two: the first
// leaves a mark where the condition does not hold, the second puts its other operand there.
void chain(Lowering& node, const std::vector<ValueId>& operands, TensorId output) {
  TensorId so_far = kNone;
  const Tensor out = node.at(output);
  Dims dims = node.value(operands[0]).dims();
  for (std::size_t i = 1; i < operands.size(); ++i) {
    const bool last = i + 1 == operands.size();
    dims = together(node, dims, operands[i], out.dims);
    const TensorId into = last ? output : node.new_tensor(fmt::format("{}#{}", out.name, i), dims, out.layout);
    const TensorId first = i == 1 ? node.operand(operands[0], into) : so_far;
    const TensorId second = node.operand(operands[i], into);
    Operator& op = calculate(node, {first, second}, into);
    if (!last) op.name += fmt::format("#{}", i);
    count_parameters(node, op);
    so_far = into;
  }
}

void lower(Lowering& node) {
  const std::vector<ValueId> operands = tensor_operands(node);
  const TensorId output = node.output();
  if (operands.size() > 2) return chain(node, operands, output);
  std::vector<TensorId> inputs;
  for (const ValueId v : operands) inputs.push_back(node.operand(v, output));
  count_parameters(node, calculate(node, inputs, output));
}

void lower_cast_like(Lowering& node) {
  const TensorId output = node.output();
  count_parameters(node, calculate(node, {node.operand(node.node().inputs[0], output)}, output));
}

// A list of one is that one. What has been fused behind it needs an operator to run on.
void lower_list(Lowering& node) {
  if (node.input_count() == 1 && node.node().posts.empty()) return node.place_reshaped(node.input(), node.output());
  lower(node);
}

// A sum, and a product with one number behind it.
void lower_mean(Lowering& node) {
  lower_list(node);
  if (node.input_count() > 1) node.last().posts.push_back({Function::mul, kNone, node.last().name});
}

constexpr FusionRule kFusion{.head = FusionRule::Head::vector, .post = FusionRule::Post::function};

}  // namespace

extern const OperatorRule kBroadcasting{.infer = infer, .layout = kOneLayout, .lower = lower, .fusion = kFusion};
extern const OperatorRule kList{.infer = infer,
                                .layout = kOneLayout,
                                .lower = lower_list,
                                .fusion = kFusion,
                                .runs = "vector unit, for each output of each operand after the first"};
// Its last operation is not its function, so it joins nothing before it.
extern const OperatorRule kMean{
    .infer = infer,
    .layout = kOneLayout,
    .lower = lower_mean,
    .fusion = {.head = FusionRule::Head::vector},
    .runs = "vector unit, for each output of each operand after the first; then mul, for each output"};
extern const OperatorRule kOneOperand{.infer = same_shape, .layout = kOneLayout, .lower = lower, .fusion = kFusion};
extern const OperatorRule kTest{.infer = infer_test, .layout = kOneLayout, .lower = lower, .fusion = kFusion};
extern const OperatorRule kCast{.infer = infer_cast, .layout = kOneLayout, .lower = lower, .fusion = kFusion};
extern const OperatorRule kCastLike{
    .infer = infer_cast_like, .layout = kOneLayout, .lower = lower_cast_like, .reads_weights = false};
// Between floating point and a quantised format; a pass over the graph has set the type of the result.
extern const OperatorRule kConversion{.infer = same_shape, .layout = kOneLayout, .lower = lower, .fusion = kFusion};
extern const OperatorRule kSelection{
    .infer = infer_selection,
    .layout = kOneLayout,
    .lower = lower,
    .fusion = {.head = FusionRule::Head::vector},  // reads three tensors, so it cannot be a post-operation
    .runs = "vector unit, for each output; twice where it selects from three tensors"};

}  // namespace tessera::models
