// The element types of tensors in a file, numbered as ONNX numbers them (TensorProto.DataType).
//
// An element type says how the file stores a number. What the simulated machine computes with is a precision, which a
// run may choose for itself.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tessera::models {

// X(name, bits of one element in memory; 0: no fixed size)
#define TESSERA_ELEMENT_TYPES(X) \
  X(unknown, 0)                  \
  X(float32, 32)                 \
  X(uint8, 8)                    \
  X(int8, 8)                     \
  X(uint16, 16)                  \
  X(int16, 16)                   \
  X(int32, 32)                   \
  X(int64, 64)                   \
  X(string, 0)                   \
  X(boolean, 8)                  \
  X(float16, 16)                 \
  X(float64, 64)                 \
  X(uint32, 32)                  \
  X(uint64, 64)                  \
  X(complex64, 64)               \
  X(complex128, 128)             \
  X(bfloat16, 16)                \
  X(float8e4m3fn, 8)             \
  X(float8e4m3fnuz, 8)           \
  X(float8e5m2, 8)               \
  X(float8e5m2fnuz, 8)           \
  X(uint4, 4)                    \
  X(int4, 4)                     \
  X(float4e2m1, 4)

#define TESSERA_ENTRY(name, bits) name,
enum class ElementType : std::uint8_t { TESSERA_ELEMENT_TYPES(TESSERA_ENTRY) };
#undef TESSERA_ENTRY

struct ElementTypeFacts {
  std::string_view name;
  int bits;
};
#define TESSERA_ENTRY(name, bits) ElementTypeFacts{#name, bits},
inline constexpr std::array kElementTypes{TESSERA_ELEMENT_TYPES(TESSERA_ENTRY)};  // by ElementType
#undef TESSERA_ENTRY
#undef TESSERA_ELEMENT_TYPES

[[nodiscard]] constexpr const ElementTypeFacts& about(ElementType t) {
  return kElementTypes[static_cast<std::size_t>(t)];
}
// Booleans count as the integers 0 and 1.
[[nodiscard]] constexpr bool is_integer(ElementType t) {
  using enum ElementType;
  return (t >= uint8 && t <= boolean && t != string) || t == uint32 || t == uint64 || t == uint4 || t == int4;
}
[[nodiscard]] constexpr bool is_signed_integer(ElementType t) {
  using enum ElementType;
  return t == int4 || t == int8 || t == int16 || t == int32 || t == int64;
}
// Of a number in a file: `unknown` where ONNX gives it no meaning.
[[nodiscard]] constexpr ElementType element_type(std::int64_t number) {
  const bool known = number > 0 && number < static_cast<std::int64_t>(kElementTypes.size());
  return known ? static_cast<ElementType>(number) : ElementType::unknown;
}

}  // namespace tessera::models
