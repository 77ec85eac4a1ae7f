// A constant factor or summand behind a normalization: it has a scale and a shift of its own.
#include <algorithm>
#include <array>
#include <string_view>

#include "models/graph/graph_editor.h"
#include "models/operators/node_reader.h"
#include "models/operators/operators.h"
#include "models/passes/passes.h"

namespace tessera::models {

namespace {

class Scales {
 public:
  explicit Scales(Graph& graph) : e_(graph) {}

  void run() {
    for (NodeId n = 0; n < e_.graph().nodes.size(); ++n) {
      bool more = true;
      while (more && is_normalization(n)) more = take(n);
      if (e_.is(n, "Mul")) take_shift(n);
    }
    e_.finish();
  }

 private:
  [[nodiscard]] const Dims& dims(ValueId v) { return e_.graph().values[v].dims(); }

  [[nodiscard]] bool is_normalization(NodeId n) {
    constexpr std::array<std::string_view, 5> kTypes{"GroupNormalization", "InstanceNormalization",
                                                     "LayerNormalization", "MeanVarianceNormalization",
                                                     "RMSNormalization"};
    return std::ranges::any_of(kTypes, [&](std::string_view type) { return e_.is(n, type); }) &&
           e_.node(n).outputs.size() == 1;
  }
  [[nodiscard]] bool is(NodeId n, std::string_view a, std::string_view b) { return e_.is(n, a) || e_.is(n, b); }

  // Numbers that are the same for all that is normalized apart: along the axes that a scale of `n` has.
  [[nodiscard]] bool is_parameter(NodeId n, ValueId v) {
    const Dims &image = dims(e_.node(n).outputs[0]), &shape = dims(v);
    if (e_.is(n, "MeanVarianceNormalization")) return true;
    if (is(n, "InstanceNormalization", "GroupNormalization"))
      return shape.size() + 1 >= image.size() && elements(shape) == image[1] &&
             shape[shape.size() + 1 - image.size()] == image[1];
    const auto first = static_cast<std::ptrdiff_t>(NodeReader(e_.graph(), n).axis_attribute(-1, image.size()));
    const auto long_axis = std::ranges::find_if(shape, [](std::int64_t extent) { return extent != 1; });
    const Dims row(image.begin() + first, image.end()), counted(long_axis, shape.end());
    return counted == row;
  }

  // The next node where it scales or shifts all alike, or each number that a parameter of `n` has.
  bool take(NodeId n) {
    const ValueId v = e_.node(n).outputs[0];
    const NodeId next = e_.only_reader(v);
    const bool scale = is(next, "Mul", "Div"), shift = is(next, "Add", "Sub");
    if ((!scale && !shift) || e_.variable_input(next) != v || dims(e_.node(next).outputs[0]) != dims(v)) return false;
    const auto& in = e_.node(next).inputs;
    if (e_.is(next, "Div") && in[0] != v) return false;
    const ValueId other = in[in[0] == v ? 1 : 0];
    if (!e_.scalar(other) && !is_parameter(n, other)) return false;
    if (!put(n, other, scale ? 1 : 2)) return false;
    e_.merge(n, {next}, e_.node(next).outputs[0],
             scale ? "folded into the scale of " + e_.node(n).name : "folded into the shift of " + e_.node(n).name);
    return true;
  }

  // Into the scale (1) or the shift (2); one number goes into one that is there.
  bool put(NodeId n, ValueId other, std::size_t place) {
    auto& in = e_.node(n).inputs;
    if (place == 2 && e_.is(n, "RMSNormalization")) return false;
    if (in.size() > place)
      return in[place] != kNone && e_.constant(in[place]) &&
             (e_.scalar(other) || elements(dims(in[place])) == elements(dims(other)));
    if (e_.scalar(other)) return true;
    if (in.size() < place) return false;
    in.push_back(other);
    return true;
  }

  // The one number for each channel of an image that a node adds or multiplies by; kNone.
  [[nodiscard]] ValueId of_channels(NodeId n, ValueId v) {
    const Dims& image = dims(v);
    if (e_.variable_input(n) != v || image.size() < 3 || dims(e_.node(n).outputs[0]) != image) return kNone;
    const auto& in = e_.node(n).inputs;
    const ValueId other = in[in[0] == v ? 1 : 0];
    const Dims& shape = dims(other);
    const bool channels = shape.size() + 1 >= image.size() && elements(shape) == image[1] && image[1] > 1 &&
                          shape[shape.size() + 1 - image.size()] == image[1];
    return channels ? other : kNone;
  }

  // A scale and a shift of each channel are a batch normalization, where no weights before them take both.
  void take_shift(NodeId n) {
    const ValueId source = e_.variable_input(n), scaled = e_.node(n).outputs[0];
    const NodeId before = e_.producer(source), next = e_.only_reader(scaled);
    if (source == kNone || !e_.is(next, "Add")) return;
    if (before != kNone && rule_of(e_.node(before)).fusion.head >= FusionRule::Head::scale_shift) return;
    const ValueId scale = of_channels(n, source), shift = of_channels(next, scaled);
    if (scale == kNone || shift == kNone) return;
    const Dims channels{dims(source)[1]};
    std::vector<ValueId> inputs{source};
    for (const ValueId v : {scale, shift, shift, scale})
      inputs.push_back(e_.graph().add_value(e_.graph().values[v].name + "#channels", channels, v));
    Node& node = e_.node(n);
    node.type = "BatchNormalization";
    node.inputs = std::move(inputs);
    node.attributes.clear();
    e_.merge(n, {next}, e_.node(next).outputs[0], "folded into the shift of " + node.name);
  }

  GraphEditor e_;
};

}  // namespace

void fold_scales(Graph& graph) { Scales(graph).run(); }

}  // namespace tessera::models
