// The only file that sees yaml-cpp. It takes the library's events, not its nodes: those would let duplicate keys pass,
// share aliased nodes (so that a few lines expand to billions) and guess types.
#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <unordered_map>

#include "base/config/node.h"

namespace tessera::base {
namespace {

// Ends the parse at once; carries what was wrong.
struct Refused {
  Diagnostic problem;
};

int depth_of(const Node& node) {
  int deepest = 0;
  for (const Node& item : node.items) deepest = std::max(deepest, depth_of(item));
  for (const Entry& entry : node.entries) deepest = std::max(deepest, depth_of(entry.value));
  return deepest + 1;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(SourcePointer source) : source_(std::move(source)) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) refuse(mark, "a second document: one file holds one document");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(start(Node::Kind::null, mark), anchor); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag);
    Node node = start(Node::Kind::scalar, mark);
    node.text = value;
    node.quoted = tag == "!";  // the library's mark of a scalar that is not plain
    add(std::move(node), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto named = anchors_.find(anchor);
    if (named == anchors_.end()) refuse(mark, "an alias (*) inside the very thing that it names");
    nodes_ += named->second.nodes;
    if (nodes_ > kMaxNodes) refuse_size(mark);
    if (static_cast<int>(open_.size()) + named->second.depth > kMaxDepth) refuse_depth(mark);
    add(named->second.node, 0);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::list, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::map, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

  [[nodiscard]] Node take() { return std::move(root_); }

 private:
  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    std::optional<Node> key;                       // read, its value not yet
    std::unordered_map<std::string, int> lines{};  // of the keys so far
  };
  struct Anchored {
    Node node;
    std::size_t nodes = 0;
    int depth = 0;
  };

  [[noreturn]] void refuse(const YAML::Mark& mark, std::string message) const {
    throw Refused{source_->problem(mark.line + 1, mark.column + 1, std::move(message))};
  }
  [[noreturn]] void refuse_size(const YAML::Mark& mark) const {
    refuse(mark, fmt::format("more than {} values once its aliases are expanded", kMaxNodes));
  }
  [[noreturn]] void refuse_depth(const YAML::Mark& mark) const {
    refuse(mark, fmt::format("nested deeper than {} levels", kMaxDepth));
  }
  void check_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (tag.empty() || tag == "?" || tag == "!") return;
    refuse(mark, fmt::format("tag \"{}\": tags are not used here, leave it out", tag));
  }

  Node start(Node::Kind kind, const YAML::Mark& mark) {
    if (++nodes_ > kMaxNodes) refuse(mark, fmt::format("more than {} values", kMaxNodes));
    Node node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    node.source = source_;
    return node;
  }
  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    check_tag(mark, tag);
    if (static_cast<int>(open_.size()) >= kMaxDepth) refuse_depth(mark);
    open_.push_back({start(kind, mark), anchor, {}});
  }
  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    add(std::move(done.node), done.anchor);
  }
  void add(Node node, YAML::anchor_t anchor) {
    if (anchor != 0) keep(node, anchor);
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.is_list()) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      check_key(parent, node);
      parent.key = std::move(node);
    } else {
      if (node.is_null()) {  // the library places it after the line; the key is what a reader looks for
        node.line = parent.key->line;
        node.column = parent.key->column;
      }
      parent.node.entries.push_back({std::move(*parent.key), std::move(node)});
      parent.key.reset();
    }
  }
  // What an alias may name is copied: anchors inside anchors would fill the memory if the copies did not count.
  void keep(const Node& node, YAML::anchor_t anchor) {
    const std::size_t count = count_nodes(node);
    nodes_ += count;
    if (nodes_ > kMaxNodes)
      throw Refused{node.problem(fmt::format("more than {} values, those under anchors (&) counted again", kMaxNodes))};
    anchors_[anchor] = {node, count, depth_of(node)};
  }
  void check_key(Open& parent, const Node& key) const {
    if (!key.is_scalar()) throw Refused{key.problem(fmt::format("a key must be a word, not {}", key.describe()))};
    if (key.text == "<<" && !key.quoted) {
      throw Refused{
          key.problem("merge keys (<<) are not used here: write the keys out, or name the whole value by an alias")};
    }
    const auto [first, fresh] = parent.lines.emplace(key.text, key.line);
    if (!fresh) {
      throw Refused{
          key.problem(fmt::format("key \"{}\" stands twice in this map, first in line {}", key.text, first->second))};
    }
  }

  SourcePointer source_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  Node root_;
  std::size_t nodes_ = 0;
  int documents_ = 0;
};

Result<Node> parse(const std::shared_ptr<SourceText>& source) {
  const auto failed = [](Diagnostic problem) {
    Diagnostics list;
    list.add(std::move(problem));
    return list;
  };
  if (source->text().size() > kMaxSourceBytes) {
    return failure({source->name(), 0, 0},
                   fmt::format("larger than {} MiB: not a configuration", kMaxSourceBytes >> 20));
  }
  if (auto problem = find_unreadable_byte(*source)) return failed(std::move(*problem));
  std::istringstream stream{std::string(source->text())};
  TreeBuilder builder(source);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refused& refused) {
    return failed(refused.problem);
  } catch (const YAML::Exception& e) {
    return failed(source->problem(e.mark.line + 1, e.mark.column + 1, "not valid YAML: " + e.msg));
  } catch (const std::exception& e) {
    return failure({source->name(), 0, 0}, fmt::format("not valid YAML: {}", e.what()));
  }
  Node root = builder.take();
  if (!root.source) {
    root.source = source;
    root.line = root.column = 1;
  }
  return root;
}

}  // namespace

Result<Node> parse_yaml(std::string text, std::string name) {
  return parse(std::make_shared<SourceText>(std::move(name), std::move(text)));
}

Result<Node> parse_yaml_argument(std::string_view argument, std::size_t shift, std::string name) {
  auto source = std::make_shared<SourceText>(std::move(name), std::string(argument.substr(shift)));
  source->set_argument(std::string(argument), static_cast<int>(shift));
  return parse(source);
}

std::optional<std::string> why_missing(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::status(file, error))) return std::nullopt;
  const bool absent = !error || error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
  if (absent) return "there is no such file";
  return error == std::errc::too_many_symbolic_link_levels ? "is a symbolic link that leads round in a circle"
                                                           : "cannot be read: " + error.message();
}

Result<std::string> read_text_file(const std::filesystem::path& file) {
  if (const auto missing = why_missing(file)) return failure({file.string(), 0, 0}, *missing);
  if (std::filesystem::is_directory(file)) return failure({file.string(), 0, 0}, "is a folder, not a file");
  std::ifstream in(file, std::ios::binary);
  if (!in) return failure({file.string(), 0, 0}, "cannot be read");
  std::string text(kMaxSourceBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return failure({file.string(), 0, 0}, "cannot be read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

Result<Node> read_yaml_file(const std::filesystem::path& file) {
  auto text = read_text_file(file);
  if (!text) return text.problems();
  return parse_yaml(std::move(*text), file.string());
}

}  // namespace tessera::base
