// Operators that make the numbers that shapes are computed from. Their outputs are known when the file is read.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
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
    return {{static_cast<std::int64_t>(ints->size())}, *ints, {}, ElementType::int64};
  if (const auto* reals = node.reals("value_floats"))
    return {{static_cast<std::int64_t>(reals->size())}, {}, *reals, ElementType::float32};
  if (node.has_attribute("value_int"))
    return {{}, {{node.integer("value_int", 0, -kAny, kAny)}}, {}, ElementType::int64};
  return {{}, {}, {{node.real("value_float")}}, ElementType::float32};
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
  if (given != nullptr && (!possible(given->dims) || elements(given->dims) != 1))
    node.fail(fmt::format("attribute 'value' has the shape {}, but must be one number", describe(given->dims)));
}

// The one number of an input.
double number_of(const Inference& node, std::size_t input, std::string_view what) {
  const Literal& l = node.in(input).literal;
  if (!l.known()) (void)node.ints(input, what);  // which says why
  if (elements(l.dims) != 1) node.fail(fmt::format("{} must be a single number", what));
  return l.ints ? static_cast<double>(l.ints->front()) : l.reals->front();
}

void infer_range(Inference& node) {
  const double start = number_of(node, 0, "start"), limit = number_of(node, 1, "limit"),
               step = number_of(node, 2, "delta");
  const double count = step == 0 ? -1 : std::max(std::ceil((limit - start) / step), 0.0);
  node.require(count >= 0 && count <= static_cast<double>(kMaxElements), "the range is beyond reason");
  node.output(0, {static_cast<std::int64_t>(count)});
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

// Windows of a signal and the weights of mel filters: tables that nobody needs the numbers of.
void make_table(Inference& node, Dims dims) {
  node.output(0, std::move(dims));
  const auto last = static_cast<std::int64_t>(kElementTypes.size()) - 1;
  node.output_type(0, element_type(node.integer("output_datatype", 1, 1, last)));
  node.result().constant = true;
}

std::int64_t count_of(const Inference& node, std::size_t input, std::string_view what) {
  const double count = number_of(node, input, what);
  if (!(count >= 0 && count <= static_cast<double>(kMaxElements))) node.fail(fmt::format("{} is {}", what, count));
  return static_cast<std::int64_t>(count);
}

void infer_window(Inference& node) { make_table(node, {count_of(node, 0, "size")}); }
void infer_mel_weights(Inference& node) {
  make_table(node, {count_of(node, 1, "dft_length") / 2 + 1, count_of(node, 0, "num_mel_bins")});
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
extern const OperatorRule kMelWeights = constant(infer_mel_weights);
extern const OperatorRule kRange = constant(infer_range);
extern const OperatorRule kShape = constant(infer_shape);
extern const OperatorRule kSize = constant(infer_size);
extern const OperatorRule kWindow = constant(infer_window);

}  // namespace tessera::models
