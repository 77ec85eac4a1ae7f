// From a byte address to channel, bank, row and burst.
//
// The channel comes first: consecutive blocks of `interleave` bytes go to consecutive channels. Within a channel the
// bank mapping orders the bits, from high to low:
//   bgi: rank | row | bank | column | bank group | pseudo-channel     neighbouring bursts lie in other bank groups
//   rbc: rank | row | bank | bank group | pseudo-channel | column     a whole row before the next bank
// Addresses beyond the capacity wrap.
#pragma once

#include <string>

#include "arch/dram/standard.h"
#include "arch/spec/npu_spec.h"

namespace tessera::arch {

// By the name that users give it: "bgi" or "rbc".
[[nodiscard]] base::Result<BankMapping> parse_bank_mapping(const std::string& name);

// Where a burst lies within its channel.
struct BurstPlace {
  std::int32_t bank = 0;  // unit, group, bank from high to low
  std::int32_t row = 0;
};

struct DramAddress {
  std::int32_t channel = 0;
  std::int64_t burst = 0;  // number within the channel
  std::int32_t bank = 0;
  std::int32_t row = 0;
};

class AddressMap {
 public:
  // interleave: a multiple of the burst.
  AddressMap(const DramStandard& standard, std::int64_t channels, std::int64_t interleave, BankMapping mapping);
  [[nodiscard]] DramAddress locate(std::int64_t address) const;
  // Of a burst's number within its channel.
  [[nodiscard]] BurstPlace place(std::int64_t burst) const {
    return {(unit_.of(burst) << group_bits_ | group_.of(burst)) << bank_bits_ | bank_.of(burst), row_.of(burst)};
  }
  // End of the block of the interleave that the address lies in.
  [[nodiscard]] std::int64_t block_end(std::int64_t address) const { return (address / interleave_ + 1) * interleave_; }

 private:
  struct Field {
    int shift = 0;
    std::int64_t mask = 0;
    [[nodiscard]] std::int32_t of(std::int64_t v) const { return static_cast<std::int32_t>((v >> shift) & mask); }
  };
  std::int64_t channels_, interleave_;
  int burst_shift_, group_bits_, bank_bits_;
  Field unit_, row_, bank_, group_;
};

}  // namespace tessera::arch
