// Pad: a copy of the input with a rim, or without one. The fold_padding pass gives zeros to the convolutions and pools
// behind it where they alone read them; one that adds nothing is a view.
#include <fmt/format.h>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"
#include "models/operators/padding.h"

namespace tessera::models {

namespace {

Padding::Mode mode_of(const NodeReader& node) {
  const std::string word = node.word("mode", "constant", {"constant", "reflect", "edge", "wrap"});
  return word == "edge"      ? Padding::Mode::edge
         : word == "reflect" ? Padding::Mode::reflect
         : word == "wrap"    ? Padding::Mode::wrap
                             : Padding::Mode::constant;
}

// The value of a constant padding: input 2, an attribute before operator set 11; absent, 0.
bool adds_zeros(const NodeReader& node) {
  if (node.has(2)) {
    const Literal& value = node.in(2).literal;
    if (value.reals && value.reals->size() == 1) return value.reals->front() == 0;
    if (value.ints && value.ints->size() == 1) return value.ints->front() == 0;
    return true;
  }
  return !node.has_attribute("value") || node.real("value") == 0;
}

// The axes that the numbers stand for: input 3 (operator set 18), else all.
std::vector<std::size_t> padded_axes(const NodeReader& node, std::size_t rank) {
  std::vector<std::size_t> axes;
  if (node.has(3)) {
    for (const std::int64_t a : node.ints(3, "axes")) axes.push_back(node.axis(a, rank, "an element of input 'axes'"));
    for (std::size_t i = 0; i < axes.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (axes[i] == axes[j]) node.fail(fmt::format("'axes' names axis {} twice", axes[i]));
  } else {
    for (std::size_t a = 0; a < rank; ++a) axes.push_back(a);
  }
  return axes;
}

// A mirror shows each element once, and at least one element is left.
void check(const NodeReader& node, const Padding& padding, const Dims& in) {
  for (std::size_t a = 0; a < in.size(); ++a) {
    const auto [before, after] = padding.axes[a];
    const auto bounded = [](std::int64_t v) { return v > -kMaxElements && v < kMaxElements; };
    if (!bounded(before) || !bounded(after) || in[a] + before + after < 0)
      node.fail(fmt::format("pads {} and {} do not fit axis {} of {}", before, after, a, describe(in)));
    const bool adds = before > 0 || after > 0;
    if (adds && in[a] == 0 && padding.mode != Padding::Mode::constant)
      node.fail(fmt::format("axis {} of {} is empty: there is nothing to repeat", a, describe(in)));
    if (padding.mode == Padding::Mode::reflect && std::max(before, after) > std::max<std::int64_t>(in[a] - 1, 0))
      node.fail(fmt::format("pads {} and {} reflect more than axis {} of {} has", before, after, a, describe(in)));
  }
}

void infer(Inference& node) {
  Dims out = node.dims(0, 1, 8);
  const Padding padding = padding_of(node);
  for (std::size_t a = 0; a < out.size(); ++a) out[a] += padding.axes[a].before + padding.axes[a].after;
  node.output(0, out);
}

// The DMA engine writes the rim; from the source a tile loads what lies next to its rim, or what is repeated there.
void lower(Lowering& node) {
  const TensorId source = node.input(), output = node.output();
  const Dims dims = node.at(source).dims;
  const Padding padding = padding_of(node);
  std::vector<AxisMap> map(dims.size());
  bool adds = false;
  for (std::size_t a = 0; a < dims.size(); ++a) {
    AxisMap& m = map[a];
    const auto [before, after] = padding.axes[a];
    m.from = static_cast<int>(a);
    m.offset = -before;
    adds = adds || before != 0 || after != 0;
    if (before <= 0 && after <= 0) continue;
    m.wrap = padding.mode == Padding::Mode::wrap;
    if (m.wrap) continue;
    m.beyond = padding.mode == Padding::Mode::reflect ? AxisMap::Beyond::mirrored : AxisMap::Beyond::nearest;
  }
  if (!adds) return node.place_reshaped(source, output);
  node.move(source, output, std::move(map));
}

}  // namespace

Padding padding_of(const NodeReader& node) {
  const Dims& in = node.dims(0, 1, 8);
  if (!node.has(1)) node.require_attribute("pads");
  const std::vector<std::int64_t> pads = *node.input_or_attribute(1, "pads");
  const std::vector<std::size_t> axes = padded_axes(node, in.size());
  if (pads.size() != 2 * axes.size())
    node.fail(
        fmt::format("pads must have two numbers for each axis, but there are {} for {}", pads.size(), axes.size()));
  Padding padding{mode_of(node), std::vector<Padding::Axis>(in.size()), true};
  if (padding.mode == Padding::Mode::constant) padding.zeros = adds_zeros(node);
  for (std::size_t i = 0; i < axes.size(); ++i) padding.axes[axes[i]] = {pads[i], pads[i + axes.size()]};
  check(node, padding, in);
  return padding;
}

extern const OperatorRule kPad{.infer = infer,
                               .layout = kOneLayout,
                               .lower = lower,
                               .runs = "padding of the convolutions and pools behind it, else a copy"};

}  // namespace tessera::models
