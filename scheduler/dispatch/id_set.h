// A set of dense ids with the question "the lowest id >= from": a bitset under a summary, 64-fold a level, so that
// ready tiles and accepting cores cost the same whether hundreds or millions of ids exist.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

class IdSet {
 public:
  explicit IdSet(std::size_t size = 0) {
    do {
      size = (size + 63) / 64;
      levels_.emplace_back(size == 0 ? 1 : size, 0);
    } while (size > 1);
  }
  void insert(std::uint32_t id) {
    for (auto& level : levels_) {
      level[id >> 6] |= std::uint64_t{1} << (id & 63);
      id >>= 6;
    }
  }
  void erase(std::uint32_t id) {
    for (auto& level : levels_) {
      level[id >> 6] &= ~(std::uint64_t{1} << (id & 63));
      if (level[id >> 6] != 0) return;
      id >>= 6;
    }
  }
  void set(std::uint32_t id, bool in) { in ? insert(id) : erase(id); }
  [[nodiscard]] bool contains(std::uint32_t id) const { return (levels_[0][id >> 6] >> (id & 63) & 1) != 0; }
  [[nodiscard]] bool empty() const { return levels_.back()[0] == 0; }
  // kNoId = none.
  [[nodiscard]] std::uint32_t next(std::uint32_t from) const {
    std::size_t at = from;
    for (std::size_t l = 0; l < levels_.size(); ++l) {
      const std::size_t word = at >> 6;
      if (word >= levels_[l].size()) return kNoId;
      const std::uint64_t bits = levels_[l][word] >> (at & 63);
      if (bits != 0) return descend(l, at + static_cast<std::size_t>(std::countr_zero(bits)));
      at = word + 1;
    }
    return kNoId;
  }

 private:
  [[nodiscard]] std::uint32_t descend(std::size_t l, std::size_t at) const {
    while (l-- > 0) at = at * 64 + static_cast<std::size_t>(std::countr_zero(levels_[l][at]));
    return static_cast<std::uint32_t>(at);
  }
  std::vector<std::vector<std::uint64_t>> levels_;  // [0] = the ids themselves
};

}  // namespace tessera::scheduler
