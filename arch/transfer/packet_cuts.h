// How many packets a run of bytes is cut into: none crosses a multiple of the largest packet.
#pragma once

#include <bit>
#include <cstdint>

namespace tessera::arch {

class PacketCuts {
 public:
  explicit PacketCuts(std::int64_t largest)
      : largest_(largest), shift_(std::has_single_bit(static_cast<std::uint64_t>(largest))
                                      ? std::countr_zero(static_cast<std::uint64_t>(largest))
                                      : -1) {}
  // Of the bytes [begin, end), which are at least one.
  [[nodiscard]] std::int64_t of(std::int64_t begin, std::int64_t end) const {
    return shift_ >= 0 ? ((end - 1) >> shift_) - (begin >> shift_) + 1 : (end - 1) / largest_ - begin / largest_ + 1;
  }

 private:
  std::int64_t largest_;
  int shift_;  // of a power of two; -1: it is none
};

}  // namespace tessera::arch
