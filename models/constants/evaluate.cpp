#include "models/constants/evaluate.h"

#include <cmath>
#include <limits>

#include "models/constants/evaluation.h"

namespace tessera::models {

namespace constants {

std::int64_t truncated(double v) {
  constexpr double kEnd = 9223372036854775808.0;  // 2^63
  if (std::isnan(v)) return 0;
  if (v >= kEnd) return std::numeric_limits<std::int64_t>::max();
  if (v < -kEnd) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(v);
}

double Evaluation::real(std::size_t i, std::size_t at) const {
  const Literal& l = operand(i);
  return l.ints ? static_cast<double>((*l.ints)[at]) : (*l.reals)[at];
}

std::int64_t Evaluation::integer(std::size_t i, std::size_t at) const {
  const Literal& l = operand(i);
  return l.ints ? (*l.ints)[at] : truncated((*l.reals)[at]);
}

double Evaluation::number(std::size_t input, const std::string& attribute, double otherwise) const {
  if (has(input) && size(input) == 1) return real(input, 0);
  return has_attribute(attribute) ? NodeReader::real(attribute) : otherwise;
}

bool Evaluation::wants(std::size_t i) const {
  if (i >= output_count() || node().outputs[i] == kNone) return false;
  const Value& v = values_[node().outputs[i]];
  return v.shaped && elements(v.dims()) <= kMostNumbers;
}

void Evaluation::set(Ints numbers, std::size_t output) {
  if (!wants(output) || numbers.size() != result_size(output)) return;
  Literal& l = values_[node().outputs[output]].literal;
  l.reals.reset();
  l.ints = std::move(numbers);
}

void Evaluation::set(Reals numbers, std::size_t output) {
  if (!wants(output) || numbers.size() != result_size(output)) return;
  Literal& l = values_[node().outputs[output]].literal;
  if (l.type != ElementType::float64)
    for (double& v : numbers) v = static_cast<double>(static_cast<float>(v));
  l.ints.reset();
  l.reals = std::move(numbers);
}

void Evaluation::pick(std::size_t input, const std::vector<std::size_t>& places, std::size_t output) {
  Ints ints;
  Reals reals;
  for (const std::size_t place : places) {
    if (place >= size(input)) fail("it reads beyond the end of a constant");
    if (is_ints(input)) ints.push_back((*operand(input).ints)[place]);
    else reals.push_back((*operand(input).reals)[place]);
  }
  if (is_ints(input)) set(std::move(ints), output);
  else set(std::move(reals), output);
}

namespace {

Evaluator evaluator_of(std::string_view type) {
  for (const auto find : {arithmetic_of, movement_of, selection_of, reduction_of})
    if (const Evaluator found = find(type)) return found;
  return nullptr;
}

}  // namespace

}  // namespace constants

std::optional<std::string> evaluate(Graph& graph, NodeId n) {
  const Node& node = graph.nodes[n];
  if (!node.domain.empty()) return std::nullopt;
  for (const ValueId v : node.inputs)
    if (v != kNone && !graph.values[v].literal.known()) return std::nullopt;
  const constants::Evaluator evaluator = constants::evaluator_of(node.type);
  if (evaluator == nullptr) return std::nullopt;
  constants::Evaluation evaluation(graph, n);
  bool wanted = false;
  for (std::size_t i = 0; i < node.outputs.size(); ++i) wanted = wanted || evaluation.wants(i);
  if (!wanted) return std::nullopt;
  try {
    evaluator(evaluation);
  } catch (const NodeError& e) {
    return e.message;
  }
  return std::nullopt;
}

}  // namespace tessera::models
