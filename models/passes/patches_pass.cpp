// Patches of an image that reshapes and transposes put side by side for a product with constant weights: a convolution
// whose stride is its kernel reads the image where it lies.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "models/graph/graph_editor.h"
#include "models/operators/operators.h"
#include "models/passes/moves.h"
#include "models/passes/passes.h"

namespace tessera::models {

namespace {

class Patches {
 public:
  explicit Patches(Graph& graph) : e_(graph) {}

  void run() {
    for (NodeId n = 0; n < e_.graph().nodes.size(); ++n)
      if (e_.is(n, "MatMul") || e_.is(n, "Gemm")) recognise(n);
    e_.finish();
  }

 private:
  // A product of the patches of `source`, `height` x `width` pixels each, with a number for each of `columns` from
  // each.
  struct Found {
    ValueId source = kNone;
    std::int64_t height = 1, width = 1, columns = 0;
    std::vector<NodeId> moves;
  };

  [[nodiscard]] const Dims& dims(ValueId v) { return e_.graph().values[v].dims(); }
  [[nodiscard]] bool only_moves(NodeId n) {
    return n != kNone && e_.alive(n) && e_.node(n).outputs.size() == 1 &&
           (rule_of(e_.node(n)).is_view || e_.is(n, "Transpose"));
  }

  // The moves between an image and `v`, the first one first.
  [[nodiscard]] std::vector<NodeId> moves_before(ValueId v, NodeId reader) {
    std::vector<NodeId> moves;
    for (NodeId n = e_.producer(v); only_moves(n) && e_.only_reader(v) == reader; n = e_.producer(v)) {
      moves.insert(moves.begin(), n);
      v = e_.node(n).inputs[0], reader = n;
    }
    return moves;
  }

  // Rows are image, patch row, patch column; columns all channels and pixels of a patch, in any order.
  [[nodiscard]] std::optional<Found> patches(std::vector<NodeId> chain) {
    Found found{e_.node(chain[0]).inputs[0], 1, 1, 0, std::move(chain)};
    const Dims image = dims(found.source);
    if (image.size() != 4) return std::nullopt;
    Moves moves(image);
    for (const NodeId n : found.moves)
      if (!moves.take(e_.graph(), e_.node(n))) return std::nullopt;
    if (moves.rank() < 2) return std::nullopt;
    std::vector<std::size_t> rows, places = moves.places();
    std::vector<bool> outer(4, false);
    for (std::size_t a = 0; a + 1 < moves.rank(); ++a)
      for (const std::size_t part : moves.axis(a)) {
        rows.push_back(part);
        if (moves.origin(part) == 1 || outer[moves.origin(part)]) return std::nullopt;
        outer[moves.origin(part)] = true;
      }
    if (!std::ranges::is_sorted(rows, {}, [&](std::size_t part) { return places[part]; })) return std::nullopt;
    std::vector<std::int64_t> inner(4, 1);
    for (const std::size_t part : moves.axis(moves.rank() - 1)) {
      const std::size_t axis = moves.origin(part);
      if (axis == 0 || inner[axis] != 1) return std::nullopt;
      inner[axis] = moves.extent(part);
      for (const std::size_t row : rows)
        if (moves.origin(row) == axis && places[row] > places[part]) return std::nullopt;
    }
    found.height = inner[2], found.width = inner[3];
    // Rows of whole height or width are heads of an attention, or an image read line by line.
    const bool both = inner[2] > 1 && inner[3] > 1 && outer[2] && outer[3];
    if (inner[1] != image[1] || !both) return std::nullopt;
    return found;
  }

  // The weights of a product of rows; whether they are stored by columns.
  [[nodiscard]] bool is_product(NodeId n) {
    const Node& node = e_.node(n);
    const ValueId weights = node.inputs[1];
    if (e_.constant(node.inputs[0]) || !e_.constant(weights) || dims(weights).size() != 2) return false;
    const auto turned = node.attributes.find("transA");
    if (turned != node.attributes.end() && turned->second.ints != Dims{0}) return false;
    return node.inputs.size() < 3 || node.inputs[2] == kNone ||
           of_columns(node.inputs[2], dims(node.outputs[0]).back());
  }
  [[nodiscard]] bool of_columns(ValueId v, std::int64_t columns) {
    return e_.constant(v) && elements(dims(v)) == columns && !dims(v).empty() && dims(v).back() == columns;
  }

  void recognise(NodeId n) {
    if (!is_product(n)) return;
    const std::vector<NodeId> chain = moves_before(e_.node(n).inputs[0], n);
    if (chain.size() < 2) return;
    auto found = patches(chain);
    if (!found) return;
    found->columns = dims(e_.node(n).outputs[0]).back();
    write(n, *found);
  }

  // A bias behind the product goes into the convolution.
  [[nodiscard]] NodeId bias_behind(NodeId n, std::int64_t columns) {
    const ValueId v = e_.node(n).outputs[0];
    const NodeId sum = e_.only_reader(v);
    if (!e_.is(sum, "Add") || e_.variable_input(sum) != v || dims(e_.node(sum).outputs[0]) != dims(v)) return kNone;
    return of_columns(e_.node(sum).inputs[e_.node(sum).inputs[0] == v ? 1 : 0], columns) ? sum : kNone;
  }

  void write(NodeId n, const Found& f) {
    Graph& g = e_.graph();
    const Dims image = dims(f.source);
    Node& node = e_.node(n);
    ValueId bias = node.inputs.size() > 2 ? node.inputs[2] : kNone, result = node.outputs[0];
    std::vector<NodeId> gone = f.moves;
    if (const NodeId sum = bias == kNone ? bias_behind(n, f.columns) : kNone; sum != kNone) {
      bias = e_.node(sum).inputs[e_.constant(e_.node(sum).inputs[0]) ? 0 : 1];
      result = e_.node(sum).outputs[0];
      gone.push_back(sum);
    }
    const std::string name = node.name;
    const ValueId kernel = g.add_value(g.values[node.inputs[1]].name + "#kernel",
                                       {f.columns, image[1], f.height, f.width}, node.inputs[1]);
    const Dims made{image[0], f.columns, image[2] / f.height, image[3] / f.width};
    const ValueId pixels = g.add_value(name + "#image", made, result);
    const ValueId seen = g.add_value(name + "#seen", {made[0], made[1], made[2] * made[3]}, result);
    const ValueId rows = g.add_value(name + "#turned", {made[0], made[2] * made[3], made[1]}, result);
    node.type = "Conv";
    node.inputs = {f.source, kernel};
    if (bias != kNone) node.inputs.push_back(g.add_value(g.values[bias].name + "#bias", {f.columns}, bias));
    node.attributes = {{"strides", Attribute::integers({f.height, f.width})}};
    e_.merge(n, gone, pixels, "became part of " + name);
    g.notes.push_back({name, "recognised as a convolution of patches"});
    put_behind(n, "Reshape", pixels, seen);
    put_behind(n, "Transpose", seen, rows);
    put_behind(n, "Reshape", rows, result);
  }

  void put_behind(NodeId n, const char* type, ValueId from, ValueId to) {
    Node move;
    move.name = e_.graph().values[to].name + "#move";
    move.type = type;
    move.inputs = {from};
    move.outputs = {to};
    move.where = e_.node(n).where;
    if (move.type == "Transpose") move.attributes = {{"perm", Attribute::integers({0, 2, 1})}};
    e_.put_behind(n, std::move(move));
  }

  GraphEditor e_;
};

}  // namespace

void recognise_patches(Graph& graph) { Patches(graph).run(); }

}  // namespace tessera::models
