// Element-wise operators: a function of elements at one place, on the vector unit, which reads two tensors at a time.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"
#include "models/operators/operators.h"

namespace tessera::models {

namespace {

using base::Function;
using Ints = std::vector<std::int64_t>;

// Small integer constants are calculated: shapes may depend on them.
std::optional<std::int64_t> apply(const std::string& type, std::int64_t a, std::int64_t b) {
  const auto x = static_cast<std::uint64_t>(a), y = static_cast<std::uint64_t>(b);
  if (type == "Add" || type == "Sum") return wrapped(x + y);
  if (type == "Sub") return wrapped(x - y);
  if (type == "Mul") return wrapped(x * y);
  if (type == "Div" && b != 0 && b != -1) return a / b;
  if (type == "Min") return std::min(a, b);
  if (type == "Max") return std::max(a, b);
  if (type == "Equal") return a == b ? 1 : 0;
  if (type == "Greater") return a > b ? 1 : 0;
  if (type == "Less") return a < b ? 1 : 0;
  return std::nullopt;
}

// Element i of an operand that is as long as the result or one element.
std::int64_t element(const Ints& v, std::size_t i) { return v[v.size() == 1 ? 0 : i]; }

bool aligned(const Ints& v, std::size_t count) { return v.size() == count || v.size() == 1; }

void fold_binary(Inference& node, std::size_t count) {
  const auto &a = node.in(0).literal.ints, &b = node.in(1).literal.ints;
  if (!a || !b || !aligned(*a, count) || !aligned(*b, count)) return;
  Ints result;
  for (std::size_t i = 0; i < count; ++i) {
    const auto r = apply(node.node().type, element(*a, i), element(*b, i));
    if (!r) return;
    result.push_back(*r);
  }
  node.set_ints(std::move(result));
}

void fold_selection(Inference& node, std::size_t count) {
  const auto &c = node.in(0).literal.ints, &a = node.in(1).literal.ints, &b = node.in(2).literal.ints;
  if (!c || !a || !b || !aligned(*c, count) || !aligned(*a, count) || !aligned(*b, count)) return;
  Ints result;
  for (std::size_t i = 0; i < count; ++i) result.push_back(element(*c, i) != 0 ? element(*a, i) : element(*b, i));
  node.set_ints(std::move(result));
}

// All inputs broadcast. The number of elements of the output where they are few enough for their numbers to be kept.
std::optional<std::size_t> infer_shape(Inference& node) {
  Dims out = node.dims(0);
  for (std::size_t i = 1; i < node.input_count(); ++i)
    if (node.has(i)) out = broadcast(node, out, node.dims(i));
  node.output(0, out);
  if (elements(out) > kMostNumbers) return std::nullopt;
  return static_cast<std::size_t>(elements(out));
}

void infer(Inference& node) {
  const auto count = infer_shape(node);
  if (find_operator(node.node())->function == Function::equal) node.output_type(0, ElementType::boolean);
  if (count && node.input_count() == 2 && node.has(1)) fold_binary(node, *count);
}

void infer_selection(Inference& node) {
  const auto count = infer_shape(node);
  node.output_type(0, node.in(1).type());
  if (count && node.has(2)) fold_selection(node, *count);
}

void infer_cast(Inference& node) {
  const Literal from = node.in(0).literal;
  node.output(0, from.dims);
  node.require_attribute("to");
  const auto last = static_cast<std::int64_t>(kElementTypes.size()) - 1;
  const ElementType to = element_type(node.integer("to", 0, 1, last));
  const bool integer = to == ElementType::int32 || to == ElementType::int64 || to == ElementType::boolean;
  node.output_type(0, to);
  if (integer && from.ints) return node.set_ints(*from.ints);
  node.result().literal.integer = integer;
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

// More than two operands: one operator after the other, through intermediate tensors of the output's shape.
void chain(Lowering& node, const std::vector<ValueId>& operands, TensorId output) {
  TensorId so_far = kNone;
  for (std::size_t i = 1; i < operands.size(); ++i) {
    const bool last = i + 1 == operands.size();
    const Tensor out = node.at(output);
    const TensorId into = last ? output : node.new_tensor(fmt::format("{}#{}", out.name, i), out.dims, out.layout);
    const TensorId first = i == 1 ? node.operand(operands[0], into) : so_far;
    const TensorId second = node.operand(operands[i], into);
    Operator& op = calculate(node, {first, second}, into);
    if (i == 1) count_parameters(node, op);
    if (!last) op.name += fmt::format("#{}", i);
    so_far = into;
  }
}

void lower(Lowering& node) {
  const std::vector<ValueId> operands = tensor_operands(node);
  const TensorId output = node.output();
  if (operands.size() <= 2) {
    std::vector<TensorId> inputs;
    for (const ValueId v : operands) inputs.push_back(node.operand(v, output));
    return count_parameters(node, calculate(node, inputs, output));
  }
  const Function f = node.function();
  if (f != Function::add && f != Function::min && f != Function::max)
    node.fail(fmt::format("it has {} tensor operands, the vector unit reads two", operands.size()));
  chain(node, operands, output);
}

constexpr FusionRule kFusion{.head = FusionRule::Head::vector, .post = FusionRule::Post::function};

}  // namespace

extern const OperatorRule kBroadcasting{.infer = infer, .layout = kOneLayout, .lower = lower, .fusion = kFusion};
extern const OperatorRule kOneOperand{.infer = same_shape, .layout = kOneLayout, .lower = lower, .fusion = kFusion};
extern const OperatorRule kCast{.infer = infer_cast, .layout = kOneLayout, .lower = lower, .fusion = kFusion};
// Between floating point and a quantised format; a pass over the graph has set the type of the result.
extern const OperatorRule kConversion{.infer = same_shape, .layout = kOneLayout, .lower = lower, .fusion = kFusion};
extern const OperatorRule kSelection{
    .infer = infer_selection,
    .layout = kOneLayout,
    .lower = lower,
    .fusion = {.head = FusionRule::Head::vector},  // reads three tensors, so it cannot be a post-operation
};

}  // namespace tessera::models
