#include "arch/engine/shared_sram.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace tessera::arch {

SharedSram::SharedSram(const SharedSramSpec& spec, Clock clock, std::int64_t burst, std::unique_ptr<Memory> dram)
    : spec_(spec), clock_(clock), burst_(burst), line_(spec.line.count()), dram_(std::move(dram)),
      cache_(spec.capacity.count() / spec.line.count()) {
  assert(line_ % burst_ == 0 && line_ / burst_ <= 64 && cache_.size() > 0);
}

// Bit per burst of the line that [begin, end) touches.
std::uint64_t SharedSram::mask(std::int64_t line_address, std::int64_t begin, std::int64_t end) const {
  const std::int64_t first = (std::max(begin, line_address) - line_address) / burst_;
  const std::int64_t last = (std::min(end, line_address + line_) - line_address - 1) / burst_;
  const std::uint64_t up_to_last = last >= 63 ? ~std::uint64_t{0} : (std::uint64_t{1} << (last + 1)) - 1;
  return up_to_last & (~std::uint64_t{0} << first);
}

void SharedSram::submit(const MemoryRequest& request) {
  const base::Ps start = std::max(clock_.align(request.arrival), port_free_);
  port_free_ = clock_.after(start, Cycles{base::ceil_div(request.bytes, spec_.bytes_per_cycle)});
  const base::Ps at = clock_.after(port_free_, spec_.latency);
  request.write ? write(request, at) : read(request, at);
}

std::uint32_t SharedSram::new_waiting(std::uint32_t tag, base::Ps own) {
  if (free_waiting_.empty()) {
    waiting_.push_back({tag, 0, 0, own});
    return static_cast<std::uint32_t>(waiting_.size() - 1);
  }
  const std::uint32_t index = free_waiting_.back();
  free_waiting_.pop_back();
  waiting_[index] = {tag, 0, 0, own};
  return index;
}

void SharedSram::read(const MemoryRequest& request, base::Ps at) {
  const std::int64_t begin = request.address, end = request.address + request.bytes;
  const std::uint32_t waiter = new_waiting(request.tag, at);
  for (std::int64_t address = base::round_down(begin, line_); address < end; address += line_) {
    const std::uint64_t wanted = mask(address, begin, end);
    std::uint32_t line = cache_.find(address);
    if (line == LineCache::kNoLine) line = allocate(address, at);
    if (line == LineCache::kNoLine) {  // every line is being fetched into: past the cache
      const std::int64_t from = std::max(begin, address), to = std::min(end, address + line_);
      const std::uint32_t f = fetch(from, static_cast<std::int32_t>(to - from), false, at, LineCache::kNoLine, 0);
      fetches_[f].waiters.push_back(waiter);
      ++waiting_[waiter].fetches;
      waiting_[waiter].dram_bytes += static_cast<std::int32_t>(to - from);
      statistics_.read_miss_bytes += to - from;
      continue;
    }
    used(line, request);
    const auto& held = cache_.at(line);
    const std::uint64_t missing = wanted & ~held.valid & ~held.fetching;
    statistics_.read_hit_bytes += std::popcount(wanted & ~missing) * burst_;
    join_pending(line, wanted & held.fetching, waiter);
    fetch_missing(line, address, missing, waiter, at);
  }
  if (waiting_[waiter].fetches == 0) {
    answer_without_dram({at, request.tag, 0});
    free_waiting_.push_back(waiter);
  }
}

// A line that is not worth keeping goes first, but not before its last packet was here; a dirty one is dropped soon
// anyway, and would be written back for nothing.
void SharedSram::used(std::uint32_t line, const MemoryRequest& request) {
  const auto& held = cache_.at(line);
  const bool last_packet = request.address + request.bytes >= held.address + line_;
  if (request.keep || held.dirty != 0 || !last_packet) {
    cache_.touch(line);
  } else {
    cache_.demote(line);
  }
}

void SharedSram::join_pending(std::uint32_t line, std::uint64_t wanted, std::uint32_t waiter) {
  if (wanted == 0) return;
  for (const std::uint32_t f : pending_[line]) {
    if ((fetches_[f].bursts & wanted) == 0) continue;
    fetches_[f].waiters.push_back(waiter);
    ++waiting_[waiter].fetches;
  }
}

// One DRAM request per run of missing bursts.
void SharedSram::fetch_missing(std::uint32_t line, std::int64_t line_address, std::uint64_t missing,
                               std::uint32_t waiter, base::Ps at) {
  while (missing != 0) {
    const int first = std::countr_zero(missing);
    const int length = std::countr_one(missing >> first);
    const std::uint64_t run = (length == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << length) - 1) << first;
    const auto bytes = static_cast<std::int32_t>(length * burst_);
    const std::uint32_t f = fetch(line_address + first * burst_, bytes, false, at, line, run);
    fetches_[f].waiters.push_back(waiter);
    ++waiting_[waiter].fetches;
    waiting_[waiter].dram_bytes += bytes;
    cache_.at(line).fetching |= run;
    pending_[line].push_back(f);
    statistics_.read_miss_bytes += bytes;
    missing &= ~run;
  }
}

