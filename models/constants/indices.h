// Places of elements in tensors of any number of axes, the last axis fastest.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "models/graph/graph.h"

namespace tessera::models::constants {

// Elements between neighbours along each axis.
[[nodiscard]] inline std::vector<std::size_t> strides_of(const Dims& dims) {
  std::vector<std::size_t> strides(dims.size(), 1);
  for (std::size_t a = dims.size(); a-- > 1;) strides[a - 1] = strides[a] * static_cast<std::size_t>(dims[a]);
  return strides;
}

// The positions of all elements, one after the other.
class Positions {
 public:
  explicit Positions(const Dims& dims) : dims_(dims), at_(dims.size(), 0), left_(elements(dims)) {}
  [[nodiscard]] bool more() const { return left_ > 0; }
  [[nodiscard]] const Dims& at() const { return at_; }
  void next() {
    --left_;
    for (std::size_t a = at_.size(); a-- > 0;) {
      if (++at_[a] < dims_[a]) return;
      at_[a] = 0;
    }
  }

 private:
  Dims dims_, at_;
  std::int64_t left_;
};

// The place of a position in a tensor with these strides.
[[nodiscard]] inline std::size_t place_of(const Dims& at, const std::vector<std::size_t>& strides) {
  std::size_t place = 0;
  for (std::size_t a = 0; a < at.size(); ++a) place += static_cast<std::size_t>(at[a]) * strides[a];
  return place;
}

// By element of a tensor `out`: the place in `source` that broadcasting reads there.
[[nodiscard]] inline std::vector<std::size_t> broadcast_places(const Dims& source, const Dims& out) {
  std::vector<std::size_t> places;
  const auto strides = strides_of(source);
  const std::size_t shift = out.size() - source.size();
  for (Positions p(out); p.more(); p.next()) {
    std::size_t place = 0;
    for (std::size_t a = 0; a < source.size(); ++a)
      if (source[a] != 1) place += static_cast<std::size_t>(p.at()[a + shift]) * strides[a];
    places.push_back(place);
  }
  return places;
}

}  // namespace tessera::models::constants
