#include "models/yaml/blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/config/map_reader.h"
#include "base/config/suggest.h"

namespace tessera::models {

namespace {

using base::Node;
using base::Range;

constexpr std::size_t kMostLayers = 100'000;   // and calls of blocks
constexpr std::size_t kMostNodes = 4'000'000;  // of the layers' maps, arguments put in
constexpr std::size_t kMostParameters = 256;   // of a block
constexpr int kDeepest = 16;

struct Block {
  std::vector<std::string> parameters;
  const std::vector<Node>* layers = nullptr;
};

// Where a list of layers stands: what its names begin with, and what `in` means there.
struct Scope {
  std::string prefix;
  std::vector<std::string> in;  // full names of the block's inputs
  const std::map<std::string, Node>* arguments = nullptr;
  std::set<std::string> names;  // of this scope's layers, without prefix
};

class Expansion {
 public:
  Expansion(const Node* blocks, std::string first_input, base::Diagnostics& problems)
      : problems_(problems), previous_(std::move(first_input)) {
    if (blocks == nullptr) return;
    if (!blocks->is_map()) problems_.add(blocks->problem("blocks must be a map from block names to blocks"));
    for (const base::Entry& e : blocks->entries) {
      base::MapReader reader(e.value, "blocks." + e.name(), problems_);
      Block block;
      block.parameters = reader.texts_or("parameters", {});
      if (block.parameters.size() > kMostParameters)
        reader.report(fmt::format("a block has at most {} parameters", kMostParameters));
      block.layers = &reader.list("layers");
      reader.finish();
      blocks_.emplace(e.name(), std::move(block));
      block_names_.push_back(e.name());
    }
  }

  void expand(const std::vector<Node>& list, Scope& scope, int depth) {
    for (std::size_t i = 0; i < list.size() && problems_.empty(); ++i) {
      const Node layer = scope.arguments != nullptr ? substitute(list[i], *scope.arguments) : list[i];
      if (!layer.is_map())
        return problems_.add(layer.problem(fmt::format("a layer must be a map, not {}", layer.describe())));
      const Node* name = layer.find("name");
      std::string own = name != nullptr && name->is_scalar() ? name->text : fallback_name(layer, i);
      if (!scope.names.insert(own).second)
        return problems_.add(
            (name != nullptr ? *name : layer).problem(fmt::format("layer \"{}\" is there twice", own)));
      std::vector<std::string> inputs = input_names(layer, scope);
      if (layer.find("block") != nullptr) call(layer, scope.prefix + own, std::move(inputs), depth);
      else result_.push_back({layer, scope.prefix + own, std::move(inputs), false});
      if (!result_.empty()) previous_ = result_.back().name;
      if (result_.size() > kMostLayers)
        return problems_.add(layer.problem(fmt::format("more than {} layers", kMostLayers)));
    }
  }

  std::vector<ExpandedLayer> take() { return std::move(result_); }

 private:
  static std::string fallback_name(const Node& layer, std::size_t i) {
    const Node* op = layer.find("op");
    return fmt::format("{}{}", op != nullptr && op->is_scalar() ? op->text : "layer", i);
  }

  // The layer's `inputs` in full; none given: what comes before, which at a block's start is the block's input.
  std::vector<std::string> input_names(const Node& layer, const Scope& scope) {
    const Node* given = layer.find("inputs");
    if (given == nullptr) {
      const bool at_start = scope.names.size() == 1 && !scope.prefix.empty();
      return at_start ? scope.in : std::vector<std::string>{previous_};
    }
    std::vector<std::string> result;
    const std::vector<Node> one{*given};
    for (const Node& n : given->is_list() ? given->items : one) {
      if (!n.is_scalar()) {
        problems_.add(n.problem(fmt::format("inputs must be names of layers, not {}", n.describe())));
        continue;
      }
      if (n.text == "in" && !scope.prefix.empty()) result.insert(result.end(), scope.in.begin(), scope.in.end());
      else result.push_back(inside(scope, n.text) ? scope.prefix + n.text : n.text);
    }
    return result;
  }

