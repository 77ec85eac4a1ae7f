#include "scheduler/tiles/box_index.h"

#include <algorithm>

#include "base/units.h"

namespace tessera::scheduler {

using base::ceil_div;
using models::Box;
using models::Shape;

BoxIndex::BoxIndex(const Shape& shape, std::vector<Box> boxes, std::vector<std::uint32_t> ids)
    : boxes_(std::move(boxes)), ids_(std::move(ids)) {
  // The mean extent of the boxes, rounded up: a box of a regular grid then meets few cells, and a cell few boxes.
  Shape sum{0, 0, 0, 0};
  for (const auto& box : boxes_)
    for (int a = 0; a < 4; ++a) sum[static_cast<std::size_t>(a)] += box.extent(a);
  std::int64_t count = 1;
  for (std::size_t a = 0; a < 4; ++a) {
    if (!boxes_.empty())
      cell_[a] = std::clamp<std::int64_t>(ceil_div(sum[a], static_cast<std::int64_t>(boxes_.size())), 1, shape[a]);
    cells_[a] = ceil_div(shape[a], cell_[a]);
    count *= cells_[a];
  }
  // Few boxes in a large tensor (windows that leave most of it unwritten): coarser cells bound the memory.
  for (std::size_t a = 0; count > 64 + 8 * static_cast<std::int64_t>(boxes_.size()); a = (a + 1) % 4) {
    count /= cells_[a];
    cell_[a] = std::min(cell_[a] * 2, shape[a]);
    cells_[a] = ceil_div(shape[a], cell_[a]);
    count *= cells_[a];
  }
  rows_.assign(static_cast<std::size_t>(count) + 1, 0);
  for (const auto& box : boxes_) for_each_cell(box, [&](std::size_t cell) { ++rows_[cell + 1]; });
  for (std::size_t i = 1; i < rows_.size(); ++i) rows_[i] += rows_[i - 1];
  members_.resize(rows_.back());
  auto next = rows_;
  for (std::uint32_t i = 0; i < boxes_.size(); ++i)
    for_each_cell(boxes_[i], [&](std::size_t cell) { members_[next[cell]++] = i; });
}

BoxIndex::Cells BoxIndex::cells_of(const Box& box) const {
  Cells c;
  for (std::size_t a = 0; a < 4; ++a) {
    c.first[a] = box.begin[a] / cell_[a];
    c.last[a] = std::min((box.end[a] - 1) / cell_[a], cells_[a] - 1);
  }
  return c;
}

template <class Visit>
void BoxIndex::for_each_cell(const Box& box, Visit visit) const {
  const Cells c = cells_of(box);
  for (auto n = c.first[0]; n <= c.last[0]; ++n)
    for (auto h = c.first[1]; h <= c.last[1]; ++h)
      for (auto w = c.first[2]; w <= c.last[2]; ++w)
        for (auto k = c.first[3]; k <= c.last[3]; ++k)
          visit(static_cast<std::size_t>(((n * cells_[1] + h) * cells_[2] + w) * cells_[3] + k));
}

std::int64_t BoxIndex::find(const Box& box, std::vector<std::uint32_t>& ids) const {
  ids.clear();
  std::vector<std::uint32_t> found;
  for_each_cell(box, [&](std::size_t cell) {
    for (auto m = rows_[cell]; m < rows_[cell + 1]; ++m)
      if (boxes_[members_[m]].intersects(box)) found.push_back(members_[m]);
  });
  std::ranges::sort(found);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  std::int64_t elements = 0;
  for (const auto i : found) {
    Box common;
    for (std::size_t a = 0; a < 4; ++a) {
      common.begin[a] = std::max(box.begin[a], boxes_[i].begin[a]);
      common.end[a] = std::min(box.end[a], boxes_[i].end[a]);
    }
    elements += common.elements();
    ids.push_back(ids_[i]);
  }
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return elements;
}

}  // namespace tessera::scheduler
