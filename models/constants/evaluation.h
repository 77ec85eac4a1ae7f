// One node under evaluation: its operands' numbers, and where the result's go.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "models/operators/node_reader.h"

namespace tessera::models::constants {

using Ints = std::vector<std::int64_t>;
using Reals = std::vector<double>;

class Evaluation : public NodeReader {
 public:
  Evaluation(Graph& graph, NodeId id) : NodeReader(graph, id), values_(graph.values) {}

  [[nodiscard]] const std::string& type() const { return node().type; }
  // Operands. All that are there have numbers, integers or fractions.
  [[nodiscard]] const Literal& operand(std::size_t i) const { return in(i).literal; }
  [[nodiscard]] bool is_ints(std::size_t i) const { return operand(i).ints.has_value(); }
  [[nodiscard]] std::size_t size(std::size_t i) const { return static_cast<std::size_t>(elements(dims(i))); }
  [[nodiscard]] double real(std::size_t i, std::size_t at) const;           // of either kind
  [[nodiscard]] std::int64_t integer(std::size_t i, std::size_t at) const;  // of either kind, cut towards zero
  // The one number of an operand, an attribute of older operator sets, or else `otherwise`.
  [[nodiscard]] double number(std::size_t input, const std::string& attribute, double otherwise) const;

  // Results. Dimensions are those that inference gave.
  [[nodiscard]] bool wants(std::size_t i = 0) const;  // the output is there and few enough numbers belong to it
  [[nodiscard]] const Dims& result_dims(std::size_t i = 0) const { return values_[node().outputs[i]].dims(); }
  [[nodiscard]] std::size_t result_size(std::size_t i = 0) const {
    return static_cast<std::size_t>(elements(result_dims(i)));
  }
  [[nodiscard]] ElementType result_type(std::size_t i = 0) const { return values_[node().outputs[i]].type(); }
  // Put aside where the count is not that of the result. Fractions are rounded to the result's type.
  void set(Ints, std::size_t output = 0);
  void set(Reals, std::size_t output = 0);
  // The elements of operand `input` at these places of it.
  void pick(std::size_t input, const std::vector<std::size_t>& places, std::size_t output = 0);

  using NodeReader::integer;  // attributes
  using NodeReader::real;

 private:
  std::vector<Value>& values_;
};

// What evaluates an operator; nullptr: nothing does.
using Evaluator = void (*)(Evaluation&);
[[nodiscard]] Evaluator arithmetic_of(std::string_view type);  // element by element
[[nodiscard]] Evaluator movement_of(std::string_view type);    // the same elements elsewhere
[[nodiscard]] Evaluator selection_of(std::string_view type);   // elements by numbers: gathers, scatters, masks
[[nodiscard]] Evaluator reduction_of(std::string_view type);   // along axes

// Integers that a fraction is nearest below in size; the ends of the range for what lies outside, 0 for no number.
[[nodiscard]] std::int64_t truncated(double);
// Arithmetic on integers wraps: in a damaged file it must not be undefined.
[[nodiscard]] inline std::int64_t wrapped(std::uint64_t v) { return static_cast<std::int64_t>(v); }
[[nodiscard]] inline std::uint64_t bits(std::int64_t v) { return static_cast<std::uint64_t>(v); }

}  // namespace tessera::models::constants