  // Whether a name, or a part of it that ends before a '.' or '/', is one of the block's own layers.
  static bool inside(const Scope& scope, const std::string& name) {
    if (scope.prefix.empty()) return false;
    for (std::size_t end = 0; end <= name.size(); ++end)
      if ((end == name.size() || name[end] == '.' || name[end] == '/') && scope.names.count(name.substr(0, end)) != 0)
        return true;
    return false;
  }

  void call(const Node& layer, const std::string& name, std::vector<std::string> inputs, int depth) {
    const Node& kind = *layer.find("block");
    const auto at = blocks_.find(kind.text);
    if (!kind.is_scalar() || at == blocks_.end())
      return problems_.add(kind.problem(
          fmt::format("unknown block {}{}", kind.describe(), base::did_you_mean(kind.text, block_names_))));
    if (depth >= kDeepest)
      return problems_.add(
          kind.problem(fmt::format("blocks lie more than {} deep: does \"{}\" use itself?", kDeepest, kind.text)));
    std::map<std::string, Node> arguments;
    base::MapReader reader(layer, fmt::format("layer \"{}\"", name), problems_);
    (void)reader.find("block"), (void)reader.find("name"), (void)reader.find("inputs");
    const std::int64_t repeat = reader.integer_or("repeat", 1, Range::between(1, 1000));
    calls_ += static_cast<std::size_t>(repeat);  // empty blocks make no layers, but take their time
    if (calls_ > kMostLayers)
      return problems_.add(kind.problem(fmt::format("more than {} uses of blocks", kMostLayers)));
    for (const std::string& p : at->second.parameters)
      if (const Node* value = reader.require(p, "a value for the block")) arguments.emplace(p, *value);
    if (!reader.finish()) return;
    for (std::int64_t i = 0; i < repeat && problems_.empty(); ++i) {
      const std::string instance = repeat > 1 ? fmt::format("{}.{}", name, i) : name;
      Scope scope{instance + "/", inputs, &arguments, {}};
      expand(*at->second.layers, scope, depth + 1);
      if (problems_.empty() && !result_.empty()) inputs = {result_.back().name};
    }
    if (problems_.empty() && !inputs.empty()) result_.push_back({layer, name, inputs, true});
  }

  Node substitute(const Node& node, const std::map<std::string, Node>& arguments) {
    if (node.is_scalar() && !node.quoted && node.text.size() > 1 && node.text[0] == '$') {
      const auto at = arguments.find(node.text.substr(1));
      if (at != arguments.end()) return counted(at->second);
      std::vector<std::string> known;
      for (const auto& [name, value] : arguments) known.push_back(name);
      problems_.add(node.problem(fmt::format("the block has no parameter \"{}\"{}", node.text.substr(1),
                                             base::did_you_mean(node.text.substr(1), known))));
      return node;
    }
    if (++nodes_ > kMostNodes) too_many(node);
    if (!problems_.empty()) return node;
    Node copy = node;
    for (Node& item : copy.items) item = substitute(item, arguments);
    for (base::Entry& e : copy.entries) e.value = substitute(e.value, arguments);
    return copy;
  }

  // An argument to be copied, or nothing where copies have become too many.
  Node counted(const Node& argument) {
    nodes_ += base::count_nodes(argument);
    if (nodes_ <= kMostNodes) return argument;
    too_many(argument);
    return {};
  }
  void too_many(const Node& at) {
    if (problems_.empty())
      problems_.add(at.problem(fmt::format("more than {} values once its blocks are expanded", kMostNodes)));
  }

  base::Diagnostics& problems_;
  std::map<std::string, Block> blocks_;
  std::vector<std::string> block_names_;
  std::vector<ExpandedLayer> result_;
  std::size_t calls_ = 0, nodes_ = 0;
  std::string previous_;  // what a layer without inputs reads
};

}  // namespace

std::vector<ExpandedLayer> expand_blocks(const std::vector<base::Node>& layers, const base::Node* blocks,
                                         std::string first_input, base::Diagnostics& problems) {
  Expansion expansion(blocks, std::move(first_input), problems);
  Scope top;
  expansion.expand(layers, top, 0);
  return expansion.take();
}

}  // namespace tessera::models
