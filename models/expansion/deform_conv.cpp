// DeformConv: every tap of every output reads the image beside its place, by an offset that the network computes.
//
//   the offsets, in the order of the samples   -> positions [n, out_h x kernel_h, out_w x kernel_w, 2]
//   GridSample of the image at the positions   -> [n, channels, out_h x kernel_h, out_w x kernel_w]
//   times the mask, where there is one
//   a convolution whose windows lie side by side, so its MACs are those of the deformed one
#include <fmt/format.h>

#include "models/expansion/expansion.h"
#include "models/operators/inference.h"
#include "models/operators/operator_rule.h"
#include "models/operators/window.h"

namespace tessera::models {

namespace {

constexpr std::int64_t kMostGroups = 1 << 20;

struct Deformed {
  Dims in, out, kernel;     // out, kernel: height and width
  std::int64_t groups = 1;  // of offsets
  [[nodiscard]] std::int64_t taps() const { return kernel[0] * kernel[1]; }
};

// Inputs: image, weights, offsets, bias, mask.
Deformed read(const NodeReader& node) {
  const Dims &in = node.dims(0, 4, 4), &weight = node.dims(1, 4, 4);
  Deformed d{in, {}, {weight[2], weight[3]}, node.integer("offset_group", 1, 1, kMostGroups)};
  for (const WindowAxis& a : resolve_window(node, d.kernel)) d.out.push_back(a.out);
  const std::int64_t groups = node.integer("group", 1, 1, kMostGroups);
  if (in[1] != weight[1] * groups || weight[0] % groups != 0 || in[1] % d.groups != 0)
    node.fail(fmt::format("weights {} do not fit an image {} in {} group(s) with {} group(s) of offsets",
                          describe(weight), describe(in), groups, d.groups));
  const auto require = [&](std::size_t input, std::int64_t each) {
    const Dims wanted{in[0], d.groups * d.taps() * each, d.out[0], d.out[1]};
    if (node.has(input) && node.dims(input) != wanted)
      node.fail(fmt::format("input {} has the shape {}, but {} is needed", input, describe(node.dims(input)),
                            describe(wanted)));
  };
  require(2, 2);
  require(4, 1);
  return d;
}

void infer(Inference& node) {
  const Deformed d = read(node);
  node.output(0, {d.in[0], node.dims(1)[0], d.out[0], d.out[1]});
}

// Numbers [n, taps x each, out_h, out_w] in the order of the samples, `each` last where there are two.
ValueId beside_each_other(Expansion& e, const Deformed& d, const std::string& name, ValueId v, std::int64_t each) {
  const std::int64_t n = d.in[0], kh = d.kernel[0], kw = d.kernel[1], oh = d.out[0], ow = d.out[1];
  const ValueId cut = e.reshape(name + "_cut", v, {n, kh, kw, each, oh, ow});
  const ValueId turned = e.transpose(name + "_turned", cut, {0, 4, 1, 5, 2, 3});
  return e.reshape(name + "_placed", turned, each == 1 ? Dims{n, 1, oh * kh, ow * kw} : Dims{n, oh * kh, ow * kw, 2});
}

ValueId part_of(Expansion& e, const std::string& name, ValueId v, std::int64_t groups, std::int64_t group) {
  const std::int64_t count = e.shape(v)[1] / groups;
  return e.part(name, v, 1, group * count, count);
}

void expand(Expansion& e) {
  const Deformed d = read(e);
  const std::int64_t group = e.integer("group", 1, 1, kMostGroups);
  std::vector<ValueId> samples;
  for (std::int64_t g = 0; g < d.groups; ++g) {
    const auto name = [&](const char* what) { return d.groups == 1 ? what : fmt::format("{}{}", what, g); };
    const ValueId offsets = part_of(e, name("offsets"), e.input(2), d.groups, g);
    const ValueId moved = beside_each_other(e, d, name("offsets"), offsets, 2);
    Dims grid = e.shape(moved);
    grid[0] = 1;
    const ValueId positions = e.make(name("positions"), "Add", {moved, e.constant(name("grid"), grid, e.input(2))});
    const ValueId image = part_of(e, name("image"), e.input(0), d.groups, g);
    ValueId sampled = e.make(name("sampled"), "GridSample", {image, positions});
    if (e.has(4)) {
      const ValueId mask = part_of(e, name("mask"), e.input(4), d.groups, g);
      sampled = e.make(name("masked"), "Mul", {sampled, beside_each_other(e, d, name("mask"), mask, 1)});
    }
    samples.push_back(sampled);
  }
  std::vector<ValueId> inputs{e.concat("samples", samples, 1), e.input(1)};
  if (e.has(3)) inputs.push_back(e.input(3));
  e.give(0, e.make("conv", "Conv", std::move(inputs),
                   {{"kernel_shape", Attribute::integers(d.kernel)},
                    {"strides", Attribute::integers(d.kernel)},
                    {"group", Attribute::integer(group)}}));
}

}  // namespace

extern const OperatorRule kDeformConv{.infer = infer, .expand = expand};

}  // namespace tessera::models
