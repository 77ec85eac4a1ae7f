#include "models/onnx/wire.h"

#include <bit>

#include "base/varint.h"

namespace tessera::models::onnx {

namespace {

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t v = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) v |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return v;
}

}  // namespace

float Field::as_float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(integer)); }

std::optional<std::uint64_t> WireReader::fixed(std::size_t width) {
  if (rest_.size() < width) return std::nullopt;
  const std::uint64_t v = little_endian(rest_.substr(0, width));
  rest_.remove_prefix(width);
  return v;
}

std::optional<Field> WireReader::next() {
  if (!ok_ || rest_.empty()) return std::nullopt;
  ok_ = false;  // until the field is whole
  const auto key = base::take_varint(rest_);
  if (!key || (*key >> 3) == 0 || (*key >> 3) > 0x1fffffff) return std::nullopt;
  Field f;
  f.number = static_cast<std::uint32_t>(*key >> 3);
  std::optional<std::uint64_t> v;
  switch (*key & 7) {
    case 0:
      f.type = Field::Type::varint;
      v = base::take_varint(rest_);
      break;
    case 1:
      f.type = Field::Type::fixed64;
      v = fixed(8);
      break;
    case 2:
      f.type = Field::Type::bytes;
      v = base::take_varint(rest_);
      break;
    case 5:
      f.type = Field::Type::fixed32;
      v = fixed(4);
      break;
    default: return std::nullopt;  // groups: not in any ONNX file
  }
  if (!v) return std::nullopt;
  if (f.type == Field::Type::bytes) {
    if (*v > rest_.size()) return std::nullopt;
    f.bytes = rest_.substr(0, static_cast<std::size_t>(*v));
    rest_.remove_prefix(f.bytes.size());
  } else {
    f.integer = *v;
  }
  ok_ = true;
  return f;
}

bool append_integers(const Field& f, std::vector<std::int64_t>& out) {
  if (!f.is_bytes()) {
    out.push_back(f.as_int());
    return true;
  }
  std::string_view rest = f.bytes;
  while (!rest.empty()) {
    const auto v = base::take_varint(rest);
    if (!v) return false;
    out.push_back(static_cast<std::int64_t>(*v));
  }
  return true;
}

bool append_floats(const Field& f, std::vector<double>& out) {
  if (!f.is_bytes()) {
    out.push_back(static_cast<double>(f.as_float()));
    return true;
  }
  if (f.bytes.size() % 4 != 0) return false;
  for (std::size_t i = 0; i < f.bytes.size(); i += 4)
    out.push_back(
        static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(little_endian(f.bytes.substr(i, 4))))));
  return true;
}

bool append_doubles(const Field& f, std::vector<double>& out) {
  if (!f.is_bytes()) {
    out.push_back(std::bit_cast<double>(f.integer));
    return f.type == Field::Type::fixed64;
  }
  if (f.bytes.size() % 8 != 0) return false;
  for (std::size_t i = 0; i < f.bytes.size(); i += 8)
    out.push_back(std::bit_cast<double>(little_endian(f.bytes.substr(i, 8))));
  return true;
}

}  // namespace tessera::models::onnx
