// A set of dense ids with the questions "the lowest id >= from" and "the highest id < to": a bitset under summaries,
// 64-fold a level, so that ready tiles and accepting cores cost the same whether hundreds or millions of ids exist.
#pragma once

#include <algorithm>
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

  // kNoId = none.
  [[nodiscard]] std::uint32_t last_below(std::uint32_t to) const {
    std::size_t end = to;  // of what may be found at this level
    for (std::size_t l = 0; l < levels_.size() && end != 0; ++l) {
      const std::size_t last = std::min(end, levels_[l].size() * 64) - 1;
      const std::size_t word = last >> 6;
      const std::uint64_t bits = levels_[l][word] << (63 - (last & 63));
      if (bits != 0) return climb_down(l, last - static_cast<std::size_t>(std::countl_zero(bits)));
      end = word;
    }
    return kNoId;
  }
  // The lowest id >= from that both sets have; steps over 64 ids at a time. kNoId = none.
  [[nodiscard]] std::uint32_t next_common(const IdSet& other, std::uint32_t from) const {
    const auto &a = levels_[0], &b = other.levels_[0];
    std::uint64_t mask = ~std::uint64_t{0} << (from & 63);
    for (std::size_t word = from >> 6; word < a.size() && word < b.size(); ++word, mask = ~std::uint64_t{0}) {
      const std::uint64_t bits = a[word] & b[word] & mask;
      if (bits != 0) return static_cast<std::uint32_t>(word * 64 + static_cast<std::size_t>(std::countr_zero(bits)));
    }
    return kNoId;
  }
  // The lowest id >= from that this set has and the other has not. kNoId = none.
  [[nodiscard]] std::uint32_t next_without(const IdSet& other, std::uint32_t from) const {
    const auto &a = levels_[0], &b = other.levels_[0];
    std::uint64_t mask = ~std::uint64_t{0} << (from & 63);
    for (std::size_t word = from >> 6; word < a.size(); ++word, mask = ~std::uint64_t{0}) {
      const std::uint64_t bits = a[word] & ~(word < b.size() ? b[word] : 0) & mask;
      if (bits != 0) return static_cast<std::uint32_t>(word * 64 + static_cast<std::size_t>(std::countr_zero(bits)));
    }
    return kNoId;
  }

  // As plain words, 64 ids each, and back.
  [[nodiscard]] const std::vector<std::uint64_t>& words() const { return levels_[0]; }
  template <class Words>
  void assign(const Words& words) {
    *this = IdSet(words.size() * 64);
    for (std::size_t w = 0; w < words.size(); ++w)
      for (std::uint64_t bits = words[w]; bits != 0; bits &= bits - 1)
        insert(static_cast<std::uint32_t>(w * 64 + static_cast<std::size_t>(std::countr_zero(bits))));
  }

 private:
  [[nodiscard]] static std::size_t highest(std::uint64_t bits) {
    return 63U - static_cast<std::size_t>(std::countl_zero(bits));
  }
  [[nodiscard]] std::uint32_t climb_down(std::size_t l, std::size_t at) const {
    while (l-- > 0) at = at * 64 + highest(levels_[l][at]);
    return static_cast<std::uint32_t>(at);
  }
  [[nodiscard]] std::uint32_t descend(std::size_t l, std::size_t at) const {
    while (l-- > 0) at = at * 64 + static_cast<std::size_t>(std::countr_zero(levels_[l][at]));
    return static_cast<std::uint32_t>(at);
  }
  std::vector<std::vector<std::uint64_t>> levels_;  // [0] = the ids themselves
};

}  // namespace tessera::scheduler
