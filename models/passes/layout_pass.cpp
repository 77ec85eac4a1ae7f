#include "models/passes/layout_pass.h"

#include <fmt/format.h>

#include <numeric>
#include <optional>

#include "models/operators/node_reader.h"
#include "models/operators/operators.h"

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
  // An image wins: a matrix product can read an image of one pixel, a convolution cannot read rows.
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

// What the nodes ask for, spread over the values that lie alike.
class LayoutPass {
 public:
  explicit LayoutPass(const Graph& g) : g_(g), sets_(g.values.size()) {}

  std::vector<Layout> run() {
    for (const Node& n : g_.nodes) must(n, rule_of(n).layout);
    for (NodeId n = 0; n < g_.nodes.size(); ++n) may(NodeReader(g_, n), rule_of(g_.nodes[n]).layout);
    std::vector<Layout> layouts(g_.values.size(), Layout::rows);
    for (ValueId v = 0; v < g_.values.size(); ++v) layouts[v] = sets_.wish(v).value_or(Layout::rows);
    return layouts;
  }

 private:
  [[nodiscard]] const Dims& dims(ValueId v) const { return g_.values[v].dims(); }

  void ask(const Node& n, LayoutRule::Wish wish) {
    const ValueId out = n.outputs.front();
    switch (wish) {
      case LayoutRule::Wish::none: return;
      case LayoutRule::Wish::image_of_three_axes:
        if (dims(out).size() < 3) return;
        [[fallthrough]];
      case LayoutRule::Wish::image: sets_.ask(n.inputs[0], Layout::image); return sets_.ask(out, Layout::image);
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
};

// A matrix product whose operand had to become an image: only right where rows and image are the same memory.
base::Diagnostics conflicts(const Graph& g, const std::vector<Layout>& layouts) {
  base::Diagnostics problems;
  for (const Node& n : g.nodes) {
    if (rule_of(n).layout.wish != LayoutRule::Wish::rows) continue;
    for (const ValueId v : {n.inputs[0], n.inputs[1], n.outputs[0]})
      if (!g.values[v].constant && layouts[v] == Layout::image && g.values[v].dims().size() > 2)
        problems.add(
            n.where,
            fmt::format("{}: tensor '{}' is used as an image and as a matrix without a reshape or transpose between",
                        describe(n), g.values[v].name));
  }
  return problems;
}

}  // namespace

base::Result<std::vector<Layout>> assign_layouts(const Graph& g) {
  std::vector<Layout> layouts = LayoutPass(g).run();
  if (auto problems = conflicts(g, layouts); !problems.empty()) return problems;
  return layouts;
}

}  // namespace tessera::models
