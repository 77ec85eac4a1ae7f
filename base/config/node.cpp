#include "base/config/node.h"

#include <fmt/format.h>

namespace tessera::base {

SourceLocation Node::where() const {
  if (!source) return {};
  return source->place(line, column);
}

Diagnostic Node::problem(std::string message) const {
  if (!source) return {{}, std::move(message), {}};
  return source->problem(line, column, std::move(message));
}

const Node* Node::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.name() == key) return &entry.value;
  }
  return nullptr;
}

std::string Node::describe() const {
  constexpr std::size_t kLongest = 40;
  switch (kind) {
    case Kind::null: return "nothing";
    case Kind::list: return "a list";
    case Kind::map: return "a map";
    case Kind::scalar: break;
  }
  if (text.size() <= kLongest) return fmt::format("\"{}\"", text);
  std::size_t cut = kLongest;
  while ((static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  return fmt::format("\"{}...\"", text.substr(0, cut));
}

std::size_t count_nodes(const Node& node) {
  std::size_t count = 1;
  for (const Node& item : node.items) count += count_nodes(item);
  for (const Entry& entry : node.entries) count += 1 + count_nodes(entry.value);
  return count;
}

Node Node::make_scalar(std::string text, bool quoted) {
  Node node;
  node.kind = Kind::scalar;
  node.text = std::move(text);
  node.quoted = quoted;
  return node;
}

Node Node::make_list(std::vector<Node> items) {
  Node node;
  node.kind = Kind::list;
  node.items = std::move(items);
  return node;
}

Node Node::make_map(std::vector<Entry> entries) {
  Node node;
  node.kind = Kind::map;
  node.entries = std::move(entries);
  return node;
}

}  // namespace tessera::base
