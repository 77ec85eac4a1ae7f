// Transposed convolutions: shapes, which inputs an output reads, and which multiplications count.
#include <gtest/gtest.h>

#include "models/read_network.h"
#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using Ints = OnnxBuilder::Ints;
using Attributes = std::map<std::string, Ints>;

base::Result<Network> transposed(const Ints& x, const Ints& w, const Attributes& attributes) {
  return OnnxBuilder()
      .input("x", x)
      .weight("w", w)
      .output("y")
      .node("ConvTranspose", {"x", "w"}, {"y"}, attributes)
      .read();
}

Ints shape_of(const Ints& x, const Ints& w, const Attributes& attributes) {
  const auto n = transposed(x, w, attributes);
  EXPECT_TRUE(n.ok()) << n.problems().to_string();
  return n.ok() ? tensor_of(*n, "y").dims : Ints{};
}

TEST(TransposedConvolution, Extents) {
  EXPECT_EQ(shape_of({1, 8, 3, 3}, {8, 2, 3, 3}, {}), (Ints{1, 2, 5, 5}));
  EXPECT_EQ(shape_of({1, 8, 3, 3}, {8, 2, 3, 3}, {{"strides", {3, 2}}}), (Ints{1, 2, 9, 7}));
  EXPECT_EQ(shape_of({1, 8, 3, 3}, {8, 2, 3, 3}, {{"strides", {3, 2}}, {"output_padding", {1, 1}}}),
            (Ints{1, 2, 10, 8}));
  EXPECT_EQ(shape_of({1, 8, 3, 3}, {8, 2, 3, 3}, {{"strides", {3, 2}}, {"output_shape", {10, 8}}}),
            (Ints{1, 2, 10, 8}));
  EXPECT_EQ(shape_of({1, 8, 3, 3}, {8, 2, 3, 3}, {{"strides", {2, 2}}, {"@auto_pad=SAME_UPPER", {}}}),
            (Ints{1, 2, 6, 6}));
  EXPECT_EQ(shape_of({1, 8, 3, 3}, {8, 2, 2, 2}, {{"dilations", {2, 2}}}), (Ints{1, 2, 5, 5}));
  EXPECT_EQ(shape_of({2, 8, 7}, {8, 1, 4}, {{"strides", {2}}, {"pads", {1, 1}}, {"=group", {8}}}), (Ints{2, 8, 14}));
  EXPECT_EQ(shape_of({1, 4, 3, 5, 6}, {4, 2, 2, 2, 2}, {{"strides", {2, 2, 2}}}), (Ints{1, 2, 6, 10, 12}));
}

TEST(TransposedConvolution, InputsTimesTapsCountUnlessTheirResultsAreCutOff) {
  const auto macs = [](const Ints& x, const Ints& w, const Attributes& attributes) {
    const auto n = transposed(x, w, attributes);
    EXPECT_TRUE(n.ok()) << n.problems().to_string();
    return n.ok() ? n->macs() : 0;
  };
  EXPECT_EQ(macs({1, 64, 28, 28}, {64, 32, 2, 2}, {{"strides", {2, 2}}}), 64 * 28 * 28 * 32 * 4);
  EXPECT_EQ(macs({1, 8, 4, 4}, {8, 6, 4, 4}, {{"strides", {2, 2}}, {"pads", {1, 1, 1, 1}}}), 8 * 16 * 6 * 16);
  EXPECT_EQ(macs({1, 100, 1, 1}, {100, 64, 4, 4}, {}), 100 * 64 * 16);
  EXPECT_EQ(macs({1, 1, 4}, {1, 1, 3}, {{"strides", {2}}}), 12);
  // Outputs 1 to 7 of 9: those between two inputs have one tap (4 of them), the others two (3).
  EXPECT_EQ(macs({1, 1, 4}, {1, 1, 3}, {{"strides", {2}}, {"pads", {1, 1}}}), 10);
}

TEST(TransposedConvolution, AnAxisByForce) {
  for (const std::int64_t in : {1, 4, 7})
    for (const std::int64_t kernel : {1, 2, 3, 4})
      for (const std::int64_t stride : {1, 2, 3})
        for (const std::int64_t dilation : {1, 2})
          for (const std::int64_t pad : {0, 1}) {
            const std::int64_t out = (in - 1) * stride + (kernel - 1) * dilation + 1 - 2 * pad;
            if (out < 1) continue;
            const TransposedAxis axis{in, out, kernel, stride, dilation, pad};
            std::int64_t before = 0;
            for (std::int64_t o = 0; o < out; ++o) {
              EXPECT_EQ(axis.taps_before(o), before);
              before += axis.taps(o);
              std::int64_t first = 0, last = 0;
              axis.sources(o, o + 1, first, last);
              for (std::int64_t i = 0; i < in; ++i)
                for (std::int64_t k = 0; k < kernel; ++k)
                  if (i * stride + k * dilation - pad == o) {
                    EXPECT_TRUE(first <= i && i < last) << o << " reads " << i;
                  }
            }
            EXPECT_EQ(axis.useful(0, out / 2) + axis.useful(out / 2, out), axis.useful());
            EXPECT_LE(axis.useful(), axis.taps_before(out));
          }
}

TEST(TransposedConvolution, WeightsMustBeConstant) {
  const auto n = OnnxBuilder()
                     .input("x", {1, 2, 3, 3})
                     .input("v", {2, 2, 3, 3})
                     .output("y")
                     .node("Relu", {"v"}, {"w"})
                     .node("ConvTranspose", {"x", "w"}, {"y"})
                     .read();
  ASSERT_FALSE(n.ok());
  EXPECT_NE(n.problems().to_string().find("its weights are no constant"), std::string::npos);
}

}  // namespace
}  // namespace tessera::models::tests
