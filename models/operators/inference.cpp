#include "models/operators/inference.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/operators/operators.h"

namespace tessera::models {

void Inference::output(std::size_t i, Dims dims) {
  if (i >= node().outputs.size() || node().outputs[i] == kNone) return;
  if (!possible(dims)) fail(fmt::format("the output would have the impossible shape {}", describe(dims)));
  Value& v = values_[node().outputs[i]];
  v.literal.dims = std::move(dims);
  v.shaped = true;
  if (v.type() == ElementType::unknown && has(0)) v.literal.type = in(0).type();
}

void Inference::output_type(std::size_t i, ElementType type) {
  if (i < node().outputs.size() && node().outputs[i] != kNone) values_[node().outputs[i]].literal.type = type;
}

Value& Inference::result(std::size_t i) {
  if (i >= node().outputs.size() || node().outputs[i] == kNone) fail(fmt::format("output {} is missing", i));
  return values_[node().outputs[i]];
}

void Inference::set_ints(std::vector<std::int64_t> numbers) {
  Value& v = result();
  v.constant = true;
  if (v.type() == ElementType::unknown) v.literal.type = ElementType::int64;
  if (static_cast<std::int64_t>(numbers.size()) <= kMostNumbers) v.literal.ints = std::move(numbers);
}

namespace {

std::string describe(std::size_t least, std::size_t most) {
  if (most == Arity::kMany) return fmt::format("{} or more", least);
  return least == most ? fmt::format("{}", least) : fmt::format("{} to {}", least, most);
}

}  // namespace

void check_arity(const Inference& node, const KnownOperator& known) {
  const Arity& arity = known.arity;
  const bool first_output = known.rule.expand == nullptr;
  const std::size_t inputs = node.input_count(), outputs = node.output_count();
  if (inputs < arity.least || inputs > arity.most)
    node.fail(fmt::format("it has {} input(s), but takes {}", inputs, describe(arity.least, arity.most)));
  const std::size_t required = arity.most == Arity::kMany ? inputs : arity.least;
  for (std::size_t i = 0; i < required; ++i)
    if (!node.has(i)) node.fail(fmt::format("input {} is missing", i));
  if (outputs < 1 || outputs > arity.outputs)
    node.fail(fmt::format("it has {} output(s), but makes {}", outputs, describe(1, arity.outputs)));
  const auto& named = node.node().outputs;
  if (first_output) return node.require(named.front() != kNone, "its first output has no name");
  node.require(std::any_of(named.begin(), named.end(), [](ValueId v) { return v != kNone; }), "no output has a name");
}

std::optional<std::string> infer_node(Graph& g, NodeId n) {
  Inference node(g, n);
  try {
    const KnownOperator& known = *find_operator(node.node());
    if (!node.node().host) check_arity(node, known);
    known.rule.infer(node);
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

bool broadcasts_to(const Dims& from, const Dims& to) {
  if (from.size() > to.size()) return false;
  const auto begin = to.end() - std::ssize(from);
  return std::equal(from.begin(), from.end(), begin, [](std::int64_t a, std::int64_t b) { return a == b || a == 1; });
}

void same_shape(Inference& node) { node.output(0, node.dims(0)); }

}  // namespace tessera::models
