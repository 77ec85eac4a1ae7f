#include "base/config/tree_path.h"

#include <fmt/format.h>

#include "base/config/quantity.h"

namespace tessera::base {
namespace {

Node* find_entry(Node& map, std::string_view key) {
  for (Entry& entry : map.entries) {
    if (entry.name() == key) return &entry.value;
  }
  return nullptr;
}

// The child that a step names, made if a map lacks it; nullptr after a diagnostic.
Node* descend(Node& node, const PathStep& step, const Override& o, Diagnostics& problems) {
  if (step.index >= 0) {
    if (!node.is_list()) {
      problems.add(
          o.key.problem(fmt::format("{}: [{}] needs a list, and there is {}", o.path, step.index, node.describe())));
      return nullptr;
    }
    if (static_cast<std::size_t>(step.index) >= node.items.size()) {
      problems.add(
          o.key.problem(fmt::format("{}: [{}] is beyond the list's {} items", o.path, step.index, node.items.size())));
      return nullptr;
    }
    return &node.items[static_cast<std::size_t>(step.index)];
  }
  if (node.is_null()) node.kind = Node::Kind::map;
  if (!node.is_map()) {
    problems.add(o.key.problem(fmt::format("{}: \"{}\" cannot be set inside {}", o.path, step.key, node.describe())));
    return nullptr;
  }
  if (Node* child = find_entry(node, step.key)) return child;
  Node key = o.key;
  key.text = step.key;
  Node value = o.key;
  value.kind = Node::Kind::null;
  value.text.clear();
  node.entries.push_back({std::move(key), std::move(value)});
  return &node.entries.back().value;
}

}  // namespace

std::vector<PathStep> parse_path(std::string_view path) {
  std::vector<PathStep> steps;
  while (true) {
    const std::size_t dot = path.find('.');
    std::string_view part = path.substr(0, dot);
    const std::size_t bracket = part.find('[');
    const std::string_view key = part.substr(0, bracket);
    if (key.empty()) return {};
    steps.push_back({std::string(key), -1});
    part.remove_prefix(key.size());
    while (!part.empty()) {
      const std::size_t close = part.find(']');
      if (part.front() != '[' || close == std::string_view::npos) return {};
      const auto index = parse_integer(part.substr(1, close - 1));
      if (!index || *index < 0) return {};
      steps.push_back({{}, *index});
      part.remove_prefix(close + 1);
    }
    if (dot == std::string_view::npos) return steps;
    path.remove_prefix(dot + 1);
  }
}

const Node& nearest(const Node& root, std::string_view path) {
  const Node* node = &root;
  for (const PathStep& step : parse_path(path)) {
    const Node* next = nullptr;
    if (step.index < 0) {
      next = node->find(step.key);
    } else if (static_cast<std::size_t>(step.index) < node->items.size()) {
      next = &node->items[static_cast<std::size_t>(step.index)];
    }
    if (next == nullptr) return *node;
    node = next;
  }
  return *node;
}

const Node* find_path(const Node& root, std::string_view path) {
  const Node* node = &root;
  for (const PathStep& step : parse_path(path)) {
    if (step.index < 0) {
      node = node->find(step.key);
    } else {
      const auto i = static_cast<std::size_t>(step.index);
      node = i < node->items.size() ? &node->items[i] : nullptr;
    }
    if (node == nullptr) return nullptr;
  }
  return node;
}

Result<Override> parse_override(std::string_view argument, int number) {
  const std::string name = fmt::format("--set #{}", number);
  const std::size_t equals = argument.find('=');
  const std::string_view path = argument.substr(0, equals);
  if (equals == std::string_view::npos || parse_path(path).empty()) {
    return failure({name, 0, 0}, fmt::format("\"{}\" must be path=value, such as core.pe_array.rows=16", argument));
  }
  auto value = parse_yaml_argument(argument, equals + 1, name);
  if (!value) return value.problems();
  if (value->is_null()) return failure({name, 0, 0}, fmt::format("{} needs a value after \"=\"", path));
  Override o{std::string(path), std::move(*value), {}};
  o.key = Node::make_scalar(o.path);
  auto source = std::make_shared<SourceText>(name, std::string(argument));
  source->set_argument(std::string(argument), 0);
  o.key.source = std::move(source);
  o.key.line = o.key.column = 1;
  return o;
}

void apply_override(Node& root, const Override& o, std::string_view path, Diagnostics& problems) {
  Node* node = &root;
  for (const PathStep& step : parse_path(path)) {
    node = descend(*node, step, o, problems);
    if (node == nullptr) return;
  }
  *node = o.value;
}

}  // namespace tessera::base
