#include "scheduler/bounds/box_union.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace tessera::scheduler {

using models::Box;

namespace {

constexpr std::size_t kMostCells = 4'000'000;

std::size_t index_of(const std::vector<std::int64_t>& edges, std::int64_t value) {
  return static_cast<std::size_t>(std::ranges::lower_bound(edges, value) - edges.begin());
}

}  // namespace

std::vector<std::int64_t> first_elements(const std::vector<Box>& boxes) {
  std::vector<std::int64_t> elements(boxes.size());
  // Between two neighbouring edges of any box an axis is all covered or not at all.
  std::array<std::vector<std::int64_t>, 4> edges;
  std::size_t cells = 1;
  for (std::size_t a = 0; a < 4; ++a) {
    for (const auto& box : boxes) {
      edges[a].push_back(box.begin[a]);
      edges[a].push_back(box.end[a]);
    }
    std::ranges::sort(edges[a]);
    edges[a].erase(std::unique(edges[a].begin(), edges[a].end()), edges[a].end());
    cells *= edges[a].size();
  }
  if (cells > kMostCells) {
    const auto most = std::ranges::max_element(boxes, {}, [](const Box& box) { return box.elements(); });
    elements[static_cast<std::size_t>(most - boxes.begin())] = most->elements();
    return elements;
  }
  std::vector<bool> covered(cells);
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const Box& box = boxes[i];
    std::array<std::size_t, 4> first{}, last{};
    for (std::size_t a = 0; a < 4; ++a) {
      first[a] = index_of(edges[a], box.begin[a]);
      last[a] = index_of(edges[a], box.end[a]);
    }
    const auto size = [&](std::size_t a, std::size_t at) { return edges[a][at + 1] - edges[a][at]; };
    for (auto n = first[0]; n < last[0]; ++n)
      for (auto h = first[1]; h < last[1]; ++h)
        for (auto w = first[2]; w < last[2]; ++w)
          for (auto c = first[3]; c < last[3]; ++c) {
            auto cell = covered[((n * edges[1].size() + h) * edges[2].size() + w) * edges[3].size() + c];
            if (cell) continue;
            cell = true;
            elements[i] += size(0, n) * size(1, h) * size(2, w) * size(3, c);
          }
  }
  return elements;
}

std::int64_t union_elements(const std::vector<Box>& boxes) {
  const auto elements = first_elements(boxes);
  return std::accumulate(elements.begin(), elements.end(), std::int64_t{0});
}

}  // namespace tessera::scheduler
