// The name of a policy, how it is made, and the keys of `scheduler.options` that it reads.
#pragma once

#include <tessera/policy/interface.h>

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace tessera::scheduler {

// A whole number (also a declared flag: 0 or 1), a number, a flag that was not declared, or a text.
using OptionValue = std::variant<std::int64_t, double, bool, std::string>;

// What the run says. Where the policy declares options, every one of them is here.
struct PolicySpec {
  std::string name;
  std::map<std::string, OptionValue, std::less<>> options;
};

struct PolicyOption {
  enum class Kind : std::uint8_t { integer, flag, text, file, number };
  std::string_view key;   // "depth" is scheduler.options.depth
  std::string_view text;  // what it stands for
  std::int64_t fallback = 0;
  Kind kind = Kind::integer;
  std::int64_t low = 0, high = 1;
  // Of numbers, and of texts.
  double fallback_number = 0, low_number = std::numeric_limits<double>::lowest(),
         high_number = std::numeric_limits<double>::max();
  std::string_view fallback_text = {};

  // What the run says, or the fallback if the run does not say.
  [[nodiscard]] std::int64_t of(const PolicySpec& spec) const {
    const auto given = spec.options.find(key);
    return given == spec.options.end() ? fallback : std::get<std::int64_t>(given->second);
  }
  [[nodiscard]] double number_of(const PolicySpec& spec) const {
    const auto given = spec.options.find(key);
    return given == spec.options.end() ? fallback_number : std::get<double>(given->second);
  }
  [[nodiscard]] std::string text_of(const PolicySpec& spec) const {
    const auto given = spec.options.find(key);
    return given == spec.options.end() ? std::string(fallback_text) : std::get<std::string>(given->second);
  }
};

struct PolicyEntry {
  std::string_view name;
  std::unique_ptr<Policy> (*make)(const PolicySpec&);
  std::span<const PolicyOption> options = {};
};

}  // namespace tessera::scheduler
