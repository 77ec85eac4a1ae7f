// Operators that make the numbers that shapes are computed from. Their outputs are known when the file is read.
#include <fmt/format.h>

#include <algorithm>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

void infer_constant(Inference& node) {
  const auto& attributes = node.node().attributes;
  Literal literal;
  if (const auto at = attributes.find("value"); at != attributes.end() && at->second.tensor) {
    literal = *at->second.tensor;
  } else if (const auto ints = attributes.find("value_ints"); ints != attributes.end()) {
    literal = {{static_cast<std::int64_t>(ints->second.ints.size())}, true, ints->second.ints, {}};
  } else if (const auto one = attributes.find("value_int"); one != attributes.end()) {
    literal = {{}, true, one->second.ints, {}};
  } else if (const auto real = attributes.find("value_float"); real != attributes.end()) {
    literal = {{}, false, {}, real->second.reals};
  } else if (const auto reals = attributes.find("value_floats"); reals != attributes.end()) {
    literal = {{static_cast<std::int64_t>(reals->second.reals.size())}, false, {}, reals->second.reals};
  } else {
    node.fail("it has no value");
  }
  node.output(0, literal.dims);
  Value& v = node.result();
  v.literal = std::move(literal);
  v.constant = true;
}

void infer_constant_of_shape(Inference& node) {
  const Dims dims = node.ints(0, "shape");
  node.output(0, dims);
  const auto at = node.node().attributes.find("value");
  const bool has_value = at != node.node().attributes.end() && at->second.tensor.has_value();
  if (!has_value || !at->second.tensor->integer) return;
  const auto& value = at->second.tensor->ints;
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
  const std::int64_t begin = bound(node.attribute("start", 0)),
                     end = std::max(bound(node.attribute("end", rank)), begin);
  const Dims part(in.begin() + begin, in.begin() + end);
  node.output(0, {end - begin});
  node.set_ints(part);
}

void infer_size(Inference& node) {
  const std::int64_t count = elements(node.dims(0));
  node.output(0, {});
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
