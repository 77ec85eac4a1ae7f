// Extents of the axes of network inputs: numbers, names that the user binds to numbers, and simple arithmetic on such
// names ("2*batch", "past + seq").
//
// An axis whose extent the file leaves open without a name, or gives as a negative number, is called INPUT.AXIS.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "models/graph/named_dimensions.h"
#include "models/onnx/messages.h"

namespace tessera::models::onnx {

class Extents {
 public:
  explicit Extents(const Bindings& bindings) : bindings_(bindings) {}

  // The extent of one axis, or nothing where a name in it is open.
  [[nodiscard]] std::optional<std::int64_t> extent(const ValueInfo& input, std::size_t axis);
  // The same of a tensor that the host makes; without a number a name is left open only where `needed`.
  [[nodiscard]] std::optional<std::int64_t> extent_of_host(const ValueInfo& made, std::size_t axis, bool needed);
  // The number that a name is bound to, for what is no dimension.
  [[nodiscard]] std::optional<std::int64_t> number(const std::string& name);

  // After all inputs.
  [[nodiscard]] NamedDimensions dimensions() const;
  // What is wrong with the numbers that were given: arithmetic that yields no extent.
  [[nodiscard]] base::Diagnostics problems(const std::string& file) const;

 private:
  [[nodiscard]] std::optional<std::int64_t> bound(const std::string& name);
  void leave_open(const std::string& name, const ValueInfo& input, std::size_t axis);

  const Bindings& bindings_;
  std::set<std::string> names_;  // all that were met
  std::vector<OpenDimension> open_;
  std::vector<std::string> wrong_;
};

// Arithmetic over names and whole numbers: + - * / // and parentheses, floor(x) and ceil(x). What is left of a division
// in the end is rounded down.
class Expression {
 public:
  // Nothing where the text is no expression of names and numbers with at least one operator.
  [[nodiscard]] static std::optional<Expression> parse(std::string_view text);
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  // Nothing where a name has no number, by a division by zero, and where the result is no extent.
  [[nodiscard]] std::optional<std::int64_t> value(const Bindings&) const;

 private:
  struct Step {
    char what;  // a number '#', a name '$', an operator, or a rounding 'f', 'c'
    std::int64_t number = 0;
  };
  class Parser;
  std::vector<Step> steps_;  // in postfix order
  std::vector<std::string> names_;
};

}  // namespace tessera::models::onnx
