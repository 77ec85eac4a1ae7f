#include "base/config/map_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/config/suggest.h"

namespace tessera::base {
namespace {
const std::vector<Node> kNoItems;
}  // namespace

Diagnostic unknown_key(const Node& key, std::string_view path, const std::vector<std::string>& known) {
  std::string message = fmt::format("unknown key \"{}\"", key.text);
  if (!path.empty()) message += fmt::format(" in {}", path);
  const std::string hint = did_you_mean(key.text, known);
  constexpr std::size_t kShortList = 12;
  if (!hint.empty()) {
    message += hint;
  } else if (!known.empty() && known.size() <= kShortList) {
    message += fmt::format("; known here: {}", fmt::join(known, ", "));
  }
  return key.problem(std::move(message));
}

MapReader::MapReader(const Node& node, std::string path, Diagnostics& problems)
    : node_(&node), path_(std::move(path)), problems_(&problems), before_(problems.list().size()) {
  if (node.is_map()) return;
  problems.add(node.problem(
      fmt::format("{} must be a map of keys and values, not {}", path_.empty() ? "the file" : path_, node.describe())));
}

std::string MapReader::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

const Node* MapReader::find(std::string_view key) {
  if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) asked_.emplace_back(key);
  return node_->find(key);
}

const Node* MapReader::require(std::string_view key, std::string_view wanted) {
  const Node* value = find(key);
  if (value == nullptr && node_->is_map()) {
    problems_->add(
        node_->problem(fmt::format("missing key \"{}\"{} ({})", key, path_.empty() ? "" : " in " + path_, wanted)));
  }
  return value;
}

std::int64_t MapReader::integer(std::string_view key, Range range) {
  const Node* value = require(key, "a whole number");
  return value == nullptr ? 0 : read_integer(*value, path_of(key), range, *problems_).value_or(0);
}

std::int64_t MapReader::integer_or(std::string_view key, std::int64_t fallback, Range range) {
  const Node* value = find(key);
  return value == nullptr ? fallback : read_integer(*value, path_of(key), range, *problems_).value_or(fallback);
}

double MapReader::real(std::string_view key, RealRange range) {
  const Node* value = require(key, "a number");
  return value == nullptr ? 0 : read_real(*value, path_of(key), range, *problems_).value_or(0);
}

double MapReader::real_or(std::string_view key, double fallback, RealRange range) {
  const Node* value = find(key);
  return value == nullptr ? fallback : read_real(*value, path_of(key), range, *problems_).value_or(fallback);
}

bool MapReader::flag_or(std::string_view key, bool fallback) {
  const Node* value = find(key);
  return value == nullptr ? fallback : read_flag(*value, path_of(key), *problems_).value_or(fallback);
}

std::string MapReader::text(std::string_view key) {
  const Node* value = require(key, "a text");
  return value == nullptr ? std::string{} : read_text(*value, path_of(key), *problems_).value_or("");
}

std::string MapReader::text_or(std::string_view key, std::string fallback) {
  const Node* value = find(key);
  if (value == nullptr) return fallback;
  return read_text(*value, path_of(key), *problems_).value_or(std::move(fallback));
}

std::int64_t MapReader::quantity(std::string_view key, Dimension dimension, Range range) {
  const Node* value = require(key, describe(dimension));
  return value == nullptr ? 0 : read_quantity(*value, path_of(key), dimension, range, *problems_).value_or(0);
}

std::int64_t MapReader::quantity_or(std::string_view key, std::int64_t fallback, Dimension dimension, Range range) {
  const Node* value = find(key);
  if (value == nullptr) return fallback;
  return read_quantity(*value, path_of(key), dimension, range, *problems_).value_or(fallback);
}

std::size_t MapReader::choice(std::string_view key, const std::vector<std::string>& choices) {
  const Node* value = require(key, fmt::format("one of {}", fmt::join(choices, ", ")));
  return value == nullptr ? 0 : read_choice(*value, path_of(key), choices, *problems_).value_or(0);
}

std::size_t MapReader::choice_or(std::string_view key, std::size_t fallback, const std::vector<std::string>& choices) {
  const Node* value = find(key);
  return value == nullptr ? fallback : read_choice(*value, path_of(key), choices, *problems_).value_or(fallback);
}

std::vector<std::int64_t> MapReader::integers(std::string_view key, Range range) {
  const Node* value = require(key, "a list of whole numbers");
  if (value == nullptr) return {};
  return read_integers(*value, path_of(key), range, *problems_).value_or(std::vector<std::int64_t>{});
}

std::vector<std::int64_t> MapReader::integers_or(std::string_view key, std::vector<std::int64_t> fallback,
                                                 Range range) {
  return node_->find(key) == nullptr ? (void(find(key)), std::move(fallback)) : integers(key, range);
}

std::vector<std::string> MapReader::texts(std::string_view key) {
  const Node* value = require(key, "a list of texts");
  if (value == nullptr) return {};
  if (!value->is_list()) {
    auto one = read_text(*value, path_of(key), *problems_);
    return one ? std::vector<std::string>{std::move(*one)} : std::vector<std::string>{};
  }
  std::vector<std::string> all;
  for (std::size_t i = 0; i < value->items.size(); ++i) {
    if (auto one = read_text(value->items[i], fmt::format("{}[{}]", path_of(key), i), *problems_)) {
      all.push_back(std::move(*one));
    }
  }
  return all;
}

std::vector<std::string> MapReader::texts_or(std::string_view key, std::vector<std::string> fallback) {
  return node_->find(key) == nullptr ? (void(find(key)), std::move(fallback)) : texts(key);
}

const std::vector<Node>& MapReader::list(std::string_view key) {
  return require(key, "a list") == nullptr ? kNoItems : list_or_empty(key);
}

const std::vector<Node>& MapReader::list_or_empty(std::string_view key) {
  const Node* value = find(key);
  if (value == nullptr) return kNoItems;
  if (!value->is_list()) {
    problems_->add(value->problem(fmt::format("{} must be a list, not {}", path_of(key), value->describe())));
  }
  return value->items;
}

bool MapReader::finish() {
  UnknownKeys unknown(*problems_);
  for (const Entry& entry : node_->entries) {
    if (std::find(asked_.begin(), asked_.end(), entry.name()) == asked_.end()) {
      unknown.report(entry.key, [&] { return unknown_key(entry.key, path_, asked_); });
    }
  }
  return ok();
}

UnknownKeys::~UnknownKeys() {
  if (last_ != nullptr)
    problems_->add(last_->problem(fmt::format("and {} more unknown keys up to this one", count_ - kMostInFull)));
}

}  // namespace tessera::base
