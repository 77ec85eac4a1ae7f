// Operators of com.microsoft on images whose channels lie last, as optimized diffusion models have them, and the sum of
// a residual connection with its bias.
#include <fmt/format.h>

#include "models/expansion/expansion.h"
#include "models/operators/inference.h"
#include "models/operators/operator_rule.h"
#include "models/operators/window.h"

namespace tessera::models {

namespace {

ValueId channels_second(Expansion& e, ValueId v) { return e.transpose("channels_second", v, {0, 3, 1, 2}); }
ValueId channels_last(Expansion& e, ValueId v) { return e.transpose("channels_last", v, {0, 2, 3, 1}); }

// NhwcConv: an image [N, H, W, C], weights [M, height, width, C / groups], a bias.
void infer_conv(Inference& node) {
  const Dims &in = node.dims(0, 4, 4), &weight = node.dims(1, 4, 4);
  const std::int64_t groups = node.integer("group", 1, 1, kMaxElements);
  if (in[3] % groups != 0 || weight[0] % groups != 0 || in[3] / groups != weight[3])
    node.fail(fmt::format("weights {} do not fit an input {} in {} group(s)", describe(weight), describe(in), groups));
  if (node.has(2) && node.dims(2) != Dims{weight[0]})
    node.fail(fmt::format("its bias {} does not fit {} channels", describe(node.dims(2)), weight[0]));
  const auto window = resolve_window(node, {weight[1], weight[2]}, 1);
  node.output(0, {in[0], window[0].out, window[1].out, weight[0]});
}

void expand_conv(Expansion& e) {
  const Dims w = e.dims(1);
  if (!e.constant(e.input(1))) e.fail("its weights are no constant, so they lie as they are made");
  const Expansion::Attributes attributes = e.node().attributes;
  std::vector<ValueId> inputs{channels_second(e, e.input(0)),
                              e.reshape("weights", e.input(1), {w[0], w[3], w[1], w[2]})};
  if (e.has(2)) inputs.push_back(e.input(2));
  e.give(0, channels_last(e, e.make("conv", "Conv", std::move(inputs), attributes)));
}

// GroupNorm: an image, scale and shift of its channels; perhaps SiLU behind it. SkipGroupNorm adds a second image, and
// perhaps a bias, before it, and may give the sum too.
bool lies_last(const NodeReader& node) { return node.integer("channels_last", 1, 0, 1) == 1; }

void infer_group(Inference& node) {
  const Dims& in = node.dims(0, 4, 4);
  const std::int64_t channels = in[lies_last(node) ? 3 : 1];
  node.require_attribute("groups");
  node.require_attribute("activation");
  (void)node.integer("activation", 0, 0, 1);
  const std::int64_t groups = node.integer("groups", 1, 1, kMaxElements);
  if (channels % groups != 0) node.fail(fmt::format("{} channels do not make {} groups", channels, groups));
  for (const std::size_t i : {1, 2})
    if (node.dims(i) != Dims{channels})
      node.fail(fmt::format("input {} has the shape {}, but [{}] is needed", i, describe(node.dims(i)), channels));
  node.output(0, in);
}

void infer_skip_group(Inference& node) {
  infer_group(node);
  const Dims in = node.dims(0);
  if (broadcast(node, in, node.dims(3)) != in && node.dims(3) != Dims{in[0], in[lies_last(node) ? 3 : 1]})
    node.fail(fmt::format("the skip {} does not broadcast to {}", describe(node.dims(3)), describe(in)));
  if (node.has(4) && node.dims(4) != Dims{in[lies_last(node) ? 3 : 1]})
    node.fail(fmt::format("its bias {} does not fit {}", describe(node.dims(4)), describe(in)));
  node.output(1, in);
}

ValueId normalized(Expansion& e, ValueId x) {
  const bool last = lies_last(e), activates = e.integer("activation", 0, 0, 1) == 1;
  const auto groups = Attribute::integer(e.integer("groups", 1, 1, kMaxElements));
  ValueId v = last ? channels_second(e, x) : x;
  v = e.make("normalized", "GroupNormalization", {v, e.input(1), e.input(2)}, {{"num_groups", groups}});
  if (activates) v = e.make("activation", "Silu", {v});
  return last ? channels_last(e, v) : v;
}

void expand_group(Expansion& e) { e.give(0, normalized(e, e.input(0))); }

void expand_skip_group(Expansion& e) {
  const Dims in = e.dims(0), skip = e.dims(3);
  const bool last = lies_last(e);
  const Dims pixel = last ? Dims{skip[0], 1, 1, skip.back()} : Dims{skip[0], skip.back(), 1, 1};
  const ValueId other = skip.size() == 2 ? e.reshape("skip", e.input(3), pixel) : e.input(3);
  ValueId sum = e.make("sum", "Add", {e.input(0), other});
  if (e.has(4)) {
    const Dims channels = last ? Dims{e.dims(4)[0]} : Dims{e.dims(4)[0], 1, 1};
    sum = e.make("biased", "Add", {sum, e.reshape("bias", e.input(4), channels)});
  }
  if (e.wants(0)) e.give(0, normalized(e, sum));
  if (e.wants(1)) e.give(1, sum);
}

// BiasAdd: rows, one number for each column, and rows of the same shape.
void infer_bias_add(Inference& node) {
  const Dims& in = node.dims(0, 3, 3);
  if (node.dims(1) != Dims{in.back()})
    node.fail(fmt::format("its bias {} does not fit {}", describe(node.dims(1)), describe(in)));
  if (node.dims(2) != in)
    node.fail(fmt::format("the skip {} has another shape than {}", describe(node.dims(2)), describe(in)));
  same_shape(node);
}

void expand_bias_add(Expansion& e) {
  e.give(0, e.make("sum", "Add", {e.make("biased", "Add", {e.input(0), e.input(1)}), e.input(2)}));
}

}  // namespace

extern const OperatorRule kNhwcConv{.infer = infer_conv, .expand = expand_conv};
extern const OperatorRule kGroupNorm{.infer = infer_group, .expand = expand_group};
extern const OperatorRule kSkipGroupNorm{.infer = infer_skip_group, .expand = expand_skip_group};
extern const OperatorRule kBiasAdd{.infer = infer_bias_add, .expand = expand_bias_add};

}  // namespace tessera::models
