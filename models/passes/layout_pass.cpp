#include "models/passes/layout_pass.h"

#include <fmt/format.h>

#include <numeric>
#include <optional>

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

bool keeps_layout(Kind k) {
  switch (k) {
    case Kind::elementwise:
    case Kind::batchnorm:
    case Kind::softmax:
    case Kind::layernorm:
    case Kind::reduce:
    case Kind::concat:
    case Kind::split:
    case Kind::slice:
    case Kind::expand:
    case Kind::tile: return true;
    default: return false;
  }
}

bool is_spatial(Kind k) {
  switch (k) {
    case Kind::conv:
    case Kind::pool:
    case Kind::global_pool:
    case Kind::resize:
    case Kind::lrn:
    case Kind::depth_to_space: return true;
    default: return false;
  }
}

// Whether an image of shape `a` seen as an image of shape `b` has its elements in the same order.
bool same_image(const Dims& a, const Dims& b) {
  if (a.size() < 3 || b.size() < 3) return false;
  const Shape x = canonical_shape(a, Layout::image), y = canonical_shape(b, Layout::image);
  return x[kN] == y[kN] && x[kC] == y[kC] && x[kH] * x[kW] == y[kH] * y[kW];
}

// A transpose among the channel axes of an image only: first and last two axes stay.
bool shuffles_channels(const Node& node, std::size_t rank) {
  const auto at = node.attributes.find("perm");
  if (at == node.attributes.end() || rank < 4) return false;
  const auto& perm = at->second.ints;
  const auto r = static_cast<std::int64_t>(rank);
  return perm.front() == 0 && perm[rank - 1] == r - 1 && perm[rank - 2] == r - 2;
}

class LayoutPass {
 public:
  explicit LayoutPass(const Graph& g) : g_(g), sets_(g.values.size()) {}

  std::vector<Layout> run() {
    for (const Node& n : g_.nodes) must(n);
    for (const Node& n : g_.nodes) may(n);
    std::vector<Layout> layouts(g_.values.size(), Layout::rows);
    for (ValueId v = 0; v < g_.values.size(); ++v) layouts[v] = sets_.wish(v).value_or(Layout::rows);
    return layouts;
  }

 private:
  [[nodiscard]] std::size_t rank(ValueId v) const { return g_.values[v].dims().size(); }

  void must(const Node& n) {
    const Kind kind = find_rule(n)->kind;
    const ValueId out = n.outputs.front();
    if (is_spatial(kind)) sets_.ask(n.inputs[0], Layout::image), sets_.ask(out, Layout::image);
    if (kind == Kind::gemm || kind == Kind::matmul) {
      sets_.ask(n.inputs[0], Layout::rows), sets_.ask(out, Layout::rows);
      if (!g_.values[n.inputs[1]].constant) sets_.ask(n.inputs[1], Layout::rows);
    }
    if (kind == Kind::batchnorm && rank(out) >= 3) sets_.ask(out, Layout::image);  // its channels are axis 1
    const bool identity = kind == Kind::view && g_.values[n.inputs[0]].dims() == g_.values[out].dims();
    if (!keeps_layout(kind) && !identity) return;
    ValueId first = kNone;
    const auto join = [&](ValueId v) {
      if (v == kNone || g_.values[v].constant || !g_.values[v].shaped || rank(v) != rank(n.outputs.front())) return;
      if (first == kNone) first = v;
      sets_.join(first, v);
    };
    for (const ValueId v : n.inputs) join(v);
    for (const ValueId v : n.outputs) join(v);
  }

  void may(const Node& n) {
    const Kind kind = find_rule(n)->kind;
    const ValueId in = n.inputs.empty() ? kNone : n.inputs.front();
    if (in == kNone || g_.values[in].constant) return;
    const ValueId out = n.outputs.front();
    if (kind == Kind::view && same_image(g_.values[in].dims(), g_.values[out].dims())) sets_.join_if_free(in, out);
    if (kind == Kind::transpose && shuffles_channels(n, rank(in))) sets_.join_if_free(in, out);
  }

  const Graph& g_;
  LayoutSets sets_;
};

// A matrix product whose operand had to become an image: only right where rows and image are the same memory.
base::Diagnostics conflicts(const Graph& g, const std::vector<Layout>& layouts) {
  base::Diagnostics problems;
  for (const Node& n : g.nodes) {
    const Kind kind = find_rule(n)->kind;
    if (kind != Kind::gemm && kind != Kind::matmul) continue;
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
