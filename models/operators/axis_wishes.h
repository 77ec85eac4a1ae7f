// What operators say of the axes of tensors that lie as rows: which of them are best one canonical axis, and where a
// canonical axis has to begin so that the parts that an operator takes are boxes. passes/layout_pass.h makes layouts of
// it.
#pragma once

#include <utility>
#include <vector>

#include "models/graph/graph.h"

namespace tessera::models {

struct AxisWishes {
  struct Cut {
    ValueId value;
    std::size_t axis;
    bool must;  // also of tensors that no product reads or writes
  };
  const std::vector<Layout>& layouts;  // by value: which are images is known when rules are asked
  std::vector<ValueId> merged;         // the rows of a product that may go over several leading indices
  std::vector<ValueId> matrices;       // of two axes, which a product goes over row by row
  std::vector<Cut> cuts;
  std::vector<std::pair<ValueId, ValueId>> passed_on;  // of one rank: the second best cut wherever the first is

  [[nodiscard]] bool image(ValueId v) const { return layouts[v].kind != Layout::Kind::rows; }
  // A part of `axis` is a box only where a canonical axis begins there.
  void cut(ValueId v, std::size_t axis, bool must = false) { cuts.push_back({v, axis, must}); }
  // The same where `axis` is taken out of its neighbours on both sides.
  void take_out(ValueId v, std::size_t axis) { cut(v, axis), cut(v, axis + 1); }
};

}  // namespace tessera::models
