// Operators that make or carry the numbers that shapes are computed from.
#include <fmt/format.h>

#include "models/operators/operators.h"

namespace tessera::models::infer {

void constant(Inference& node) {
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

void constant_of_shape(Inference& node) {
  const Dims dims = node.ints(0, "shape");
  node.output(0, dims);
  const auto at = node.node().attributes.find("value");
  const bool has_value = at != node.node().attributes.end() && at->second.tensor.has_value();
  if (!has_value || !at->second.tensor->integer) return;
  const auto& value = at->second.tensor->ints;
  if (value && value->size() == 1 && elements(dims) <= 4096)
    node.set_ints(std::vector<std::int64_t>(static_cast<std::size_t>(elements(dims)), value->front()));
  node.result().literal.integer = true;
}

void range(Inference& node) {
  const auto &start = node.ints(0, "start"), &limit = node.ints(1, "limit"), &step = node.ints(2, "delta");
  node.require(start.size() == 1 && limit.size() == 1 && step.size() == 1,
               "start, limit and delta must be single numbers");
  const auto bounded = [](std::int64_t v) { return v >= -kMaxElements && v <= kMaxElements; };
  node.require(bounded(start[0]) && bounded(limit[0]) && bounded(step[0]) && step[0] != 0,
               "the range is beyond reason");
  std::vector<std::int64_t> numbers;
  std::int64_t count = 0;
  for (std::int64_t v = start[0]; step[0] > 0 ? v < limit[0] : v > limit[0]; v += step[0]) {
    if (++count > 4096) node.fail("the range has more than 4096 numbers");
    numbers.push_back(v);
  }
  node.output(0, {count});
  node.set_ints(std::move(numbers));
}

void shape(Inference& node) {
  const Dims& in = node.dims(0);
  const auto rank = static_cast<std::int64_t>(in.size());
  const auto bound = [&](std::int64_t v) { return std::min(std::max<std::int64_t>(v < 0 ? v + rank : v, 0), rank); };
  const std::int64_t begin = bound(node.attribute("start", 0)),
                     end = std::max(bound(node.attribute("end", rank)), begin);
  const Dims part(in.begin() + begin, in.begin() + end);
  node.output(0, {end - begin});
  node.set_ints(part);
}

void size(Inference& node) {
  const std::int64_t count = elements(node.dims(0));
  node.output(0, {});
  node.set_ints({count});
}

void cast(Inference& node) {
  const Literal from = node.in(0).literal;
  node.output(0, from.dims);
  const std::int64_t to = node.attribute("to", 1);
  const bool integer = to == 6 || to == 7 || to == 9;
  if (integer && from.ints) return node.set_ints(*from.ints);
  node.result().literal.integer = integer;
}

void identity(Inference& node) {
  const Literal from = node.in(0).literal;
  node.output(0, from.dims);
  node.result().literal = from;
}

// The mask is an output that inference leaves without a shape: nobody may read it.
void dropout(Inference& node) { node.output(0, node.dims(0)); }

}  // namespace tessera::models::infer
