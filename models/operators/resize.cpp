// Resize and Upsample of images, on the vector unit: nearest, linear or cubic.
#include <fmt/format.h>

#include <cmath>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

// Extents by the scales in the attribute (Upsample-7) or in input `at`.
Dims scaled(const Inference& node, const Dims& in, std::size_t at) {
  const auto attribute = node.node().attributes.find("scales");
  const std::vector<double>* scales = nullptr;
  if (attribute != node.node().attributes.end()) scales = &attribute->second.reals;
  else if (node.has(at) && node.in(at).literal.reals) scales = &*node.in(at).literal.reals;
  if (scales == nullptr || scales->size() != in.size()) node.fail("the scales are not known from the file");
  Dims out = in;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const double extent = static_cast<double>(in[i]) * (*scales)[i];
    if (!(extent >= 1 && extent <= 1e9)) node.fail(fmt::format("axis {} scaled by {}", i, (*scales)[i]));
    out[i] = static_cast<std::int64_t>(std::floor(extent + 1e-6));
  }
  return out;
}

// Sizes are input 3 where they are given (Resize-11).
void infer(Inference& node, std::size_t scales) {
  const Dims in = node.dims(0, 3, 4);
  Dims out = node.has(3) ? Dims(node.ints(3, "sizes")) : scaled(node, in, scales);
  node.require(out.size() == in.size() && out[0] == in[0] && out[1] == in[1], "only height and width can be resized");
  node.output(0, std::move(out));
}

// Scales are input 1 of Resize-10, which has two inputs, and input 2 of Resize-11.
void infer_resize(Inference& node) { infer(node, node.input_count() == 2 ? 1 : 2); }
void infer_upsample(Inference& node) { infer(node, 1); }

void lower(Lowering& node) {
  const TensorId input = node.input(), output = node.output();
  const Shape in = node.at(input).shape, out = node.at(output).shape;
  const std::string mode = node.has_attribute("mode") ? node.node().attributes.at("mode").text : "nearest";
  Operator& op = node.add(Unit::vector, output);
  op.inputs = {input};
  op.vector.reach = mode == "cubic" ? 2 : mode == "nearest" ? 0 : 1;
  op.vector.scale_h = static_cast<double>(out[kH]) / static_cast<double>(in[kH]);
  op.vector.scale_w = static_cast<double>(out[kW]) / static_cast<double>(in[kW]);
}

}  // namespace

extern const OperatorRule kResize{.infer = infer_resize, .layout = kImages, .lower = lower, .reads_weights = false};
extern const OperatorRule kUpsample{.infer = infer_upsample, .layout = kImages, .lower = lower, .reads_weights = false};

}  // namespace tessera::models
