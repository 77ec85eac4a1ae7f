// Integers of variable length, as protobuf writes them: seven bits in each byte, the lowest first, and the high bit set
// in every byte but the last. A number of 64 bits takes one to ten bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tessera::base {

inline void put_varint(std::string& out, std::uint64_t v) {
  for (; v >= 0x80; v >>= 7) out.push_back(static_cast<char>(v | 0x80));
  out.push_back(static_cast<char>(v));
}

// Takes the number at the front of `in`. Nothing, with `in` as it was, where the bytes end within the number or go on
// after the tenth. Bits beyond the 64th are dropped, as protobuf drops them.
[[nodiscard]] inline std::optional<std::uint64_t> take_varint(std::string_view& in) {
  constexpr std::size_t kMostBytes = 10;
  std::uint64_t v = 0;
  for (std::size_t i = 0; i < kMostBytes && i < in.size(); ++i) {
    const auto byte = static_cast<unsigned char>(in[i]);
    v |= std::uint64_t{byte & 0x7fU} << (7 * i);
    if (byte < 0x80) {
      in.remove_prefix(i + 1);
      return v;
    }
  }
  return std::nullopt;
}

}  // namespace tessera::base
