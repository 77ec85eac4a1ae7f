#include "arch/engine/line_cache.h"

#include <algorithm>
#include <cassert>

namespace tessera::arch {

LineCache::LineCache(std::int64_t lines) : size_(static_cast<std::uint32_t>(std::min<std::int64_t>(lines, kNoLine))) {}

std::uint32_t LineCache::find(std::int64_t address) const {
  const auto it = by_address_.find(address);
  return it == by_address_.end() ? kNoLine : it->second;
}

std::uint32_t LineCache::victim() const {
  if (!free_.empty()) return free_.back();
  if (lines_.size() < size_) return static_cast<std::uint32_t>(lines_.size());
  for (std::uint32_t line = oldest_; line != kNoLine; line = lines_[line].newer) {
    if (lines_[line].fetching == 0) return line;
  }
  return kNoLine;
}

void LineCache::assign(std::uint32_t line, std::int64_t address) {
  if (line == lines_.size()) {
    lines_.emplace_back();
  } else {
    if (lines_[line].address >= 0) drop(line);
    assert(!free_.empty() && free_.back() == line);
    free_.pop_back();
  }
  lines_[line].address = address;
  by_address_.emplace(address, line);
  push_newest(line);
}

void LineCache::touch(std::uint32_t line) {
  if (newest_ == line) return;
  unlink(line);
  push_newest(line);
}

void LineCache::demote(std::uint32_t line) {
  if (oldest_ == line) return;
  unlink(line);
  push_oldest(line);
}

void LineCache::drop(std::uint32_t line) {
  assert(lines_[line].fetching == 0);
  by_address_.erase(lines_[line].address);
  unlink(line);
  lines_[line] = Line{};
  free_.push_back(line);
}

void LineCache::unlink(std::uint32_t line) {
  const Line& l = lines_[line];
  (l.newer == kNoLine ? newest_ : lines_[l.newer].older) = l.older;
  (l.older == kNoLine ? oldest_ : lines_[l.older].newer) = l.newer;
}

void LineCache::push_newest(std::uint32_t line) {
  lines_[line].newer = kNoLine;
  lines_[line].older = newest_;
  (newest_ == kNoLine ? oldest_ : lines_[newest_].newer) = line;
  newest_ = line;
}

void LineCache::push_oldest(std::uint32_t line) {
  lines_[line].older = kNoLine;
  lines_[line].newer = oldest_;
  (oldest_ == kNoLine ? newest_ : lines_[oldest_].older) = line;
  oldest_ = line;
}

}  // namespace tessera::arch
