// The numbers of a TensorProto, decoded where the tensor has few of them (models::kMostNumbers): integers of 4 to 64
// bits and booleans, half, bfloat16, single and double precision. Tensors of other types (strings, complex numbers,
// floats of 8 bits and less) keep their shape only.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "models/graph/graph.h"

namespace tessera::models::onnx {

// Where a tensor's numbers may stand. One of these fields is used; which one depends on the element type.
struct TensorNumbers {
  ElementType type = ElementType::unknown;
  std::string_view raw;            // little-endian
  std::vector<std::int64_t> ints;  // of types other than float and double: one number each, halves as their bits
  std::vector<double> reals;
};

// Whether a tensor of that shape has few enough elements that its numbers are kept.
[[nodiscard]] bool few_numbers(const Dims&);
// Bytes that `count` elements of the type take as raw data.
[[nodiscard]] std::int64_t raw_bytes(ElementType, std::int64_t count);
// Puts the numbers into a literal that has its shape. A tensor that holds more or fewer keeps its shape only.
void decode(const TensorNumbers&, Literal&);

}  // namespace tessera::models::onnx
