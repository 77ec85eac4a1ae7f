#include "base/config/parameter_kind.h"

#include <fmt/format.h>

namespace tessera::base {
namespace {

// "size" of "a size such as 256 KiB".
std::string noun(Dimension d) {
  const std::string words = describe(d);
  return words.substr(2, words.find(" such") - 2);
}

}  // namespace

ParameterKind<std::int64_t> integer_kind(std::string path, std::int64_t fallback, Range range, std::string text) {
  return {{std::move(path), "whole number", "", fmt::format("{}", fallback), range.describe(), std::move(text)},
          [range](const Node& n, const std::string& name, Diagnostics& d) { return read_integer(n, name, range, d); },
          [](std::int64_t v) { return Node::make_scalar(fmt::format("{}", v)); }};
}

ParameterKind<std::int64_t> quantity_kind(std::string path, std::string fallback, Dimension dimension, Range range,
                                          std::string text) {
  return {{std::move(path), noun(dimension), units_of(dimension), std::move(fallback), range.describe(dimension),
           std::move(text)},
          [range, dimension](const Node& n, const std::string& name, Diagnostics& d) {
            return read_quantity(n, name, dimension, range, d);
          },
          [dimension](std::int64_t v) { return Node::make_scalar(format_quantity(v, dimension)); }};
}

ParameterKind<std::int64_t> flag_kind(std::string path, bool fallback, std::string text) {
  return {{std::move(path), "flag", "", fallback ? "true" : "false", "true | false", std::move(text)},
          [](const Node& n, const std::string& name, Diagnostics& d) -> std::optional<std::int64_t> {
            return read_flag(n, name, d);
          },
          [](std::int64_t v) { return Node::make_scalar(v != 0 ? "true" : "false"); }};
}

ParameterKind<std::int64_t> choice_kind(std::string path, std::int64_t fallback, Choices choices, std::string text) {
  std::vector<std::string> names;
  std::string range, fallback_name;
  for (const auto& [name, number] : choices) {
    names.push_back(name);
    range += (range.empty() ? "" : " | ") + name;
    if (number == fallback) fallback_name = name;
  }
  return {{std::move(path), "choice", "", std::move(fallback_name), std::move(range), std::move(text)},
          [names, choices](const Node& n, const std::string& name, Diagnostics& d) -> std::optional<std::int64_t> {
            const auto i = read_choice(n, name, names, d);
            if (!i) return std::nullopt;
            return choices[*i].second;
          },
          [choices](std::int64_t v) -> std::optional<Node> {
            for (const auto& [name, number] : choices) {
              if (number == v) return Node::make_scalar(name);
            }
            return std::nullopt;
          }};
}

ParameterKind<std::string> word_kind(std::string path, std::string fallback, std::vector<std::string> words,
                                     std::string text) {
  std::string range = fmt::format("{}", fmt::join(words, " | "));
  return {{std::move(path), "choice", "", std::move(fallback), std::move(range), std::move(text)},
          [words](const Node& n, const std::string& name, Diagnostics& d) -> std::optional<std::string> {
            const auto i = read_choice(n, name, words, d);
            if (!i) return std::nullopt;
            return words[*i];
          },
          [](const std::string& v) { return Node::make_scalar(v); }};
}

ParameterKind<double> real_kind(std::string path, double fallback, RealRange range, std::string text) {
  return {{std::move(path), "number", "", fmt::format("{}", fallback), range.describe(), std::move(text)},
          [range](const Node& n, const std::string& name, Diagnostics& d) { return read_real(n, name, range, d); },
          [](double v) { return Node::make_scalar(fmt::format("{}", v)); }};
}

ParameterKind<std::string> text_kind(std::string path, std::string fallback, std::string text) {
  return {{std::move(path), "text", "", std::move(fallback), "", std::move(text)},
          [](const Node& n, const std::string& name, Diagnostics& d) { return read_text(n, name, d); },
          [](const std::string& v) { return Node::make_scalar(v, true); }};
}

}  // namespace tessera::base
