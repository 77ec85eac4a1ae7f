// A product with constant weights of whose result others read parts of the columns: queries, keys and values of an
// attention, the gate of a gated unit.
#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "models/operators/slice.h"
#include "models/passes/moves.h"
#include "models/passes/passes.h"

namespace tessera::models {

namespace {

// What one output of a Split, Slice or Gather takes of an axis of its input.
struct Part {
  NodeId node = kNone;
  ValueId output = kNone;
  std::size_t axis = 0;
  std::int64_t begin = 0, count = 0;
};

class ProductParts {
 public:
  explicit ProductParts(Graph& graph) : g_(graph), readers_(graph.readers()), places_(graph.nodes.size()) {
    for (NodeId n = 0; n < g_.nodes.size(); ++n) places_[n] = {g_.nodes[n]};
  }

  void run() {
    bool changed = false;
    for (NodeId n = 0; n < readers_count(); ++n) changed = split(n) || changed;
    if (!changed) return;
    std::vector<Node> nodes;
    for (auto& place : places_) nodes.insert(nodes.end(), place.begin(), place.end());
    g_.nodes = std::move(nodes);
    keep_nodes(g_, std::vector<bool>(g_.nodes.size(), true));  // renumbers the producers
  }

 private:
  // The product, the sums with a constant behind it, and what only moves their result, all read by one node each.
  struct Way {
    std::vector<NodeId> nodes;  // the product first, then `sums` sums, then moves
    std::size_t sums = 0;
    std::vector<Part> parts;
  };

  [[nodiscard]] NodeId readers_count() const { return static_cast<NodeId>(g_.nodes.size()); }
  [[nodiscard]] const Dims& dims(ValueId v) const { return g_.values[v].dims(); }
  [[nodiscard]] bool constant(ValueId v) const { return v == kNone || g_.values[v].constant; }
  static bool is(const Node& node, const char* type) { return node.domain.empty() && node.type == type; }

  // One number for each column, or one for all.
  [[nodiscard]] bool of_columns(ValueId v, std::int64_t columns) const {
    return constant(v) && (elements(dims(v)) == 1 || (elements(dims(v)) == columns && dims(v).back() == columns));
  }

  [[nodiscard]] bool is_product(const Node& node) const {
    if (!is(node, "MatMul") && !is(node, "Gemm")) return false;
    const ValueId weights = node.inputs[1];
    if (constant(node.inputs[0]) || !constant(weights) || dims(weights).size() != 2) return false;
    const Dims& out = dims(node.outputs[0]);
    return out.size() >= 2 &&
           (node.inputs.size() < 3 || node.inputs[2] == kNone || of_columns(node.inputs[2], out.back()));
  }

  [[nodiscard]] std::vector<Part> parts_of(NodeId n, ValueId v) const {
    const Node& node = g_.nodes[n];
    const NodeReader reader(g_, n);
    std::vector<Part> parts;
    if (node.inputs.empty() || node.inputs[0] != v || std::ranges::count(node.inputs, v) != 1) return parts;
    if (is(node, "Split")) {
      const std::size_t axis = reader.axis_attribute(0, dims(v).size());
      std::int64_t begin = 0;
      for (const ValueId out : node.outputs) {
        if (out == kNone) return {};
        parts.push_back({n, out, axis, begin, dims(out)[axis]});
        begin += dims(out)[axis];
      }
    } else if (is(node, "Slice")) {
      const std::vector<SliceCut> cuts = slice_cuts(reader);
      for (std::size_t a = 0; a < cuts.size(); ++a) {
        if (cuts[a].step == 1 && cuts[a].count == dims(v)[a]) continue;
        if (cuts[a].step != 1 || !parts.empty()) return {};
        parts.push_back({n, node.outputs[0], a, cuts[a].begin, cuts[a].count});
      }
    } else if (is(node, "Gather")) {
      const auto& index = g_.values[node.inputs[1]];
      if (!index.constant || !index.literal.ints || index.literal.ints->size() != 1) return {};
      const std::size_t axis = reader.axis_attribute(0, dims(v).size());
      const std::int64_t one = index.literal.ints->front(), extent = dims(v)[axis];
      parts.push_back({n, node.outputs[0], axis, one < 0 ? one + extent : one, 1});
    }
    return parts;
  }

  // The parts that the readers of `v` take, if that is all that they do and each element is in one of them that
  // somebody reads: what a file calculates for nobody is calculated too.
  [[nodiscard]] std::vector<Part> partition(ValueId v) const {
    std::vector<Part> parts;
    for (const NodeId n : readers_[v]) {
      const std::vector<Part> more = parts_of(n, v);
      if (more.empty()) return {};
      parts.insert(parts.end(), more.begin(), more.end());
    }
    std::vector<Part> sorted = parts;
    std::ranges::sort(sorted, {}, &Part::begin);
    std::int64_t next = 0;
    for (const Part& p : sorted) {
      if (p.axis != sorted.front().axis || p.begin != next || p.count < 1) return {};
      if (readers_[p.output].empty() && !g_.values[p.output].network_output) return {};
      next += p.count;
    }
    if (parts.size() < 2 || next != dims(v)[sorted.front().axis]) return {};
    return parts;
  }

