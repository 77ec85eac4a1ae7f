#include "models/operators/inference.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/operators/operators.h"

namespace tessera::models {

void Inference::output(std::size_t i, Dims dims) {
  if (i >= node().outputs.size() || node().outputs[i] == kNone) return;
  std::int64_t product = 1;
  for (const std::int64_t d : dims) {
    if (d < 0 || d > kMaxElements || (product *= std::max<std::int64_t>(d, 1)) > kMaxElements)
      fail(fmt::format("the output would have the impossible shape {}", describe(dims)));
  }
  Value& v = values_[node().outputs[i]];
  v.literal.dims = std::move(dims);
  v.shaped = true;
}

Value& Inference::result(std::size_t i) {
  if (i >= node().outputs.size() || node().outputs[i] == kNone) fail(fmt::format("output {} is missing", i));
  return values_[node().outputs[i]];
}

void Inference::set_ints(std::vector<std::int64_t> numbers) {
  Value& v = result();
  v.constant = v.literal.integer = true;
  if (static_cast<std::int64_t>(numbers.size()) <= kMostNumbers) v.literal.ints = std::move(numbers);
}

namespace {

// The node's own rule, and what holds for every node.
void apply_rule(Inference& node) {
  const auto& outputs = node.node().outputs;
  node.require(!outputs.empty() && outputs.front() != kNone, "its first output has no name");
  rule_of(node.node()).infer(node);
  for (const ValueId v : outputs) {
    if (v == kNone || node.graph().values[v].constant) continue;
    const Value& value = node.graph().values[v];
    for (const std::int64_t d : value.dims())
      if (d == 0) node.fail(fmt::format("its output '{}' is empty: {}", value.name, describe(value.dims())));
  }
}

}  // namespace

std::optional<std::string> infer_node(Graph& g, NodeId n) {
  Inference node(g, n);
  try {
    apply_rule(node);
  } catch (const NodeError& e) {
    return e.message;
  }
  return std::nullopt;
}

Dims broadcast(const NodeReader& node, const Dims& a, const Dims& b) {
  Dims result(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 1; i <= result.size(); ++i) {
    const std::int64_t x = i <= a.size() ? a[a.size() - i] : 1;
    const std::int64_t y = i <= b.size() ? b[b.size() - i] : 1;
    if (x != y && x != 1 && y != 1)
      node.fail(fmt::format("shapes {} and {} do not broadcast", describe(a), describe(b)));
    result[result.size() - i] = x == 1 ? y : x;
  }
  return result;
}

void same_shape(Inference& node) { node.output(0, node.dims(0)); }

}  // namespace tessera::models
