// The kinds of values that a parameter may have: how people see each, how its text is read, and how it is written back.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/config/parameter.h"
#include "base/config/values.h"

namespace tessera::base {

// Of values that a program holds as T: whole numbers (sizes, flags and choices among them), real numbers, texts.
template <class T>
struct ParameterKind {
  ParameterInfo info;
  std::function<std::optional<T>(const Node&, const std::string& name, Diagnostics&)> read;  // in range, or reported
  std::function<std::optional<Node>(const T&)> write;
};

using Choices = std::vector<std::pair<std::string, std::int64_t>>;  // name, and the number that a field holds

// `fallback` is the default; the last argument says in words what the parameter stands for.
[[nodiscard]] ParameterKind<std::int64_t> integer_kind(std::string path, std::int64_t fallback, Range,
                                                       std::string text);
[[nodiscard]] ParameterKind<std::int64_t> quantity_kind(std::string path, std::string fallback, Dimension, Range,
                                                        std::string text);
[[nodiscard]] ParameterKind<std::int64_t> flag_kind(std::string path, bool fallback, std::string text);
[[nodiscard]] ParameterKind<std::int64_t> choice_kind(std::string path, std::int64_t fallback, Choices,
                                                      std::string text);
[[nodiscard]] ParameterKind<std::string> word_kind(std::string path, std::string fallback,
                                                   std::vector<std::string> words, std::string text);
[[nodiscard]] ParameterKind<double> real_kind(std::string path, double fallback, RealRange, std::string text);
[[nodiscard]] ParameterKind<std::string> text_kind(std::string path, std::string fallback, std::string text);

}  // namespace tessera::base
