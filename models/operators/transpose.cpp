// Transpose: a view where only axes of one element change their order in memory, else a copy.
#include <fmt/format.h>

#include <algorithm>

#include "models/operators/axis_wishes.h"
#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

// By output axis; absent, the axes in reverse.
std::vector<std::int64_t> order_of(const NodeReader& node) {
  if (const auto* given = node.integers("perm")) return *given;
  std::vector<std::int64_t> order;
  for (std::size_t i = node.dims(0).size(); i-- > 0;) order.push_back(static_cast<std::int64_t>(i));
  return order;
}

void infer(Inference& node) {
  const Dims in = node.dims(0);
  const std::vector<std::int64_t> order = order_of(node);
  std::vector<std::int64_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  bool permutation = sorted.size() == in.size();
  for (std::size_t i = 0; permutation && i < sorted.size(); ++i)
    permutation = sorted[i] == static_cast<std::int64_t>(i);
  if (!permutation)
    node.fail(fmt::format("attribute 'perm' is {}, which is no permutation of {} axes", describe(order), in.size()));
  Dims out;
  for (const std::int64_t a : order) out.push_back(in[static_cast<std::size_t>(a)]);
  node.output(0, out);
}

// A transpose among the channel axes of an image only: first and last two axes stay.
bool shuffles_channels(const NodeReader& node) {
  const std::vector<std::int64_t> perm = order_of(node);
  const std::size_t rank = perm.size();
  if (rank < 4) return false;
  const auto r = static_cast<std::int64_t>(rank);
  return perm.front() == 0 && perm[rank - 1] == r - 1 && perm[rank - 2] == r - 2;
}

// Whether the elements stay where they are in memory.
bool stays(const Dims& in, Layout from, const Dims& out, Layout to, const std::vector<std::int64_t>& order) {
  std::vector<std::size_t> nested;
  for (const std::size_t a : nesting(out, to)) nested.push_back(static_cast<std::size_t>(order[a]));
  return nested == nesting(in, from);
}

// Rows that are an image in another order begin h and w where the image does. Of two tensors of rows, the result is cut
// between axes that are no neighbours in the input; the input where the inner of two axes becomes the outer one: one
// index of it and a range of the other are no range of both.
void axes(const NodeReader& node, AxisWishes& wishes) {
  const std::vector<std::int64_t> perm = order_of(node);
  const ValueId in = node.node().inputs[0], out = node.node().outputs[0];
  const std::size_t rank = perm.size();
  const auto turns = [&](ValueId v) { return wishes.layouts[v] == kTurned || wishes.layouts[v] == kPixels; };
  if ((turns(in) || turns(out)) &&
      stays(node.dims(0), wishes.layouts[in], node.graph().values[out].dims(), wishes.layouts[out], perm)) {
    // A view, however its rows are cut; those that are pixels too are best not cut at all.
    if (wishes.layouts[out] == kPixels && !wishes.image(in)) wishes.merged.push_back(in);
    if (wishes.layouts[in] == kPixels && !wishes.image(out)) wishes.merged.push_back(out);
    return;
  }
  const auto begins = [&](Layout layout, std::size_t axis) {
    const AxisGroups groups = axis_groups(rank, layout);
    return std::ranges::any_of(groups, [&](const auto& g) { return !g.empty() && g.front() == axis; });
  };
  std::vector<std::size_t> place(rank);
  for (std::size_t a = 0; a < rank; ++a) place[static_cast<std::size_t>(perm[a])] = a;
  for (std::size_t a = 0; a < rank; ++a) {
    const auto from = static_cast<std::size_t>(perm[a]);
    const bool neighbours = a > 0 && perm[a] == perm[a - 1] + 1;
    if (!wishes.image(out) && (!neighbours || (wishes.image(in) && begins(wishes.layouts[in], from))))
      wishes.cut(out, a);
    if (wishes.image(in)) continue;
    if (from > 0 && place[from] < place[from - 1]) wishes.cut(in, from, true);
    else if (wishes.image(out) && begins(wishes.layouts[out], a)) wishes.cut(in, from);
  }
}

void lower(Lowering& node) {
  const TensorId source = node.input(), output = node.output();
  const Tensor &in = node.at(source), &out = node.at(output);
  const std::vector<std::int64_t> order = order_of(node);
  if (stays(in.dims, in.layout, out.dims, out.layout, order)) return node.place_reshaped(source, output);
  std::vector<AxisMap> map(in.dims.size());
  for (std::size_t a = 0; a < order.size(); ++a) map[static_cast<std::size_t>(order[a])].from = static_cast<int>(a);
  node.move(source, output, std::move(map));
}

}  // namespace

extern const OperatorRule kTranspose{
    .infer = infer,
    .layout = {.keeps_image = shuffles_channels, .axes = axes},
    .lower = lower,
    .runs = "a view where the order in memory stays, else a copy",
};

}  // namespace tessera::models
