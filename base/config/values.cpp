#include "base/config/values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/config/suggest.h"

namespace tessera::base {
namespace {

// Not a scalar, or an empty one: reports and says so.
bool is_missing_scalar(const Node& node, std::string_view name, std::string_view wanted, Diagnostics& problems) {
  if (node.is_scalar()) return false;
  problems.add(node.problem(fmt::format("{} must be {}, not {}", name, wanted, node.describe())));
  return true;
}

std::string_view why_no_integer(const Node& node) {
  if (node.quoted) return ": leave out the quotes";
  const std::string_view text = node.text;
  if (text.size() > 1 && text.front() == '0' && text.find_first_not_of("0123456789") == std::string_view::npos) {
    return ": numbers are decimal and have no leading zero";
  }
  return "";
}

}  // namespace

std::string Range::describe(std::optional<Dimension> dimension) const {
  const auto show = [&](std::int64_t v) { return dimension ? format_quantity(v, *dimension) : fmt::format("{}", v); };
  const bool from = least != std::numeric_limits<std::int64_t>::min();
  const bool to = most != std::numeric_limits<std::int64_t>::max();
  if (from && to && least == most) return show(least);
  if (from && to) return show(least) + " to " + show(most);
  if (from) return "at least " + show(least);
  if (to) return "at most " + show(most);
  return "any";
}

std::string RealRange::describe() const {
  const bool from = least != std::numeric_limits<double>::lowest();
  const bool to = most != std::numeric_limits<double>::max();
  if (from && to) return fmt::format("{} to {}", least, most);
  if (from) return fmt::format("at least {}", least);
  if (to) return fmt::format("at most {}", most);
  return "any";
}

std::optional<std::int64_t> read_integer(const Node& node, std::string_view name, Range range, Diagnostics& problems) {
  if (is_missing_scalar(node, name, "a whole number", problems)) return std::nullopt;
  const auto value = node.quoted ? std::nullopt : parse_integer(node.text);
  if (!value) {
    problems.add(
        node.problem(fmt::format("{} must be a whole number, not {}{}", name, node.describe(), why_no_integer(node))));
    return std::nullopt;
  }
  if (!range.holds(*value)) {
    problems.add(node.problem(fmt::format("{} is {}: must be {}", name, *value, range.describe())));
    return std::nullopt;
  }
  return value;
}

std::optional<double> read_real(const Node& node, std::string_view name, RealRange range, Diagnostics& problems) {
  if (is_missing_scalar(node, name, "a number", problems)) return std::nullopt;
  const auto value = node.quoted ? std::nullopt : parse_real(node.text);
  if (!value) {
    problems.add(
        node.problem(fmt::format("{} must be a number, not {}{}", name, node.describe(), why_no_integer(node))));
    return std::nullopt;
  }
  if (*value < range.least || *value > range.most) {
    problems.add(node.problem(fmt::format("{} is {}: must be {}", name, *value, range.describe())));
    return std::nullopt;
  }
  return value;
}

std::optional<bool> read_flag(const Node& node, std::string_view name, Diagnostics& problems) {
  if (is_missing_scalar(node, name, "true or false", problems)) return std::nullopt;
  if (!node.quoted && node.text == "true") return true;
  if (!node.quoted && node.text == "false") return false;
  problems.add(node.problem(fmt::format("{} must be true or false, not {}", name, node.describe())));
  return std::nullopt;
}

std::optional<std::string> read_text(const Node& node, std::string_view name, Diagnostics& problems) {
  if (is_missing_scalar(node, name, "a text", problems)) return std::nullopt;
  if (!node.text.empty()) return node.text;
  problems.add(node.problem(fmt::format("{} must not be empty", name)));
  return std::nullopt;
}

std::optional<std::int64_t> read_quantity(const Node& node, std::string_view name, Dimension dimension, Range range,
                                          Diagnostics& problems) {
  if (is_missing_scalar(node, name, describe(dimension), problems)) return std::nullopt;
  const QuantityText read = parse_quantity(node.text, dimension);
  if (!read.value) {
    problems.add(node.problem(fmt::format("{} {}, here {}", name, read.problem, node.describe())));
    return std::nullopt;
  }
  if (!range.holds(*read.value)) {
    problems.add(node.problem(fmt::format("{} is {}: must be {}", name, node.text, range.describe(dimension))));
    return std::nullopt;
  }
  return read.value;
}

std::optional<std::size_t> read_choice(const Node& node, std::string_view name, const std::vector<std::string>& choices,
                                       Diagnostics& problems) {
  const std::string wanted = fmt::format("{}{}", choices.size() > 1 ? "one of " : "", fmt::join(choices, ", "));
  if (is_missing_scalar(node, name, wanted, problems)) return std::nullopt;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (choices[i] == node.text) return i;
  }
  problems.add(node.problem(
      fmt::format("{} must be {}, not {}{}", name, wanted, node.describe(), did_you_mean(node.text, choices))));
  return std::nullopt;
}

std::optional<std::vector<std::int64_t>> read_integers(const Node& node, std::string_view name, Range range,
                                                       Diagnostics& problems) {
  if (!node.is_list()) {
    problems.add(node.problem(fmt::format("{} must be a list of whole numbers, not {}", name, node.describe())));
    return std::nullopt;
  }
  std::vector<std::int64_t> values;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const auto value = read_integer(node.items[i], fmt::format("{}[{}]", name, i), range, problems);
    if (value) values.push_back(*value);
  }
  if (values.size() != node.items.size()) return std::nullopt;
  return values;
}

}  // namespace tessera::base
