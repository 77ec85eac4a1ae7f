// Shift registers of equal depth, one per wire of a bundle: what goes in comes out `depth` cycles later.
//
// Depth 0 is a wire: what a cell puts is what a later cell of the same sweep gets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tessera::arch {

template <class T>
class DelayPlanes {
 public:
  DelayPlanes(std::int64_t wires, std::int64_t depth)
      : wires_(static_cast<std::size_t>(wires)), planes_(static_cast<std::size_t>(depth) + 1),
        values_(wires_ * planes_) {}

  // To be called once per cycle, before any put or get of that cycle.
  void clock() {
    in_ = (in_ + 1) % planes_;
    out_ = (in_ + 1) % planes_;  // the plane filled `depth` cycles ago
  }
  void put(std::size_t wire, const T& value) { values_[in_ * wires_ + wire] = value; }
  [[nodiscard]] const T& get(std::size_t wire) const { return values_[out_ * wires_ + wire]; }
  // What went in `delay` cycles ago, delay <= depth: a tap, for bundles whose wires differ in length.
  [[nodiscard]] const T& tap(std::size_t wire, std::int64_t delay) const {
    return values_[(in_ + planes_ - static_cast<std::size_t>(delay)) % planes_ * wires_ + wire];
  }

 private:
  std::size_t wires_, planes_;
  std::size_t in_ = 0, out_ = 0;
  std::vector<T> values_;
};

}  // namespace tessera::arch
