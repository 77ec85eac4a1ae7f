// Shapes of element-wise operators and reductions; numbers where all operands are small integer constants.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "models/operators/operators.h"

namespace tessera::models::infer {

namespace {

using Ints = std::vector<std::int64_t>;

// Wraps like the hardware would: shape arithmetic of a damaged file must not be undefined behaviour.
std::int64_t wrapped(std::uint64_t v) { return static_cast<std::int64_t>(v); }

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

void fold_where(Inference& node, std::size_t count) {
  const auto &c = node.in(0).literal.ints, &a = node.in(1).literal.ints, &b = node.in(2).literal.ints;
  if (!c || !a || !b || !aligned(*c, count) || !aligned(*a, count) || !aligned(*b, count)) return;
  Ints result;
  for (std::size_t i = 0; i < count; ++i) result.push_back(element(*c, i) != 0 ? element(*a, i) : element(*b, i));
  node.set_ints(std::move(result));
}

}  // namespace

void elementwise(Inference& node) {
  node.require(node.input_count() >= 1, "it has no inputs");
  Dims out = node.dims(0);
  for (std::size_t i = 1; i < node.input_count(); ++i)
    if (node.has(i)) out = broadcast(node, out, node.dims(i));
  node.output(0, out);
  constexpr std::int64_t kMostNumbers = 4096;
  if (elements(out) > kMostNumbers) return;
  const auto count = static_cast<std::size_t>(elements(out));
  if (node.node().type == "Where" && node.has(2)) fold_where(node, count);
  else if (node.input_count() == 2 && node.has(1)) fold_binary(node, count);
}

void reduce(Inference& node) {
  const Dims in = node.dims(0);
  std::vector<std::size_t> axes = node.axes(1, in.size());
  if (axes.empty() && node.attribute("noop_with_empty_axes", 0) == 0) {
    axes.resize(in.size());
    std::iota(axes.begin(), axes.end(), std::size_t{0});
  }
  const bool keep = node.attribute("keepdims", 1) != 0;
  Dims out;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!std::binary_search(axes.begin(), axes.end(), i)) out.push_back(in[i]);
    else if (keep) out.push_back(1);
  }
  node.output(0, out);
  const auto& numbers = node.in(0).literal.ints;
  if (node.node().type != "ReduceProd" || !numbers || elements(out) != 1) return;
  std::uint64_t product = 1;
  for (const std::int64_t n : *numbers) product *= static_cast<std::uint64_t>(n);
  node.set_ints({wrapped(product)});
}

// Softmax, layer normalization: as the input, over `axis` (and for layernorm what follows it).
void along_axis(Inference& node) {
  const Dims& in = node.dims(0, 1, 8);
  (void)node.axis(node.attribute("axis", -1), in.size());
  node.output(0, in);
}

}  // namespace tessera::models::infer
