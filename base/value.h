// What one cell of a document, a table or a database row holds: nothing, yes or no, a whole number, a fraction, a text.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/units.h"

namespace tessera::base {

// monostate: the quantity has no value here (an empty denominator, a trace of too low a level).
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

[[nodiscard]] inline bool has_value(const Value& v) { return !std::holds_alternative<std::monostate>(v); }

// A number as a double, whichever of the two kinds it is; nothing of everything else.
[[nodiscard]] inline std::optional<double> number_of(const Value& v) {
  if (const auto* whole = std::get_if<std::int64_t>(&v)) return static_cast<double>(*whole);
  if (const auto* fraction = std::get_if<double>(&v)) return *fraction;
  return std::nullopt;
}

[[nodiscard]] inline Value value_of(Value v) { return v; }
[[nodiscard]] inline Value value_of(bool b) { return b; }
[[nodiscard]] inline Value value_of(std::integral auto n) { return static_cast<std::int64_t>(n); }
[[nodiscard]] inline Value value_of(double d) { return d; }
[[nodiscard]] inline Value value_of(const char* text) { return std::string(text); }
[[nodiscard]] inline Value value_of(std::string_view text) { return std::string(text); }
[[nodiscard]] inline Value value_of(const std::string& text) { return text; }
// A quantity as its count; the key beside it names the unit.
template <class Tag>
[[nodiscard]] Value value_of(Quantity<Tag> q) {
  return q.count();
}
template <class T>
[[nodiscard]] Value value_of(const std::optional<T>& maybe) {
  return maybe ? value_of(*maybe) : Value{};
}

}  // namespace tessera::base
