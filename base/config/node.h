// What a YAML text says, as this program's own tree: every reader works on it, none sees the YAML library.
//
// A scalar keeps its text as written and whether it was quoted; no guessing of types happens here, so `010` and `yes`
// stay text until a reader that knows what it wants decides. Aliases are already copies of what they name.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/source_text.h"
#include "base/result.h"

namespace tessera::base {

struct Entry;

struct Node {
  enum class Kind : std::uint8_t { null, scalar, list, map };

  Kind kind = Kind::null;
  bool quoted = false;         // a scalar in quotes (or a block scalar): never a number, a flag or null
  int line = 0, column = 0;    // from 1; 0 = made by the program
  std::string text;            // scalar
  std::vector<Node> items;     // list
  std::vector<Entry> entries;  // map, in the order of the text; keys are unique
  SourcePointer source;

  [[nodiscard]] bool is_null() const { return kind == Kind::null; }
  [[nodiscard]] bool is_scalar() const { return kind == Kind::scalar; }
  [[nodiscard]] bool is_list() const { return kind == Kind::list; }
  [[nodiscard]] bool is_map() const { return kind == Kind::map; }

  [[nodiscard]] SourceLocation where() const;
  // A diagnostic at this node, with its source line.
  [[nodiscard]] Diagnostic problem(std::string message) const;
  // The value of a key of a map; nullptr if there is none or this is no map.
  [[nodiscard]] const Node* find(std::string_view key) const;
  // "a map", "a list", "nothing", or the scalar's text in quotes (shortened): for messages.
  [[nodiscard]] std::string describe() const;

  static Node make_scalar(std::string text, bool quoted = false);
  static Node make_list(std::vector<Node> items = {});
  static Node make_map(std::vector<Entry> entries = {});
};

struct Entry {
  Node key;  // a scalar
  Node value;
  [[nodiscard]] const std::string& name() const { return key.text; }
};

// The node, its keys and all that is inside it.
[[nodiscard]] std::size_t count_nodes(const Node&);

// Limits of what is read: beyond them the text is refused with a message.
inline constexpr std::size_t kMaxSourceBytes = std::size_t{4} << 20;
inline constexpr int kMaxDepth = 64;
inline constexpr std::size_t kMaxNodes = 500'000;  // after aliases are expanded, copies kept for them included

// The one document of `text`; an empty text is a null node. `name` is what messages call it.
[[nodiscard]] Result<Node> parse_yaml(std::string text, std::string name);
// The same for the one value of a command-line argument `path=value`, whose value starts at column `shift`.
[[nodiscard]] Result<Node> parse_yaml_argument(std::string_view argument, std::size_t shift, std::string name);
// The same for a file; messages call it by `file` as given.
[[nodiscard]] Result<Node> read_yaml_file(const std::filesystem::path& file);
// Why there is nothing to read at this path, or that there is something: "there is no such file", a circle of links, a
// folder that may not be entered.
[[nodiscard]] std::optional<std::string> why_missing(const std::filesystem::path& file);
// A text file's content, at most kMaxSourceBytes.
[[nodiscard]] Result<std::string> read_text_file(const std::filesystem::path& file);

}  // namespace tessera::base