void SharedSram::write(const MemoryRequest& request, base::Ps at) {
  const std::int64_t begin = request.address, end = request.address + request.bytes;
  std::uint32_t waiter = LineCache::kNoLine;
  const auto pass_on = [&](std::int64_t from, std::int64_t to) {
    if (waiter == LineCache::kNoLine) waiter = new_waiting(request.tag, at);
    const std::uint32_t f = fetch(from, static_cast<std::int32_t>(to - from), true, at, LineCache::kNoLine, 0);
    fetches_[f].waiters.push_back(waiter);
    ++waiting_[waiter].fetches;
    waiting_[waiter].dram_bytes += static_cast<std::int32_t>(to - from);
    statistics_.write_through_bytes += to - from;
  };
  for (std::int64_t address = base::round_down(begin, line_); address < end; address += line_) {
    const std::int64_t from = std::max(begin, address), to = std::min(end, address + line_);
    std::uint32_t line = cache_.find(address);
    if (line == LineCache::kNoLine) line = allocate(address, at);
    if (line == LineCache::kNoLine) {
      pass_on(from, to);
      continue;
    }
    auto& held = cache_.at(line);
    const std::uint64_t bursts = mask(address, begin, end);
    held.valid |= bursts;
    if (request.write_through) {
      held.dirty &= ~bursts;
      pass_on(from, to);
    } else {
      held.dirty |= bursts;
      statistics_.write_bytes += to - from;
    }
    used(line, request);
  }
  if (waiter == LineCache::kNoLine) answer_without_dram({at, request.tag, 0});
}

std::uint32_t SharedSram::allocate(std::int64_t line_address, base::Ps at) {
  const std::uint32_t line = cache_.victim();
  if (line == LineCache::kNoLine) return line;
  if (cache_.was_used(line)) write_back(line, at);
  else pending_.resize(line + std::size_t{1});
  cache_.assign(line, line_address);
  return line;
}

void SharedSram::write_back(std::uint32_t line, base::Ps at) {
  std::uint64_t dirty = cache_.at(line).dirty;
  const std::int64_t address = cache_.at(line).address;
  while (dirty != 0) {
    const int first = std::countr_zero(dirty);
    const int length = std::countr_one(dirty >> first);
    const auto bytes = static_cast<std::int32_t>(length * burst_);
    fetch(address + first * burst_, bytes, true, at, LineCache::kNoLine, 0);
    statistics_.write_back_bytes += bytes;
    dirty &= ~((length == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << length) - 1) << first);
  }
}

std::uint32_t SharedSram::fetch(std::int64_t address, std::int32_t bytes, bool write, base::Ps at, std::uint32_t line,
                                std::uint64_t bursts) {
  std::uint32_t f;
  if (free_fetches_.empty()) {
    f = static_cast<std::uint32_t>(fetches_.size());
    fetches_.emplace_back();
  } else {
    f = free_fetches_.back();
    free_fetches_.pop_back();
  }
  fetches_[f].line = line;
  fetches_[f].bursts = bursts;
  fetches_[f].waiters.clear();
  MemoryRequest request;
  request.address = address;
  request.bytes = bytes;
  request.write = write;
  request.tag = f;
  request.arrival = at;
  dram_->submit(request);
  return f;
}

base::Ps SharedSram::next() const {
  base::Ps t = dram_->next();
  if (!own_.empty()) t = std::min(t, own_.front().time);
  return t;
}

void SharedSram::advance(base::Ps until, std::vector<MemoryAnswer>& answers) {
  const auto first = static_cast<std::ptrdiff_t>(answers.size());
  dram_answers_.clear();
  dram_->advance(until, dram_answers_);
  for (const auto& a : dram_answers_) arrived(a, answers);
  while (!own_.empty() && own_.front().time <= until) {
    answers.push_back(own_.front());
    own_.pop_front();
  }
  std::stable_sort(answers.begin() + first, answers.end(),
                   [](const auto& a, const auto& b) { return a.time < b.time; });
}

void SharedSram::arrived(const MemoryAnswer& answer, std::vector<MemoryAnswer>& answers) {
  auto& fetch = fetches_[answer.tag];
  if (fetch.line != LineCache::kNoLine) {
    auto& line = cache_.at(fetch.line);
    line.fetching &= ~fetch.bursts;
    line.valid |= fetch.bursts;
    std::erase(pending_[fetch.line], answer.tag);
  }
  for (const std::uint32_t w : fetch.waiters) {
    if (--waiting_[w].fetches > 0) continue;
    free_waiting_.push_back(w);
    // A packet that joined a fetch of an earlier one may itself still be on its way through the port.
    if (waiting_[w].own > answer.time) {
      answer_without_dram({waiting_[w].own, waiting_[w].tag, waiting_[w].dram_bytes});
    } else {
      answers.push_back({answer.time, waiting_[w].tag, waiting_[w].dram_bytes});
    }
  }
  free_fetches_.push_back(answer.tag);
}

void SharedSram::answer_without_dram(const MemoryAnswer& answer) {
  auto at = own_.end();
  while (at != own_.begin() && std::prev(at)->time > answer.time) --at;
  own_.insert(at, answer);
}

void SharedSram::drop(std::int64_t begin, std::int64_t end) {
  for (std::int64_t address = base::round_up(begin, line_); address + line_ <= end; address += line_) {
    const std::uint32_t line = cache_.find(address);
    if (line == LineCache::kNoLine || cache_.at(line).fetching != 0) continue;
    statistics_.dropped_dirty_bytes += std::popcount(cache_.at(line).dirty) * burst_;
    cache_.drop(line);
  }
}

}  // namespace tessera::arch
