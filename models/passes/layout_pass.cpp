#include "models/passes/layout_pass.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <optional>

#include "models/operators/axis_wishes.h"
#include "models/operators/node_reader.h"
#include "models/operators/operators.h"
#include "models/passes/passes.h"

namespace tessera::models {

namespace {

// Sets of values that share a layout, with what their members ask for.
class LayoutSets {
 public:
  explicit LayoutSets(std::size_t count) : parent_(count), wish_(count) {
    std::iota(parent_.begin(), parent_.end(), ValueId{0});
  }

  [[nodiscard]] ValueId find(ValueId v) {
    while (parent_[v] != v) v = parent_[v] = parent_[parent_[v]];
    return v;
  }
  [[nodiscard]] std::optional<Layout> wish(ValueId v) { return wish_[find(v)]; }
  // An image wins: a matrix product can have it copied to rows.
  void ask(ValueId v, Layout layout) {
    auto& w = wish_[find(v)];
    if (!w || layout == Layout::image) w = layout;
  }
  void join(ValueId a, ValueId b) {
    a = find(a), b = find(b);
    if (a == b) return;
    const auto w = wish_[b];
    parent_[b] = a;
    if (w) ask(a, *w);
  }
  void join_if_free(ValueId a, ValueId b) {
    const auto x = wish(a), y = wish(b);
    if (!x || !y || *x == *y) join(a, b);
  }

 private:
  std::vector<ValueId> parent_;
  std::vector<std::optional<Layout>> wish_;
};

// Sets of values of one rank that lie as rows in one way.
class RowSets {
 public:
  explicit RowSets(std::size_t count) : parent_(count), wish_(count) {
    std::iota(parent_.begin(), parent_.end(), ValueId{0});
  }

  void join(ValueId a, ValueId b) {
    a = find(a), b = find(b);
    if (a == b) return;
    parent_[b] = a;
    wish_[a].merged |= wish_[b].merged;
    wish_[a].cuts |= wish_[b].cuts;
    wish_[a].must |= wish_[b].must;
    wish_[a].volume |= wish_[b].volume;
  }
  void merge(ValueId v) { wish_[find(v)].merged = true; }
  [[nodiscard]] bool merged(ValueId v) { return wish_[find(v)].merged; }
  void ask_volume(ValueId v) { wish_[find(v)].volume = true; }
  [[nodiscard]] bool volume(ValueId v) { return wish_[find(v)].volume; }
  // Before the axis that has `left` axes from it on. One that divides nothing is no cut.
  void cut(ValueId v, const Dims& dims, std::size_t axis, bool must) {
    if (axis == 0 || axis + 1 >= dims.size()) return;
    const auto middle = dims.begin() + static_cast<std::ptrdiff_t>(axis);
    const auto is_one = [](std::int64_t extent) { return extent == 1; };
    if (std::all_of(dims.begin(), middle, is_one) || std::all_of(middle, dims.end() - 1, is_one)) return;
    const std::uint32_t bit = 1U << (dims.size() - axis);
    wish_[find(v)].cuts |= bit;
    if (must) wish_[find(v)].must |= bit;
  }
  void pass_on(ValueId from, ValueId to) { wish_[find(to)].cuts |= wish_[find(from)].cuts; }
  // All leading axes on h where rows merge, but for cuts, of which the two innermost count; else as matrices lie,
  // unless an operator must have another cut.
  [[nodiscard]] Layout layout(ValueId v) {
    const Wish& wish = wish_[find(v)];
    constexpr std::uint32_t kOfMatrices = 1U << 2;
    if (!wish.merged && (wish.must & ~kOfMatrices) == 0) return Layout::rows;
    const std::uint32_t cuts = wish.merged ? wish.cuts : wish.must;
    if (cuts == 0) return Layout::flat;
    const std::uint32_t rest = cuts & (cuts - 1);
    Layout layout = Layout::flat;
    layout.w = static_cast<std::int8_t>(std::countr_zero(cuts));
    if (rest != 0) layout.h = static_cast<std::int8_t>(std::countr_zero(rest));
    return layout;
  }

 private:
  [[nodiscard]] ValueId find(ValueId v) {
    while (parent_[v] != v) v = parent_[v] = parent_[parent_[v]];
    return v;
  }

  struct Wish {
    bool merged = false, volume = false;
    std::uint32_t cuts = 0, must = 0;
  };
  std::vector<ValueId> parent_;
  std::vector<Wish> wish_;
};

// What the nodes ask for, spread over the values that lie alike.
class LayoutPass {
 public:
  explicit LayoutPass(const Graph& g) : g_(g), sets_(g.values.size()), rows_(g.values.size()) {}

