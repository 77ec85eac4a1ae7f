// Operators that make the numbers that shapes are computed from. Their outputs are known when the file is read.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

constexpr std::int64_t kAny = std::numeric_limits<std::int64_t>::max() - std::int64_t{kMaxAxes};

// Of the forms that a value may have exactly one is there; strings and sparse tensors are no numbers.
Literal value_of(const NodeReader& node) {
  constexpr std::array kForms{"value", "value_int", "value_ints", "value_float", "value_floats"};
  if (std::count_if(kForms.begin(), kForms.end(), [&](const char* form) { return node.has_attribute(form); }) != 1)
    node.fail(fmt::format("it needs one of the attributes {}", fmt::join(kForms, ", ")));
  if (const Literal* tensor = node.tensor_attribute("value")) return *tensor;
  if (const auto* ints = node.integers("value_ints"))
    return {{static_cast<std::int64_t>(ints->size())}, true, *ints, {}, ElementType::int64};
  if (const auto* reals = node.reals("value_floats"))
    return {{static_cast<std::int64_t>(reals->size())}, false, {}, *reals, ElementType::float32};
  if (node.has_attribute("value_int"))
    return {{}, true, {{node.integer("value_int", 0, -kAny, kAny)}}, {}, ElementType::int64};
  return {{}, false, {}, {{node.real("value_float")}}, ElementType::float32};
}

void infer_constant(Inference& node) {
  Literal literal = value_of(node);
  node.output(0, literal.dims);
  Value& v = node.result();
  v.literal = std::move(literal);
  v.constant = true;
}

void infer_constant_of_shape(Inference& node) {
  const Dims dims = node.ints(0, "shape");
  node.output(0, dims);
  const Literal* given = node.tensor_attribute("value");
  node.output_type(0, given == nullptr ? ElementType::float32 : given->type);
  if (given == nullptr) return;
  if (!possible(given->dims) || elements(given->dims) != 1)
    node.fail(fmt::format("attribute 'value' has the shape {}, but must be one number", describe(given->dims)));
  if (!given->integer) return;
  const auto& value = given->ints;
  if (value && value->size() == 1 && elements(dims) <= kMostNumbers)
    node.set_ints(std::vector<std::int64_t>(static_cast<std::size_t>(elements(dims)), value->front()));
  node.result().literal.integer = true;
}

void infer_range(Inference& node) {
  const auto &start = node.ints(0, "start"), &limit = node.ints(1, "limit"), &step = node.ints(2, "delta");
  node.require(start.size() == 1 && limit.size() == 1 && step.size() == 1,
               "start, limit and delta must be single numbers");
  const auto bounded = [](std::int64_t v) { return v >= -kMaxElements && v <= kMaxElements; };
  node.require(bounded(start[0]) && bounded(limit[0]) && bounded(step[0]) && step[0] != 0,
               "the range is beyond reason");
  std::vector<std::int64_t> numbers;
  std::int64_t count = 0;
  for (std::int64_t v = start[0]; step[0] > 0 ? v < limit[0] : v > limit[0]; v += step[0]) {
    if (++count > kMostNumbers) node.fail(fmt::format("the range has more than {} numbers", kMostNumbers));
    numbers.push_back(v);
  }
  node.output(0, {count});
  node.set_ints(std::move(numbers));
}

void infer_shape(Inference& node) {
  const Dims& in = node.dims(0);
  const auto rank = static_cast<std::int64_t>(in.size());
  const auto bound = [&](std::int64_t v) { return std::min(std::max<std::int64_t>(v < 0 ? v + rank : v, 0), rank); };
  const std::int64_t begin = bound(node.integer("start", 0, -kAny, kAny)),
                     end = std::max(bound(node.integer("end", rank, -kAny, kAny)), begin);
  const Dims part(in.begin() + begin, in.begin() + end);
  node.output(0, {end - begin});
  node.output_type(0, ElementType::int64);
  node.set_ints(part);
}

void infer_size(Inference& node) {
  const std::int64_t count = elements(node.dims(0));
  node.output(0, {});
  node.output_type(0, ElementType::int64);
  node.set_ints({count});
}

void lower(Lowering& node) {
  node.fail("its output is needed, but depends on values that only a run of the network knows");
}

constexpr OperatorRule constant(void (*infer)(Inference&)) {
  return {.infer = infer, .layout = kAnyLayout, .lower = lower, .makes_constants = true};
}

}  // namespace

extern const OperatorRule kConstant = constant(infer_constant);
extern const OperatorRule kConstantOfShape = constant(infer_constant_of_shape);
extern const OperatorRule kRange = constant(infer_range);
extern const OperatorRule kShape = constant(infer_shape);
extern const OperatorRule kSize = constant(infer_size);

}  // namespace tessera::models
