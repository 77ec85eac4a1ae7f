// The bursts that wait in a controller: found by their number, and kept in line until their bank has room.
#pragma once

#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <vector>

#include "arch/dram/channel.h"

namespace tessera::arch {

using BankSet = std::uint64_t;  // bit b: bank b of the channel
[[nodiscard]] constexpr BankSet bank_bit(std::int32_t bank) { return BankSet{1} << bank; }
[[nodiscard]] inline std::int32_t first_bank(BankSet banks) { return std::countr_zero(banks); }

struct WaitingBurst {
  BurstRequest request;
  DramCycle accepted = 0;
  std::uint64_t order = 0;  // in which they came
  std::int32_t next = -1;   // in its line
  std::int32_t same_bucket = -1;
  bool merged = false;  // other reads wait for its data
};

// All bursts between acceptance and their data command, each with a number of its own as long as it waits.
class WaitingBursts {
 public:
  static constexpr std::int32_t kNone = -1;

  explicit WaitingBursts(std::int32_t capacity)
      : bursts_(static_cast<std::size_t>(capacity)), buckets_(std::bit_ceil(2 * bursts_.size()), kNone),
        bucket_shift_(64 - std::countr_zero(buckets_.size())) {
    for (std::int32_t i = capacity; i-- > 0;) free_.push_back(i);
  }

  WaitingBurst& operator[](std::int32_t i) { return bursts_[static_cast<std::size_t>(i)]; }
  [[nodiscard]] const WaitingBurst& operator[](std::int32_t i) const { return bursts_[static_cast<std::size_t>(i)]; }

  [[nodiscard]] std::int32_t add(const BurstRequest& request, DramCycle now) {
    assert(!free_.empty());
    const auto i = free_.back();
    free_.pop_back();
    auto& first = bucket(request.burst);
    (*this)[i] = {request, now, added_++, kNone, first, false};
    first = i;
    return i;
  }
  void remove(std::int32_t i) {
    auto* link = &bucket((*this)[i].request.burst);
    while (*link != i) link = &(*this)[*link].same_bucket;
    *link = (*this)[i].same_bucket;
    free_.push_back(i);
  }
  [[nodiscard]] std::int32_t find(std::int64_t burst, bool write) const {
    auto i = buckets_[place(burst)];
    while (i != kNone && ((*this)[i].request.burst != burst || (*this)[i].request.write != write))
      i = (*this)[i].same_bucket;
    return i;
  }

 private:
  // Multiplied by the golden ratio: strides of powers of two are common.
  [[nodiscard]] std::size_t place(std::int64_t burst) const {
    return static_cast<std::size_t>((static_cast<std::uint64_t>(burst) * 0x9e3779b97f4a7c15u) >> bucket_shift_);
  }
  std::int32_t& bucket(std::int64_t burst) { return buckets_[place(burst)]; }

  std::vector<WaitingBurst> bursts_;
  std::vector<std::int32_t> free_, buckets_;
  int bucket_shift_;
  std::uint64_t added_ = 0;
};

// Bursts of one direction in the order in which they came; one leaves when it is the first whose bank has room.
class BurstLine {
 public:
  explicit BurstLine(std::int32_t banks) : lines_(static_cast<std::size_t>(banks)) {}

  [[nodiscard]] std::int32_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  // Banks that bursts wait for.
  [[nodiscard]] BankSet banks() const { return banks_; }

  void push(WaitingBursts& bursts, std::int32_t i) {
    const auto bank = bursts[i].request.bank;
    auto& line = lines_[static_cast<std::size_t>(bank)];
    if ((banks_ & bank_bit(bank)) == 0) {
      line = {i, i, bursts[i].order};
      banks_ |= bank_bit(bank);
    } else {
      bursts[line.last].next = i;
      line.last = i;
    }
    ++size_;
  }
  // The bank, of these, that the oldest burst waits for; at least one does.
  [[nodiscard]] std::int32_t oldest(BankSet of) const {
    auto banks = of & banks_;
    auto best = first_bank(banks);
    while ((banks &= banks - 1) != 0) {
      const auto bank = first_bank(banks);
      if (lines_[static_cast<std::size_t>(bank)].order < lines_[static_cast<std::size_t>(best)].order) best = bank;
    }
    return best;
  }
  [[nodiscard]] std::int32_t front(std::int32_t bank) const { return lines_[static_cast<std::size_t>(bank)].first; }
  void pop(const WaitingBursts& bursts, std::int32_t bank) {
    auto& line = lines_[static_cast<std::size_t>(bank)];
    line.first = bursts[line.first].next;
    --size_;
    if (line.first == WaitingBursts::kNone) {
      banks_ &= ~bank_bit(bank);
    } else {
      line.order = bursts[line.first].order;
    }
  }

 private:
  struct Line {
    std::int32_t first = WaitingBursts::kNone, last = WaitingBursts::kNone;
    std::uint64_t order = 0;  // of the first
  };
  std::vector<Line> lines_;  // by bank
  BankSet banks_ = 0;
  std::int32_t size_ = 0;
};

}  // namespace tessera::arch
