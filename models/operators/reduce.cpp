// Reductions, on the vector unit: sums, means and the like over whole axes.
#include <algorithm>
#include <numeric>

#include "models/operators/inference.h"
#include "models/operators/lowering.h"

namespace tessera::models {

namespace {

void infer(Inference& node) {
  const Dims in = node.dims(0);
  std::vector<std::size_t> axes = node.axes(1, in.size());
  if (axes.empty() && !node.flag("noop_with_empty_axes", false)) {
    axes.resize(in.size());
    std::iota(axes.begin(), axes.end(), std::size_t{0});
  }
  const bool keep = node.flag("keepdims", true);
  Dims out;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!std::binary_search(axes.begin(), axes.end(), i)) out.push_back(in[i]);
    else if (keep) out.push_back(1);
  }
  node.output(0, out);
}

void lower(Lowering& node) {
  const TensorId input = node.input(), output = node.output();
  const Layout layout = node.at(input).layout;
  const std::size_t rank = node.at(input).dims.size();
  std::vector<std::size_t> axes = node.axes(1, rank);
  if (axes.empty())
    for (std::size_t a = 0; a < rank; ++a) axes.push_back(a);
  const bool keep = node.at(output).dims.size() == rank;
  Operator& op = node.add(Unit::vector, output);
  op.inputs = {input};
  op.access = Operator::Access::axes;
  op.vector.reducing = true;
  op.maps.resize(1);
  int next = 0;
  for (std::size_t a = 0; a < rank; ++a) {
    AxisMap map;
    const bool reduced = std::binary_search(axes.begin(), axes.end(), a);
    if (reduced) op.vector.reduced[static_cast<std::size_t>(canonical_axis(a, rank, layout))] = true;
    else map.from = next;
    if (!reduced || keep) ++next;
    op.maps[0].push_back(map);
  }
}

}  // namespace

extern const OperatorRule kReduction{.infer = infer, .layout = kOneLayout, .lower = lower};
extern const OperatorRule kProduct{.infer = infer, .layout = kOneLayout, .lower = lower};

}  // namespace tessera::models