  std::vector<Layout> run() {
    for (const Node& n : g_.nodes) must(n, rule_of(n).layout);
    for (NodeId n = 0; n < g_.nodes.size(); ++n) may(NodeReader(g_, n), rule_of(g_.nodes[n]).layout);
    std::vector<Layout> layouts(g_.values.size(), Layout::rows);
    for (ValueId v = 0; v < g_.values.size(); ++v)
      if (sets_.wish(v) == Layout::image)
        layouts[v] = dims(v).size() == 5 && rows_.volume(v) ? Layout::volume : Layout::image;
    take_pixels(layouts);
    turn_outside(layouts);
    AxisWishes wishes{layouts, {}, {}, {}, {}};
    for (NodeId n = 0; n < g_.nodes.size(); ++n)
      if (const auto axes = rule_of(g_.nodes[n]).layout.axes) axes(NodeReader(g_, n), wishes);
    for (const ValueId v : wishes.merged) rows_.merge(v);
    merge_over_views(wishes.matrices);
    for (const auto& [v, axis, must] : wishes.cuts) {
      rows_.cut(v, dims(v), axis, must);
      cut_behind_views(v, axis);
    }
    for (const auto& [from, to] : wishes.passed_on) rows_.pass_on(from, to);
    for (ValueId v = 0; v < g_.values.size(); ++v)
      if (layouts[v] == Layout::rows) layouts[v] = rows_.layout(v);
    return layouts;
  }

 private:
  [[nodiscard]] const Dims& dims(ValueId v) const { return g_.values[v].dims(); }

  // Images of which every reader and maker takes each pixel alone, over all of them that a convolution or a view joins.
  void take_pixels(std::vector<Layout>& layouts) {
    LayoutSets joined(g_.values.size());
    std::vector<bool> spatial(g_.values.size(), false);
    const auto image = [&](ValueId v) { return v != kNone && layouts[v].kind != Layout::Kind::rows; };
    for (ValueId v = 0; v < g_.values.size(); ++v)
      if (image(v)) joined.join(sets_.find(v), v);
    const auto join_all = [&](const Node& n) {
      ValueId first = kNone;
      for (const auto* values : {&n.inputs, &n.outputs})
        for (const ValueId v : *values) {
          if (!image(v)) continue;
          if (first == kNone) first = v;
          joined.join(first, v);
        }
    };
    for (NodeId id = 0; id < g_.nodes.size(); ++id)
      if (by_pixel(id)) join_all(g_.nodes[id]);
    for (NodeId id = 0; id < g_.nodes.size(); ++id)
      if (!by_pixel(id))
        for (const auto* values : {&g_.nodes[id].inputs, &g_.nodes[id].outputs})
          for (const ValueId v : *values)
            if (image(v)) spatial[joined.find(v)] = true;
    for (ValueId v = 0; v < g_.values.size(); ++v)
      if (image(v) && dims(v).size() > 4) spatial[joined.find(v)] = true;
    for (ValueId v = 0; v < g_.values.size(); ++v)
      if (image(v) && !spatial[joined.find(v)]) layouts[v] = kPixels;
  }

  // A node that does nothing to an image that needs its height and width. A transpose or a product reads it as rows.
  [[nodiscard]] bool by_pixel(NodeId id) const {
    const Node& n = g_.nodes[id];
    const OperatorRule& rule = rule_of(n);
    if (rule.layout.by_pixel != nullptr) return rule.layout.by_pixel(NodeReader(g_, id));
    if (rule.is_view || rule.layout.wish == LayoutRule::Wish::rows || (n.domain.empty() && n.type == "Transpose"))
      return true;
    if (rule.fusion.post != FusionRule::Post::function) return false;
    return std::ranges::all_of(
        n.inputs, [&](ValueId v) { return v == kNone || g_.values[v].constant || dims(v) == dims(n.outputs.front()); });
  }

  // What enters or leaves the network lies as those want it who alone read or make it, the first two axes turned.
  void turn_outside(std::vector<Layout>& layouts) const {
    const auto turns = [](const Node& n) { return n.attributes.count(kAtTheRim) != 0; };
    const auto readers = g_.readers();
    for (ValueId v = 0; v < g_.values.size(); ++v) {
      const Value& value = g_.values[v];
      const auto all_turn = [&] {
        return std::ranges::all_of(readers[v], [&](NodeId n) { return turns(g_.nodes[n]); });
      };
      const bool in = value.network_input && !value.network_output && !readers[v].empty() && all_turn();
      const bool out =
          value.network_output && value.producer != kNone && readers[v].empty() && turns(g_.nodes[value.producer]);
      if ((in || out) && layouts[v].kind == Layout::Kind::rows) layouts[v] = kTurned;
    }
  }

