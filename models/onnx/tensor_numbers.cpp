#include "models/onnx/tensor_numbers.h"

#include <bit>
#include <cmath>
#include <optional>

namespace tessera::models::onnx {

namespace {

// The bits of element `i` of raw data.
std::uint64_t bits_of(std::string_view raw, std::size_t i, unsigned bits) {
  if (bits == 4) return (static_cast<unsigned char>(raw[i / 2]) >> (i % 2 * 4)) & 15U;
  const std::size_t width = bits / 8;
  std::uint64_t v = 0;
  for (std::size_t b = 0; b < width; ++b) v |= std::uint64_t{static_cast<unsigned char>(raw[i * width + b])} << (8 * b);
  return v;
}

std::int64_t integer_of(std::uint64_t v, ElementType type) {
  const int bits = about(type).bits;
  if (!is_signed_integer(type) || bits == 64) return static_cast<std::int64_t>(v);
  const std::uint64_t sign = std::uint64_t{1} << (bits - 1);
  return static_cast<std::int64_t>((v & (2 * sign - 1)) ^ sign) - static_cast<std::int64_t>(sign);
}

double half_of(std::uint64_t v) {
  const int exponent = static_cast<int>((v >> 10) & 31);
  const auto fraction = static_cast<double>(v & 1023);
  const double size = exponent == 31  ? (fraction == 0 ? HUGE_VAL : std::nan(""))
                      : exponent == 0 ? std::ldexp(fraction, -24)
                                      : std::ldexp(1024 + fraction, exponent - 25);
  return (v >> 15) & 1 ? -size : size;
}

double real_of(std::uint64_t v, ElementType type) {
  if (type == ElementType::float16) return half_of(v);
  if (type == ElementType::float64) return std::bit_cast<double>(v);
  if (type == ElementType::bfloat16) v <<= 16;
  return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(v)));
}

bool has_readable_numbers(ElementType t) {
  using enum ElementType;
  return is_integer(t) || t == float16 || t == bfloat16 || t == float32 || t == float64;
}

// The elements' bits, from raw data or from the list of integers.
std::optional<std::vector<std::uint64_t>> all_bits(const TensorNumbers& from, std::size_t count) {
  std::vector<std::uint64_t> bits;
  bits.reserve(count);
  if (from.raw.empty()) {
    if (from.ints.size() != count) return std::nullopt;
    for (const std::int64_t v : from.ints) bits.push_back(static_cast<std::uint64_t>(v));
    return bits;
  }
  if (from.raw.size() != static_cast<std::size_t>(raw_bytes(from.type, static_cast<std::int64_t>(count))))
    return std::nullopt;
  const auto width = static_cast<unsigned>(about(from.type).bits);
  for (std::size_t i = 0; i < count; ++i) bits.push_back(bits_of(from.raw, i, width));
  return bits;
}

}  // namespace

bool few_numbers(const Dims& dims) { return possible(dims) && elements(dims) <= kMostNumbers; }

std::int64_t raw_bytes(ElementType type, std::int64_t count) { return (count * about(type).bits + 7) / 8; }

void decode(const TensorNumbers& from, Literal& into) {
  if (!has_readable_numbers(from.type) || !few_numbers(into.dims)) return;
  const auto count = static_cast<std::size_t>(elements(into.dims));
  const bool integer = is_integer(from.type);
  if (!integer && from.raw.empty() && from.reals.size() == count) {
    into.reals = from.reals;
    return;
  }
  const auto bits = all_bits(from, count);
  if (!bits) return;
  if (integer) into.ints.emplace();
  else into.reals.emplace();
  for (const std::uint64_t v : *bits) {
    if (integer) into.ints->push_back(integer_of(v, from.type));
    else into.reals->push_back(real_of(v, from.type));
  }
}

}  // namespace tessera::models::onnx
