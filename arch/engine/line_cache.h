// The lines of a shared SRAM: what each holds, and which one goes when room is needed. Pure bookkeeping, no time.
//
// Fully associative; a line is cut into DRAM bursts, each valid, dirty or being fetched on its own, so a store never
// fetches and a load never brings in more than it asked for. Replacement: least recently used, where all touches of
// one transfer count as one; a demoted line goes first.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace tessera::arch {

class LineCache {
 public:
  static constexpr std::uint32_t kNoLine = 0xffffffff;
  struct Line {
    std::int64_t address = -1;                         // -1: free
    std::uint64_t valid = 0, dirty = 0, fetching = 0;  // bit per burst
    std::uint32_t newer = kNoLine, older = kNoLine;
  };

  // Takes memory for the lines that are used, not for those that there are.
  explicit LineCache(std::int64_t lines);

  [[nodiscard]] std::uint32_t find(std::int64_t address) const;
  // A free line, or the least recently used one that nothing is being fetched into; kNoLine if there is none. The
  // caller writes back what it held and then calls assign().
  [[nodiscard]] std::uint32_t victim() const;
  void assign(std::uint32_t line, std::int64_t address);
  void touch(std::uint32_t line);   // now the most recently used
  void demote(std::uint32_t line);  // now the first to go
  void drop(std::uint32_t line);    // contents forgotten, line free

  [[nodiscard]] Line& at(std::uint32_t line) { return lines_[line]; }
  [[nodiscard]] const Line& at(std::uint32_t line) const { return lines_[line]; }
  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] bool was_used(std::uint32_t line) const { return line < lines_.size(); }
  [[nodiscard]] std::uint32_t used() const { return static_cast<std::uint32_t>(by_address_.size()); }

 private:
  void unlink(std::uint32_t line);
  void push_newest(std::uint32_t line);
  void push_oldest(std::uint32_t line);

  std::uint32_t size_;
  std::vector<Line> lines_;  // those that were ever used: the first ones
  std::vector<std::uint32_t> free_;
  std::unordered_map<std::int64_t, std::uint32_t> by_address_;  // looked up, never walked: its order decides nothing
  std::uint32_t newest_ = kNoLine, oldest_ = kNoLine;
};

}  // namespace tessera::arch
