// Number formats of tensors' elements: how many bits one takes, and which of two is the wider.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tessera::base {

// The one list, narrow formats first; of equal width integers go before floating point, and bf16 before fp16, whose
// multiplier is the larger. Signed and unsigned are one; fp8 is E4M3 as well as E5M2.
enum class Precision : std::uint8_t { int4, int8, fp8, int16, bf16, fp16, fp32 };

struct PrecisionInfo {
  std::string_view name;
  std::int64_t bits;  // of one element in memory
};
inline constexpr std::array kPrecisions{
    PrecisionInfo{"int4", 4},  PrecisionInfo{"int8", 8},  PrecisionInfo{"fp8", 8},   PrecisionInfo{"int16", 16},
    PrecisionInfo{"bf16", 16}, PrecisionInfo{"fp16", 16}, PrecisionInfo{"fp32", 32},
};  // by Precision
inline constexpr int kPrecisionCount = static_cast<int>(kPrecisions.size());
static_assert(static_cast<int>(Precision::fp32) + 1 == kPrecisionCount);

[[nodiscard]] constexpr const PrecisionInfo& about(Precision p) { return kPrecisions[static_cast<std::size_t>(p)]; }
[[nodiscard]] constexpr std::string_view to_string(Precision p) { return about(p).name; }
[[nodiscard]] constexpr std::int64_t bits_of(Precision p) { return about(p).bits; }
[[nodiscard]] constexpr Precision wider(Precision a, Precision b) { return a < b ? b : a; }

// Whole bytes that `elements` take one behind the other.
[[nodiscard]] constexpr std::int64_t packed_bytes(std::int64_t elements, std::int64_t bits) {
  return (elements * bits + 7) / 8;
}

}  // namespace tessera::base
