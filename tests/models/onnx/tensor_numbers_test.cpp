// Numbers of tensors, as the file's bytes give them: every element type, and files beside the network.
#include "models/onnx/tensor_numbers.h"

#include <gtest/gtest.h>

#include "models/read_network.h"
#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using Ints = OnnxBuilder::Ints;
using Reals = std::vector<double>;

Literal decoded(ElementType type, Dims dims, const std::string& raw) {
  Literal l;
  l.dims = std::move(dims);
  l.type = type;
  onnx::decode({type, raw, {}, {}}, l);
  return l;
}

TEST(TensorNumbers, IntegersOfEveryWidth) {
  EXPECT_EQ(decoded(ElementType::int8, {2}, "\xff\x7f").ints, (Ints{-1, 127}));
  EXPECT_EQ(decoded(ElementType::uint8, {2}, "\xff\x7f").ints, (Ints{255, 127}));
  EXPECT_EQ(decoded(ElementType::int16, {1}, "\xfe\xff").ints, (Ints{-2}));
  EXPECT_EQ(decoded(ElementType::int32, {1}, "\xfe\xff\xff\xff").ints, (Ints{-2}));
  EXPECT_EQ(decoded(ElementType::uint32, {1}, "\xfe\xff\xff\xff").ints, (Ints{4294967294}));
  // Three numbers of four bits in two bytes, the first in the low half: 0x7, 0x8, 0xf.
  EXPECT_EQ(decoded(ElementType::int4, {3}, "\x87\x0f").ints, (Ints{7, -8, -1}));
  EXPECT_EQ(decoded(ElementType::uint4, {3}, "\x87\x0f").ints, (Ints{7, 8, 15}));
}

// Halves: 0x3c00 = 1, 0xc100 = -2.5, 0x0001 = 2^-24, 0x7c00 = infinity. bfloat16 is the upper half of a float.
TEST(TensorNumbers, FractionsOfEveryWidth) {
  EXPECT_EQ(decoded(ElementType::float16, {3}, std::string("\x00\x3c\x00\xc1\x01\x00", 6)).reals,
            (Reals{1, -2.5, 5.9604644775390625e-08}));
  EXPECT_EQ(decoded(ElementType::bfloat16, {2}, std::string("\x80\x3f\x20\xc0", 4)).reals, (Reals{1, -2.5}));
  EXPECT_EQ(decoded(ElementType::float64, {1}, std::string("\0\0\0\0\0\0\xf0\x3f", 8)).reals, (Reals{1}));
}

TEST(TensorNumbers, OfAnotherLengthOrTypeAreLeftOut) {
  EXPECT_FALSE(decoded(ElementType::int32, {2}, "\1\0\0\0").known());
  EXPECT_FALSE(decoded(ElementType::float8e5m2, {1}, "\1").known());
  EXPECT_FALSE(decoded(ElementType::int8, {4097}, std::string(4097, '\0')).known());
}

// The shape of a Reshape in a file beside the network, behind eight other bytes.
TEST(TensorNumbers, ShapesMayStandBesideTheNetwork) {
  const std::string data = std::string(8, 'x') + std::string("\3\0\0\0\0\0\0\0\x8\0\0\0\0\0\0\0", 16);
  const auto builder = [](const std::string& location, std::int64_t offset) {
    return OnnxBuilder()
        .input("x", {2, 12})
        .external("s", 7, {2}, location, offset)
        .output("y")
        .node("Reshape", {"x", "s"}, {"r"})
        .node("Relu", {"r"}, {"y"})
        .bytes();
  };
  (void)scratch_file("data.bin", data);
  const auto n = read_network(scratch_file("ext.onnx", builder("data.bin", 8)));
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  EXPECT_EQ(tensor_of(*n, "y").dims, (Ints{3, 8}));
  for (const auto& [location, offset] : {std::pair<std::string, std::int64_t>{"nowhere.bin", 8},
                                         {"data.bin", 9},
                                         {"../data.bin", 8},
                                         {"/etc/passwd", 0}}) {
    const auto wrong = read_network(scratch_file("ext.onnx", builder(location, offset)));
    ASSERT_FALSE(wrong.ok()) << location;
    EXPECT_NE(wrong.problems().to_string().find("the shape is not known from the file: the numbers of 's' are not in "
                                                "the file"),
              std::string::npos)
        << wrong.problems().to_string();
  }
}

}  // namespace
}  // namespace tessera::models::tests
