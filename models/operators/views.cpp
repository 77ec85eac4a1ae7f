// Operators that give their input another shape, or pass it on: no work where the elements keep their order in memory.
#include <fmt/format.h>

#include <algorithm>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

void infer_identity(Inference& node) { same_shape(node); }

// Outside training nothing is dropped, and the mask is true everywhere: a constant, whoever reads it. In training with
// a ratio of 0 nothing is dropped either.
void require_inference(const NodeReader& node) {
  if (!node.has(2) || node.ints(2, "training mode") == std::vector<std::int64_t>{0}) return;
  const bool drops_nothing = node.has(1) && node.in(1).literal.reals == std::vector<double>{0};
  if (!drops_nothing)
    node.fail("it drops elements at random, since its training mode is true: export the network for inference");
}

void infer_dropout(Inference& node) {
  require_inference(node);
  same_shape(node);
  if (node.output_count() < 2 || node.node().outputs[1] == kNone) return;
  node.output(1, node.dims(0));
  node.output_type(1, ElementType::boolean);
  node.result(1).constant = true;
}

// The shape as the node gives it: 0 copies an axis, one -1 stands for what is left. `open`: where the -1 is.
Dims given_shape(const Inference& node, const Dims& in, std::size_t& open, std::int64_t& known) {
  const bool as_input = node.input_count() > 1, keeps_zero = node.flag("allowzero", false);
  if (!as_input) node.require_attribute("shape");
  Dims out = as_input ? node.ints(1, "shape") : *node.integers("shape");
  if (out.size() > kMaxAxes) node.fail(fmt::format("the shape {} has too many axes", describe(out)));
  open = out.size();
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] == 0 && !keeps_zero) {
      node.require(i < in.size(), "a 0 in the shape copies an axis that the input does not have");
      out[i] = in[i];
    }
    if (out[i] == -1) {
      node.require(open == out.size(), "the shape holds -1 twice");
      open = i;
    } else {
      if (out[i] < 0 || out[i] > kMaxElements / std::max<std::int64_t>(known, 1))
        node.fail(fmt::format("the shape {} is impossible", describe(out)));
      known *= out[i];
    }
  }
  return out;
}

void infer_reshape(Inference& node) {
  const Dims in = node.dims(0);
  std::size_t open = 0;
  std::int64_t known = 1;
  Dims out = given_shape(node, in, open, known);
  const std::int64_t all = elements(in);
  if (open < out.size() && known > 0 && all % known == 0) out[open] = all / known;
  if (std::count(out.begin(), out.end(), -1) != 0 || elements(out) != all)
    node.fail(fmt::format("{} elements {} do not fit the shape {}", all, describe(in), describe(out)));
  node.output(0, out);
}

void infer_flatten(Inference& node) {
  const Dims& in = node.dims(0);
  const auto rank = static_cast<std::int64_t>(in.size());
  const std::int64_t a = node.integer("axis", std::min<std::int64_t>(1, rank), -rank, rank);
  const std::int64_t at = a < 0 ? a + rank : a;
  node.output(0, {elements(Dims(in.begin(), in.begin() + at)), elements(Dims(in.begin() + at, in.end()))});
}

void infer_squeeze(Inference& node) {
  const Dims in = node.dims(0);
  const std::vector<std::size_t> axes = node.axes(1, in.size());
  Dims out;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const bool named = std::binary_search(axes.begin(), axes.end(), i);
    if (named && in[i] != 1) node.fail(fmt::format("axis {} of {} is not 1", i, describe(in)));
    if (!(named || (axes.empty() && in[i] == 1))) out.push_back(in[i]);
  }
  node.output(0, out);
}

void infer_unsqueeze(Inference& node) {
  const Dims in = node.dims(0);
  if (!node.has(1)) node.require_attribute("axes");
  const std::size_t named = node.input_or_attribute(1, "axes")->size();
  node.require(named <= kMaxAxes, "'axes' has too many numbers");
  const std::vector<std::size_t> axes = node.axes(1, in.size() + named);
  Dims out;
  std::size_t next = 0;
  for (std::size_t i = 0; i < in.size() + named; ++i)
    out.push_back(std::binary_search(axes.begin(), axes.end(), i) ? 1 : in[next++]);
  node.output(0, out);
}

// Whether an image of one shape seen as an image of the other has its elements in the same order.
bool same_image(const NodeReader& node) {
  const Dims &in = node.dims(0), &out = node.graph().values[node.node().outputs[0]].dims();
  if (in.size() < 2 || out.size() < 2) return false;
  const Shape x = canonical_shape(in, Layout::image), y = canonical_shape(out, Layout::image);
  return x[kN] == y[kN] && x[kC] == y[kC] && x[kH] * x[kW] == y[kH] * y[kW];
}

bool in_file_order(const Tensor& t) { return models::in_file_order(t.dims, t.layout); }

// Whether both enumerate their elements in one order: both in the file's, or images of which only height and width
// are cut differently.
bool same_order(const Tensor& in, const Tensor& out) {
  if (in_file_order(in) && in_file_order(out)) return true;
  if (in.layout == kPixels && out.layout == kPixels) return in.shape == out.shape;
  return in.layout == Layout::image && out.layout == Layout::image && in.shape[kN] == out.shape[kN] &&
         in.shape[kC] == out.shape[kC];
}

// Whether `v` is only multiplied by constant weights: their rows are put in the order of `in`, each row of `v` being
// one image of it.
bool weights_can_follow(const Lowering& node, ValueId v, const Shape& in, const Shape& out) {
  if (node.readers(v).empty() || in[kN] != out[kN] * out[kH] * out[kW] || node.value(v).network_output) return false;
  return std::all_of(node.readers(v).begin(), node.readers(v).end(), [&](NodeId r) {
    const Node& reader = node.graph().nodes[r];
    return rule_of(reader).layout.wish == LayoutRule::Wish::rows && reader.inputs[0] == v &&
           node.value(reader.inputs[1]).constant;
  });
}

void lower(Lowering& node) {
  const TensorId source = node.input(), output = node.output();
  const bool in_place = same_order(node.at(source), node.at(output)) ||
                        weights_can_follow(node, node.node().outputs[0], node.at(source).shape, node.at(output).shape);
  if (in_place) node.place_reshaped(source, output);
  else node.move(source, output);
}

constexpr OperatorRule view(void (*infer)(Inference&)) {
  return {.infer = infer,
          .layout = {.alike = LayoutRule::Alike::same_shape, .keeps_image = same_image},
          .lower = lower,
          .is_view = true};
}

}  // namespace

extern const OperatorRule kIdentity = view(infer_identity);
extern const OperatorRule kDropout = view(infer_dropout);
extern const OperatorRule kReshape = view(infer_reshape);
extern const OperatorRule kFlatten = view(infer_flatten);
extern const OperatorRule kSqueeze = view(infer_squeeze);
extern const OperatorRule kUnsqueeze = view(infer_unsqueeze);

}  // namespace tessera::models