  // Rows that merge on one side of a view do so on the other, where only leading axes differ: [B, S, C] as [B x S, C].
  // Of the two, a matrix has no rows to merge.
  void merge_over_views(const std::vector<ValueId>& matrices) {
    std::vector<bool> matrix(g_.values.size(), false);
    for (const ValueId v : matrices) matrix[v] = true;
    const auto merge = [&](ValueId from, ValueId to) {
      if (!matrix[from] && !rows_.merged(from)) return;
      if (dims(from).empty() || dims(to).empty() || dims(from).back() != dims(to).back()) return;
      const auto counts = [](std::int64_t extent) { return extent > 1; };
      if (dims(to).size() == 2) matrix[to] = true;
      else if (std::count_if(dims(to).begin(), dims(to).end() - 1, counts) > 1) rows_.merge(to);
    };
    for (const Node& n : g_.nodes)
      if (rule_of(n).is_view) merge(n.inputs[0], n.outputs[0]);
    for (auto n = g_.nodes.rbegin(); n != g_.nodes.rend(); ++n)
      if (rule_of(*n).is_view) merge(n->outputs[0], n->inputs[0]);
  }

  // What a view is cut at, what it is a view of is best cut at too.
  void cut_behind_views(ValueId v, std::size_t axis) {
    std::int64_t inner =
        elements(Dims(dims(v).begin() + static_cast<std::ptrdiff_t>(std::min(axis, dims(v).size())), dims(v).end()));
    while (g_.values[v].producer != kNone && rule_of(g_.nodes[g_.values[v].producer]).is_view) {
      v = g_.nodes[g_.values[v].producer].inputs[0];
      std::size_t at = dims(v).size();
      std::int64_t here = 1;
      while (at > 0 && here < inner) here *= dims(v)[--at];
      if (here != inner) return;
      rows_.cut(v, dims(v), at, false);
    }
  }

  // Five axes N,C,D,H,W of an operator that works on images are a volume.
  void ask_image(ValueId v) {
    if (dims(v).size() > 2) sets_.ask(v, Layout::image);
    if (dims(v).size() == 5) rows_.ask_volume(v);
  }

  void ask(const Node& n, LayoutRule::Wish wish) {
    const ValueId out = n.outputs.front();
    switch (wish) {
      case LayoutRule::Wish::none: return;
      case LayoutRule::Wish::image_and_kernel:
        if (!g_.values[n.inputs[1]].constant) ask_image(n.inputs[1]);
        return ask(n, LayoutRule::Wish::image);
      case LayoutRule::Wish::image_of_three_axes:
        if (dims(out).size() < 3) return;
        [[fallthrough]];
      case LayoutRule::Wish::image:
        ask_image(n.inputs[0]);
        for (const ValueId v : n.outputs)
          if (v != kNone && dims(v) == dims(out)) ask_image(v);
        return;
      case LayoutRule::Wish::rows:
        sets_.ask(n.inputs[0], Layout::rows);
        sets_.ask(out, Layout::rows);
        if (!g_.values[n.inputs[1]].constant) sets_.ask(n.inputs[1], Layout::rows);
    }
  }

  void must(const Node& n, const LayoutRule& rule) {
    ask(n, rule.wish);
    if (rule.alike == LayoutRule::Alike::none) return;
    const ValueId out = n.outputs.front();
    if (rule.alike == LayoutRule::Alike::same_shape && dims(n.inputs[0]) != dims(out)) return;
    ValueId first = kNone;
    const auto join = [&](ValueId v) {
      if (v == kNone || g_.values[v].constant || !g_.values[v].shaped || dims(v).size() != dims(out).size()) return;
      if (first == kNone) first = v;
      sets_.join(first, v);
      rows_.join(first, v);
    };
    for (const ValueId v : n.inputs) join(v);
    for (const ValueId v : n.outputs) join(v);
  }

  void may(const NodeReader& n, const LayoutRule& rule) {
    if (rule.keeps_image == nullptr || n.in(0).constant) return;
    if (rule.keeps_image(n)) sets_.join_if_free(n.node().inputs[0], n.node().outputs.front());
  }

  const Graph& g_;
  LayoutSets sets_;
  RowSets rows_;
};

}  // namespace

std::vector<Layout> assign_layouts(const Graph& g) { return LayoutPass(g).run(); }

}  // namespace tessera::models
