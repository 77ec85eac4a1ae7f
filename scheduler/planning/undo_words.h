// Small integers by index that can be put back: what is written while a mark is set is undone in one go, at a cost of
// what was written and not of how many there are, and can be done again.
#pragma once

#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

class UndoWords {
 public:
  using Changes = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

  void assign(std::size_t count) {
    words_.assign(count, 0);
    changes_.clear();
    marked_ = false;
  }
  [[nodiscard]] std::uint32_t operator[](std::size_t i) const { return words_[i]; }
  void set(std::size_t i, std::uint32_t value) {
    if (marked_) changes_.emplace_back(static_cast<std::uint32_t>(i), words_[i]);
    words_[i] = value;
  }
  void mark() {
    changes_.clear();
    marked_ = true;
  }
  // Back to the mark, which goes; `undone` gets what redo() needs to come here again, and undo() then to go back.
  void undo_to_mark(Changes& undone) {
    undo(changes_);
    undone.swap(changes_);
    marked_ = false;
  }
  void redo(Changes& changes) {
    for (auto& [i, value] : changes) std::swap(words_[i], value);
  }
  void undo(Changes& changes) {
    for (auto i = changes.rbegin(); i != changes.rend(); ++i) std::swap(words_[i->first], i->second);
  }

  // Words from `base` on as bits: bit i of the set is bit i % 32 of word base + i / 32.
  void insert(std::size_t base, std::uint32_t i) { set(base + i / 32, words_[base + i / 32] | 1U << i % 32); }
  void erase(std::size_t base, std::uint32_t i) { set(base + i / 32, words_[base + i / 32] & ~(1U << i % 32)); }
  [[nodiscard]] bool holds(std::size_t base, std::uint32_t i) const {
    return (words_[base + i / 32] >> i % 32 & 1) != 0;
  }
  // The lowest and the highest bit within [from, to); kNoId: none.
  [[nodiscard]] std::uint32_t lowest(std::size_t base, std::uint32_t from, std::uint32_t to) const {
    for (std::uint32_t w = from / 32; from < to; from = ++w * 32) {
      const std::uint32_t bits = words_[base + w] & ~0U << from % 32;
      if (bits == 0) continue;
      const std::uint32_t i = w * 32 + static_cast<std::uint32_t>(std::countr_zero(bits));
      return i < to ? i : kNoId;
    }
    return kNoId;
  }
  [[nodiscard]] std::uint32_t highest(std::size_t base, std::uint32_t from, std::uint32_t to) const {
    while (from < to) {
      const std::uint32_t w = (to - 1) / 32;
      const std::uint32_t bits = words_[base + w] & ~0U >> (31 - (to - 1) % 32);
      if (bits != 0) {
        const std::uint32_t i = w * 32 + 31 - static_cast<std::uint32_t>(std::countl_zero(bits));
        return i >= from ? i : kNoId;
      }
      to = w * 32;
    }
    return kNoId;
  }
  // How many bits are within [from, to); at least `enough` may be any number that is.
  [[nodiscard]] std::uint32_t count(std::size_t base, std::uint32_t from, std::uint32_t to,
                                    std::uint32_t enough) const {
    std::uint32_t sum = 0;
    for (std::uint32_t w = from / 32; from < to && sum < enough; from = ++w * 32) {
      std::uint32_t bits = words_[base + w] & ~0U << from % 32;
      if (to < (w + 1) * 32) bits &= ~(~0U << to % 32);
      sum += static_cast<std::uint32_t>(std::popcount(bits));
    }
    return sum;
  }

  friend bool operator==(const UndoWords& a, const UndoWords& b) { return a.words_ == b.words_; }

 private:
  std::vector<std::uint32_t> words_;
  Changes changes_;
  bool marked_ = false;
};

}  // namespace tessera::scheduler
