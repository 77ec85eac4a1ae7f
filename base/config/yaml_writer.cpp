// Writes a tree as YAML that parse_yaml reads back to the same tree.
#include <fmt/format.h>

#include "base/config/parameter.h"
#include "base/config/quantity.h"
#include "base/utf8.h"

namespace tessera::base {
namespace {

bool is_plain_character(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return letter || c == '_' || c == '.' || c == '/' || c == '-' || c == '+' || c == ' ';
}

// Could YAML, or a reader, take the plain text for something else than text?
bool needs_quotes(const Node& node) {
  const std::string& text = node.text;
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || text == "-" || text.substr(0, 2) == "- ")
    return true;
  if (text == "null" || text == "Null" || text == "NULL" || text == "---" || text == "...") return true;
  for (const char c : text) {
    if (!is_plain_character(c)) return true;
  }
  return node.quoted && (text == "true" || text == "false" || parse_real(text));
}

std::string scalar(const Node& node) {
  if (!needs_quotes(node)) return node.text;
  std::string text = "\"";
  for (const char c : as_utf8(node.text)) {
    if (c == '"' || c == '\\') text += '\\';
    if (c == '\n') text += "\\n";
    else if (c == '\t') text += "\\t";
    else if (c == '\r') text += "\\r";
    else if ((c >= 0 && c < ' ') || c == '\x7f') text += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    else text += c;
  }
  return text + "\"";
}

void write_flow(const Node& node, std::string& out) {
  switch (node.kind) {
    case Node::Kind::null: out += "~"; break;
    case Node::Kind::scalar: out += scalar(node); break;
    case Node::Kind::list: {
      out += '[';
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        if (i > 0) out += ", ";
        write_flow(node.items[i], out);
      }
      out += ']';
      break;
    }
    case Node::Kind::map: {
      out += '{';
      for (std::size_t i = 0; i < node.entries.size(); ++i) {
        if (i > 0) out += ", ";
        out += scalar(node.entries[i].key) + ": ";
        write_flow(node.entries[i].value, out);
      }
      out += '}';
      break;
    }
  }
}

// Maps in block style, one key a line; a list takes one line an item.
void write_block(const Node& map, const std::string& indent, std::string& out) {
  for (const Entry& entry : map.entries) {
    out += indent + scalar(entry.key) + ":";
    const Node& value = entry.value;
    if (value.is_map() && !value.entries.empty()) {
      out += '\n';
      write_block(value, indent + "  ", out);
    } else if (value.is_list() && !value.items.empty()) {
      out += '\n';
      for (const Node& item : value.items) {
        out += indent + "  - ";
        write_flow(item, out);
        out += '\n';
      }
    } else {
      out += ' ';
      write_flow(value, out);
      out += '\n';
    }
  }
}

}  // namespace

std::string write_yaml(const Node& root) {
  std::string out;
  if (root.is_map() && !root.entries.empty()) {
    write_block(root, "", out);
  } else {
    write_flow(root, out);
    out += '\n';
  }
  return out;
}

}  // namespace tessera::base