  [[nodiscard]] std::optional<Way> way_from(NodeId product, Moves& moves) const {
    Way way{{product}, 0, {}};
    ValueId v = g_.nodes[product].outputs[0];
    const std::int64_t columns = dims(v).back();
    while (!g_.values[v].network_output) {
      way.parts = partition(v);
      if (!way.parts.empty()) return way;
      if (readers_[v].size() != 1) return std::nullopt;
      const NodeId n = readers_[v].front();
      const Node& node = g_.nodes[n];
      if (is(node, "Add") && way.nodes.size() == way.sums + 1) {
        const ValueId other = node.inputs[node.inputs[0] == v ? 1 : 0];
        if (!of_columns(other, columns) || dims(node.outputs[0]) != dims(v)) return std::nullopt;
        ++way.sums;
      } else if (node.captures.empty() && !moves.take(g_, node)) {
        return std::nullopt;
      }
      way.nodes.push_back(n);
      v = node.outputs[0];
    }
    return std::nullopt;
  }

  bool split(NodeId n) {
    if (!is_product(g_.nodes[n])) return false;
    Moves moves(dims(g_.nodes[n].outputs[0]));
    const auto way = way_from(n, moves);
    if (!way) return false;
    const auto& axis = moves.axis(way->parts.front().axis);
    if (axis.size() != 1 || moves.origin(axis[0]) + 1 != dims(g_.nodes[n].outputs[0]).size()) return false;
    g_.notes.push_back({g_.nodes[n].name, "split into products, one for each part of its columns"});
    for (const NodeId gone : way->nodes) places_[gone].clear();
    for (const Part& p : way->parts) places_[p.node].clear();
    for (std::size_t i = 0; i < way->parts.size(); ++i) make(*way, moves, i);
    return true;
  }

  // Those columns of a constant.
  ValueId columns_of(ValueId v, std::size_t axis, std::int64_t columns, const Part& part, std::int64_t whole) {
    if (v == kNone || dims(v).empty() || dims(v)[axis] != columns) return v;
    const auto [at, fresh] = constants_.try_emplace({v, whole, part.begin, part.count}, kNone);
    if (!fresh) return at->second;
    const std::string name = g_.values[v].name + "#" + std::to_string(part.begin);
    const ValueId made = at->second = g_.add_value(name);
    g_.values[made].literal.dims = dims(v);
    g_.values[made].literal.dims[axis] = columns / whole * part.count;
    g_.values[made].literal.type = g_.values[v].type();
    g_.values[made].shaped = g_.values[made].constant = true;
    g_.values[made].initializer = g_.values[v].initializer;
    return made;
  }

  void make(const Way& way, Moves moves, std::size_t i) {
    const Part& part = way.parts[i];
    const std::size_t axis = moves.axis(part.axis)[0];
    const std::int64_t whole = moves.extent(axis);
    moves.resize(axis, part.count);
    std::vector<Node>& place = places_[part.node];
    ValueId v = kNone;
    for (std::size_t k = 0; k <= way.sums; ++k) {
      Node node = g_.nodes[way.nodes[k]];
      const ValueId made = node.outputs[0];
      const std::int64_t columns = dims(made).back();
      node.attributes[kPartOf] = Attribute::word(node.name);
      node.name += "#" + std::to_string(i);
      const auto transposed = node.attributes.find("transB");
      for (ValueId& input : node.inputs) {
        if (k > 0 && !constant(input)) input = v;
        if (!constant(input) || input == kNone) continue;
        const bool rows = k == 0 && &input == &node.inputs[1] && transposed != node.attributes.end() &&
                          transposed->second.ints == Dims{1};
        const std::size_t last = dims(input).empty() ? 0 : dims(input).size() - 1;
        input = columns_of(input, rows ? 0 : last, columns, part, whole);
      }
      Dims result = dims(made);
      result.back() = columns / whole * part.count;
      v = g_.add_value(g_.values[made].name + "#" + std::to_string(i));
      g_.values[v].literal.dims = std::move(result);
      g_.values[v].literal.type = g_.values[made].type();
      g_.values[v].shaped = true;
      node.outputs = {v};
      place.push_back(std::move(node));
    }
    if (!moves.moves() && dims(v) == dims(part.output)) {
      place.back().outputs = {part.output};
      return;
    }
    const Node& like = way.parts.size() == 1 ? g_.nodes[part.node] : place.back();
    for (Node& node : moves.nodes(g_, Node(like), v, part.output)) place.push_back(std::move(node));
  }

  Graph& g_;
  std::vector<std::vector<NodeId>> readers_;
  std::vector<std::vector<Node>> places_;  // by node: what stands in its place
  std::map<std::tuple<ValueId, std::int64_t, std::int64_t, std::int64_t>, ValueId> constants_;
};

}  // namespace

void split_products(Graph& graph) { ProductParts(graph).run(); }

}  // namespace tessera::models
