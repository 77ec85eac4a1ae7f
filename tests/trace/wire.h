// Protobuf's wire format, read without a schema: an independent look at what a file holds byte by byte.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace tessera::trace::test {

struct WireField {
  enum Type : std::uint32_t { varint = 0, fixed64 = 1, length = 2, fixed32 = 5 };
  std::uint32_t number = 0;
  std::uint32_t type = 0;
  std::uint64_t value = 0;  // of a number; of type length: how many bytes
  std::string_view bytes;   // of type length
};

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}
  [[nodiscard]] std::vector<WireField> fields() {
    std::vector<WireField> out;
    while (!rest_.empty()) out.push_back(field());
    return out;
  }

 private:
  std::uint8_t byte() {
    if (rest_.empty()) throw std::runtime_error("the message ends within a field");
    const auto b = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return b;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint8_t b = byte();
      value |= static_cast<std::uint64_t>(b & 0x7F) << shift;
      if (b < 0x80) return value;
    }
    throw std::runtime_error("a varint of more than ten bytes");
  }
  std::uint64_t fixed(int bytes) {
    std::uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) value |= static_cast<std::uint64_t>(byte()) << (8 * i);
    return value;
  }
  WireField field() {
    const std::uint64_t tag = varint();
    WireField f;
    f.number = static_cast<std::uint32_t>(tag >> 3);
    f.type = static_cast<std::uint32_t>(tag & 7);
    switch (f.type) {
      case WireField::varint: f.value = varint(); break;
      case WireField::fixed64: f.value = fixed(8); break;
      case WireField::fixed32: f.value = fixed(4); break;
      case WireField::length:
        f.value = varint();
        if (f.value > rest_.size()) throw std::runtime_error("a length beyond the message");
        f.bytes = rest_.substr(0, f.value);
        rest_.remove_prefix(f.value);
        break;
      default: throw std::runtime_error("a wire type that does not exist");
    }
    return f;
  }
  std::string_view rest_;
};

[[nodiscard]] inline std::vector<WireField> wire_fields(std::string_view message) {
  return WireReader(message).fields();
}

}  // namespace tessera::trace::test
