// The protobuf wire format, read in place: fields of one message over bytes that someone else owns.
//
// An ONNX file is mostly weights, and the simulator never needs one. Reading the wire format directly skips every
// tensor's bytes without copying (a 438 MB network costs the pages of its graph), and needs none of the ONNX
// project's classes, whose schema checks refuse newer files. Field numbers are facts of the format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::models::onnx {

// One field of a message: its number and, by wire type, an integer or a run of bytes.
struct Field {
  std::uint32_t number = 0;
  enum class Type : std::uint8_t { varint, fixed64, bytes, fixed32 } type = Type::varint;
  std::uint64_t integer = 0;  // varint, fixed64, fixed32
  std::string_view bytes;     // bytes: strings, sub-messages, packed arrays
  [[nodiscard]] std::int64_t as_int() const { return static_cast<std::int64_t>(integer); }
  [[nodiscard]] float as_float() const;
  [[nodiscard]] bool is_bytes() const { return type == Type::bytes; }
};

// Walks the fields of one message. After next() returned nothing, ok() tells the end from damage.
class WireReader {
 public:
  explicit WireReader(std::string_view message) : rest_(message) {}
  [[nodiscard]] std::optional<Field> next();
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  [[nodiscard]] std::optional<std::uint64_t> fixed(std::size_t width);
  std::string_view rest_;
  bool ok_ = true;
};

// Appends the integers of a repeated field, packed or not. False where the bytes are damaged.
[[nodiscard]] bool append_integers(const Field&, std::vector<std::int64_t>& out);
// The same for floats of 32 and of 64 bits.
[[nodiscard]] bool append_floats(const Field&, std::vector<double>& out);
[[nodiscard]] bool append_doubles(const Field&, std::vector<double>& out);

}  // namespace tessera::models::onnx
