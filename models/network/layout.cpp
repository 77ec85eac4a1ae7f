#include "models/network/layout.h"

#include <algorithm>

namespace tessera::models {

AxisGroups axis_groups(std::size_t rank, Layout layout) {
  AxisGroups groups;
  if (layout == kTurned) {
    for (std::size_t i = 0; i + 1 < rank; ++i) groups[kH].push_back(i);
    if (rank > 2) std::swap(groups[kH][0], groups[kH][1]);
    if (rank > 0) groups[kC].push_back(rank - 1);
    return groups;
  }
  if (layout.kind == Layout::Kind::rows) {
    for (std::size_t i = 0; i < rank; ++i) {
      const auto left = static_cast<int>(rank - i);  // axes from here on
      groups[left == 1 ? kC : left <= layout.w ? kW : left <= layout.h ? kH : kN].push_back(i);
    }
    return groups;
  }
  if (rank == 2) return {{{}, {1}, {}, {0}}};
  if (layout == kPixels) {
    for (std::size_t i = 0; i < rank; ++i) groups[i == 1 ? kC : kH].push_back(i);
    return groups;
  }
  if (layout.kind == Layout::Kind::volume && rank == 5) return {{{0, 2}, {3}, {4}, {1}}};
  for (std::size_t i = 0; i < rank; ++i) {
    const bool spatial = rank == 3 ? i == 2 : i + 2 >= rank && i >= 2;
    const int axis = i == 0 ? kN : !spatial ? kC : rank == 3 || i + 2 == rank ? kH : kW;
    groups[static_cast<std::size_t>(axis)].push_back(i);
  }
  return groups;
}

int canonical_axis(std::size_t axis, std::size_t rank, Layout layout) {
  const AxisGroups groups = axis_groups(rank, layout);
  for (int a = 0; a < 4; ++a) {
    const auto& group = groups[static_cast<std::size_t>(a)];
    if (std::find(group.begin(), group.end(), axis) != group.end()) return a;
  }
  return kC;
}

std::vector<std::size_t> nesting(const Dims& dims, Layout layout) {
  std::vector<std::size_t> order;
  for (const auto& group : axis_groups(dims.size(), layout))
    for (const std::size_t a : group)
      if (dims[a] != 1) order.push_back(a);
  return order;
}

bool cuts_before(std::size_t axis, std::size_t rank, Layout layout) {
  const auto left = static_cast<int>(rank - axis);
  return left == layout.h || left == layout.w;
}

bool in_file_order(const Dims& dims, Layout layout) {
  const auto order = nesting(dims, layout);
  return std::is_sorted(order.begin(), order.end());
}

Shape canonical_shape(const Dims& dims, Layout layout) {
  const AxisGroups groups = axis_groups(dims.size(), layout);
  Shape shape{1, 1, 1, 1};
  for (std::size_t a = 0; a < 4; ++a)
    for (const std::size_t i : groups[a]) shape[a] *= dims[i];
  return shape;
}

FileBox unfold(const Dims& dims, const AxisGroups& groups, const Box& box) {
  FileBox result{Dims(dims.size(), 0), dims};
  for (std::size_t a = 0; a < 4; ++a) {
    // The range [first, last] of mixed-radix numbers: leading digits that agree are fixed, the first that differ
    // bound a range, and every axis after it may take any value.
    std::int64_t first = box.begin[a], last = box.end[a] - 1, radix = 1;
    for (const std::size_t i : groups[a]) radix *= dims[i];
    for (const std::size_t i : groups[a]) {
      radix /= dims[i];
      result.begin[i] = first / radix;
      result.end[i] = last / radix + 1;
      if (first / radix != last / radix) break;
      first %= radix;
      last %= radix;
    }
  }
  return result;
}

Box fold(const Dims& dims, const AxisGroups& groups, const FileBox& box) {
  Box result{{0, 0, 0, 0}, {1, 1, 1, 1}};
  for (std::size_t a = 0; a < 4; ++a) {
    std::int64_t first = 0, last = 0;
    for (const std::size_t i : groups[a]) {
      first = first * dims[i] + box.begin[i];
      last = last * dims[i] + box.end[i] - 1;
    }
    result.begin[a] = first;
    result.end[a] = last + 1;
  }
  return result;
}

FileBox file_box(const Dims& dims, Layout layout, const Box& box) {
  return unfold(dims, axis_groups(dims.size(), layout), box);
}

Box canonical_box(const Dims& dims, Layout layout, const FileBox& box) {
  return fold(dims, axis_groups(dims.size(), layout), box);
}

Refinement refine(const Dims& a, const Dims& b) {
  Refinement r;
  std::size_t i = a.size(), j = b.size();
  std::int64_t x = 1, y = 1;  // what is left of a[i] and b[j]
  while (true) {
    while (x == 1 && i > 0) x = a[--i];
    while (y == 1 && j > 0) y = b[--j];
    if (x == 1 && y == 1) break;
    const std::int64_t step = std::min(x, y);
    if (step <= 1 || x % step != 0 || y % step != 0) return r;
    r.dims.push_back(step);
    r.of_a.push_back(i);
    r.of_b.push_back(j);
    x /= step;
    y /= step;
  }
  std::reverse(r.dims.begin(), r.dims.end());
  std::reverse(r.of_a.begin(), r.of_a.end());
  std::reverse(r.of_b.begin(), r.of_b.end());
  r.found = true;
  return r;
}

namespace {

// One axis after the other through the refinement: split the range of each axis of `a`, join to those of `b`.
FileBox through(const Refinement& r, const Dims& a, const Dims& b, const FileBox& box) {
  FileBox fine{Dims(r.dims.size(), 0), r.dims};
  for (std::size_t axis = 0; axis < a.size(); ++axis) {
    std::int64_t first = box.begin[axis], last = box.end[axis] - 1, radix = a[axis];
    for (std::size_t i = 0; i < r.dims.size(); ++i) {
      if (r.of_a[i] != axis) continue;
      radix /= r.dims[i];
      fine.begin[i] = first / radix;
      fine.end[i] = last / radix + 1;
      if (first / radix != last / radix) break;
      first %= radix;
      last %= radix;
    }
  }
  FileBox result{Dims(b.size(), 0), Dims(b.size(), 0)};
  for (std::size_t i = 0; i < r.dims.size(); ++i) {
    result.begin[r.of_b[i]] = result.begin[r.of_b[i]] * r.dims[i] + fine.begin[i];
    result.end[r.of_b[i]] = result.end[r.of_b[i]] * r.dims[i] + fine.end[i] - 1;
  }
  for (std::int64_t& e : result.end) ++e;
  return result;
}

}  // namespace

FileBox reshaped_box(const Dims& a, const Dims& b, const FileBox& box) {
  if (const Refinement r = refine(a, b); r.found) return through(r, a, b, box);
  // No common axes: the elements between the first and the last of the box, as one range over all of `b`.
  std::int64_t first = 0, last = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    first = first * a[i] + box.begin[i];
    last = last * a[i] + box.end[i] - 1;
  }
  AxisGroups all;
  for (std::size_t i = 0; i < b.size(); ++i) all[0].push_back(i);
  return unfold(b, all, {{first, 0, 0, 0}, {last + 1, 1, 1, 1}});
}

}  // namespace tessera::models
