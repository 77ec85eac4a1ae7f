// Small integers by index that can be put back: what is written while a mark is set is undone in one go, at a cost of
// what was written and not of how many there are.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace tessera::scheduler {

class UndoWords {
 public:
  void assign(std::size_t count) {
    words_.assign(count, 0);
    log_.clear();
    marked_ = false;
  }
  [[nodiscard]] std::uint32_t operator[](std::size_t i) const { return words_[i]; }
  void set(std::size_t i, std::uint32_t value) {
    if (marked_) log_.emplace_back(static_cast<std::uint32_t>(i), words_[i]);
    words_[i] = value;
  }
  void mark() {
    log_.clear();
    marked_ = true;
  }
  void undo() {
    for (auto i = log_.rbegin(); i != log_.rend(); ++i) words_[i->first] = i->second;
    log_.clear();
    marked_ = false;
  }

 private:
  std::vector<std::uint32_t> words_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> log_;
  bool marked_ = false;
};

}  // namespace tessera::scheduler
