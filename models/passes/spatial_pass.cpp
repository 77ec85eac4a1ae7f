// Convolutions over axes that are none: a volume of one slice, an image of which the kernel takes all.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "models/graph/graph_editor.h"
#include "models/operators/operators.h"
#include "models/operators/window.h"
#include "models/passes/passes.h"

namespace tessera::models {

namespace {

class SpatialAxes {
 public:
  explicit SpatialAxes(Graph& graph) : e_(graph) {}

  void run() {
    for (NodeId n = 0; n < e_.graph().nodes.size(); ++n)
      if (e_.is(n, "Conv") && e_.constant(e_.node(n).inputs[1]) && reader_reshapes(n)) rewrite(n);
    e_.finish();
  }

 private:
  [[nodiscard]] const Dims& dims(ValueId v) { return e_.graph().values[v].dims(); }
  [[nodiscard]] bool is_view(NodeId n) { return n != kNone && e_.alive(n) && rule_of(e_.node(n)).is_view; }

  // Whether a reshape takes the result, functions without numbers of channels between: they go before it.
  [[nodiscard]] bool reader_reshapes(NodeId n) {
    ValueId v = e_.node(n).outputs[0];
    for (NodeId next = e_.only_reader(v); next != kNone; next = e_.only_reader(v)) {
      if (is_view(next)) return true;
      const auto& in = e_.node(next).inputs;
      const bool plain = std::ranges::all_of(in, [&](ValueId other) { return other == v || e_.scalar(other); });
      if (rule_of(e_.node(next)).fusion.post != FusionRule::Post::function || !plain) return false;
      v = e_.node(next).outputs[0];
    }
    return false;
  }

  void rewrite(NodeId n) {
    const Dims weights = dims(e_.node(n).inputs[1]);
    const auto window = resolve_window(NodeReader(e_.graph(), n), Dims(weights.begin() + 2, weights.end()));
    const auto none = [](const WindowAxis& a) {
      return a.in == 1 && a.kernel == 1 && a.out == 1 && a.pad_begin + a.pad_end == 0;
    };
    const auto all = [](const WindowAxis& a) {
      return a.kernel == a.in && a.out == 1 && a.dilation == 1 && a.pad_begin + a.pad_end == 0;
    };
    const Node& node = e_.node(n);
    const auto group = node.attributes.find("group");
    const bool groups = group != node.attributes.end() && group->second.ints != Dims{1};
    if (!groups && std::ranges::all_of(window, all) && !std::ranges::all_of(window, none)) return to_product(n);
    if (window.size() < 3) return;
    if (const auto axis = std::ranges::find_if(window, none); axis != window.end())
      drop(n, static_cast<std::size_t>(axis - window.begin()), window);
  }

  Node view(const Node& like, const char* suffix, ValueId from, ValueId to) {
    Node v;
    v.name = like.name + suffix;
    v.type = "Reshape";
    v.inputs = {from};
    v.outputs = {to};
    v.where = like.where;
    return v;
  }

  // What the convolution makes under the shape that it has without some axes.
  void put_result(NodeId n, Dims shape) {
    Node& node = e_.node(n);
    const ValueId result = node.outputs[0];
    const ValueId made = e_.graph().add_value(node.name + "#result", std::move(shape), result);
    e_.put_behind(n, view(node, "#result", made, result));
    node.outputs = {made};
  }
  void put_source(NodeId n, Dims shape) {
    Node& node = e_.node(n);
    const ValueId source = node.inputs[0];
    const ValueId seen = e_.graph().add_value(node.name + "#source", std::move(shape), source);
    e_.put_before(n, view(node, "#source", source, seen));
    node.inputs[0] = seen;
  }

  // [N, C, kernel] as one row of all its numbers.
  void to_product(NodeId n) {
    Node& node = e_.node(n);
    const Dims image = dims(node.inputs[0]), weights = dims(node.inputs[1]);
    const std::int64_t all = elements(image) / std::max<std::int64_t>(image[0], 1);
    const ValueId w = node.inputs[1];
    node.inputs[1] = e_.graph().add_value(e_.graph().values[w].name + "#matrix", {weights[0], all}, w);
    put_source(n, {image[0], all});
    put_result(n, {image[0], weights[0]});
    e_.graph().notes.push_back({node.name, "a product: its kernel is the whole image"});
    node.type = "Gemm";
    node.attributes = {{"transB", Attribute::integer(1)}};
  }

  void drop(NodeId n, std::size_t axis, const std::vector<WindowAxis>& window) {
    Node& node = e_.node(n);
    const auto without = [&](Dims shape) {
      shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis) + 2);
      return shape;
    };
    const Dims image = without(dims(node.inputs[0])), result = without(dims(node.outputs[0]));
    const NodeId before = e_.producer(node.inputs[0]);
    if (!is_view(before) || dims(e_.node(before).inputs[0]) != image) return;
    std::vector<std::int64_t> strides, dilations, pads, ends;
    for (std::size_t a = 0; a < window.size(); ++a) {
      if (a == axis) continue;
      strides.push_back(window[a].stride), dilations.push_back(window[a].dilation);
      pads.push_back(window[a].pad_begin), ends.push_back(window[a].pad_end);
    }
    pads.insert(pads.end(), ends.begin(), ends.end());
    const ValueId w = node.inputs[1];
    node.inputs[1] = e_.graph().add_value(e_.graph().values[w].name + "#flat", without(dims(w)), w);
    for (const char* gone : {"kernel_shape", "auto_pad"}) node.attributes.erase(gone);
    node.attributes["strides"] = Attribute::integers(strides);
    node.attributes["dilations"] = Attribute::integers(dilations);
    node.attributes["pads"] = Attribute::integers(pads);
    put_source(n, image);
    put_result(n, result);
    e_.graph().notes.push_back({node.name, "without an axis of one element"});
  }

  GraphEditor e_;
};

}  // namespace

void drop_spatial_axes(Graph& graph) { SpatialAxes(graph).run(); }

}  // namespace tessera::models
