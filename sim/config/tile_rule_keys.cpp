#include "sim/config/tile_rule_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "base/config/map_reader.h"
#include "base/config/parameter.h"

namespace tessera::sim {
namespace {

using base::Diagnostics;
using base::Node;
using base::Range;
using scheduler::Deal;
using scheduler::TileRule;

const std::vector<std::string> kInputs{"window", "whole"}, kDeals{"chunks", "columns"};

// Keys of a held rule. A document has others beside them: what the tiles come to.
constexpr std::array<std::string_view, 10> kHeldKeys{"operator", "b",     "m",          "w",    "n",
                                                     "k",        "input", "loop_order", "deal", "cores"};

// A hint or an upper limit, for all operators that the pattern matches.
void read_sizes(base::MapReader& map, TileRule& rule) {
  rule.pattern = map.text("pattern");
  const Range size = Range::between(0, 1 << 24);
  const Node* m = map.find("m");
  rule.line = m != nullptr && m->text == "line";
  if (!rule.line) rule.m = map.integer_or("m", 0, size);
  rule.w = map.integer_or("w", 0, size);
  rule.n = map.integer_or("n", 0, size);
  rule.k = map.integer_or("k", 0, size);
}

void read_held(base::MapReader& map, TileRule& rule) {
  rule.held = true;
  rule.pattern = map.text("operator");
  const Range size = Range::between(1, std::int64_t{1} << 40);
  rule.b = map.integer_or("b", 1, size);
  rule.m = map.integer("m", size);
  rule.w = map.integer("w", size);
  rule.n = map.integer("n", size);
  rule.k = map.integer_or("k", 0, size);
  rule.deal = static_cast<Deal>(map.choice_or("deal", 0, kDeals));
  rule.cores = map.integer_or("cores", 0, Range::between(0, 1024));
}

// Of a document that this program wrote only what belongs to the rule.
Node rule_of_document(const Node& entry) {
  Node rule = entry;
  std::erase_if(rule.entries, [](const base::Entry& e) {
    return e.value.is_null() || std::ranges::find(kHeldKeys, e.name()) == kHeldKeys.end();
  });
  return rule;
}

// The list of a file; nullptr: it has none.
const Node* tiles_of(const Node& file) {
  for (const char* key : {"operator_tiles", "tiles"}) {
    const Node* list = file.find(key);
    if (list != nullptr && list->is_list() && !list->items.empty()) return list;
  }
  return nullptr;
}

struct HeldTiles {
  Node rules;
  std::optional<Node> slots;  // by region
};

std::optional<HeldTiles> read_tiles_from(const Node& said, const std::filesystem::path& file, Diagnostics& problems) {
  auto read = base::read_yaml_file(file);
  if (!read) {
    for (const auto& d : read.problems().list()) {
      if (d.where.line > 0) problems.add(d);
      else problems.add(said.problem(fmt::format("tiles.from: {}: {}", d.where.file, d.message)));
    }
    return std::nullopt;
  }
  const Node* list = tiles_of(*read);
  if (list == nullptr) {
    problems.add(
        said.problem(fmt::format("tiles.from: {} holds no tiles; they stand in operator_tiles of a summary.json or of "
                                 "tessera model --tiles --json, or in tiles of a run with rules",
                                 file.string())));
    return std::nullopt;
  }
  const Node* schema = read->find("schema");
  const bool document = schema != nullptr && schema->is_scalar() && schema->text.starts_with("tessera.");
  HeldTiles held{*list, std::nullopt};
  for (Node& entry : held.rules.items)
    if (document && entry.is_map()) entry = rule_of_document(entry);
  if (const Node* slots = read->find("slots"); slots != nullptr && slots->is_map()) held.slots = *slots;
  return held;
}

}  // namespace

std::optional<std::string> read_loop_order(const Node& node, const std::string& name, Diagnostics& problems) {
  const auto text = base::read_text(node, name, problems);
  if (!text) return std::nullopt;
  std::string sorted = *text;
  std::sort(sorted.begin(), sorted.end());
  if (*text == "auto" || sorted == "bgmn") return text;
  problems.add(node.problem(fmt::format("{} must be auto or an order of the four loops b, g, n, m such as bgnm, not {}",
                                        name, node.describe())));
  return std::nullopt;
}

TileRule read_tile_rule(const Node& node, const std::string& name, Diagnostics& problems) {
  base::MapReader map(node, name, problems);
  TileRule rule;
  if (map.has("operator")) read_held(map, rule);
  else read_sizes(map, rule);
  rule.whole_input = map.choice_or("input", 0, kInputs) == 1;
  if (const Node* order = map.find("loop_order")) {
    rule.loop_order = read_loop_order(*order, name + ".loop_order", problems).value_or("");
  }
  rule.where = node.where();
  map.finish();
  return rule;
}

Node write_tile_rule(const TileRule& rule) {
  Node map = Node::make_map();
  base::put(map, rule.held ? "operator" : "pattern", Node::make_scalar(rule.pattern, true));
  const auto number = [&](const char* key, std::int64_t v) {
    if (v != 0) base::put(map, key, Node::make_scalar(fmt::format("{}", v)));
  };
  number("b", rule.b);
  number("m", rule.m);
  if (rule.line) base::put(map, "m", Node::make_scalar("line"));
  number("w", rule.w);
  number("n", rule.n);
  number("k", rule.k);
  if (rule.whole_input) base::put(map, "input", Node::make_scalar("whole"));
  if (!rule.loop_order.empty()) base::put(map, "loop_order", Node::make_scalar(rule.loop_order));
  if (rule.deal != Deal::chunks) base::put(map, "deal", Node::make_scalar(kDeals[static_cast<std::size_t>(rule.deal)]));
  number("cores", rule.cores);
  return map;
}

void replace_tiles_from(Node& run, const std::filesystem::path& folder, Diagnostics& problems) {
  const auto entry = std::ranges::find_if(run.entries, [](const base::Entry& e) { return e.name() == "tiles"; });
  if (entry == run.entries.end() || !entry->value.is_map()) return;
  base::MapReader map(entry->value, "tiles", problems);
  const Node* said = map.require("from", "the file that holds the tiles");
  if (!map.finish() || said == nullptr) {
    entry->value = Node::make_list();
    return;
  }
  const Node from = *said;
  entry->value = Node::make_list();
  const auto text = base::read_text(from, "tiles.from", problems);
  if (!text) return;
  const base::SourceLocation where = from.where();
  const auto beside = where.line > 0 ? std::filesystem::path(where.file).parent_path() : folder;
  auto held = read_tiles_from(from, (beside / *text).lexically_normal(), problems);
  if (!held) return;
  entry->value = std::move(held->rules);
  if (held->slots && run.find("slots") == nullptr) base::put(run, "slots", std::move(*held->slots));
}

}  // namespace tessera::sim
