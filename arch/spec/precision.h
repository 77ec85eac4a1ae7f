// Number formats of operands.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tessera::arch {

enum class Precision : std::uint8_t { int8, int16, fp16, bf16, fp32 };

[[nodiscard]] constexpr std::int64_t bytes_of(Precision p) {
  switch (p) {
    case Precision::int8: return 1;
    case Precision::int16:
    case Precision::fp16:
    case Precision::bf16: return 2;
    case Precision::fp32: return 4;
  }
  return 1;
}

[[nodiscard]] constexpr std::string_view to_string(Precision p) {
  switch (p) {
    case Precision::int8: return "int8";
    case Precision::int16: return "int16";
    case Precision::fp16: return "fp16";
    case Precision::bf16: return "bf16";
    case Precision::fp32: return "fp32";
  }
  return "?";
}

}  // namespace tessera::arch
