// source_box() against brute force: for random output boxes, the bounding box of every input element that the
// operator's definition reads, element by element, cut at the edges of the image.
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using Index = std::vector<std::int64_t>;
// The input elements (in the file's axes) that an output element reads; outside the tensor = padding.
using Reads = std::function<std::vector<Index>(const Index& out)>;

// A second, plain statement of the canonical axes: n, h, w, c of an element.
Shape canonical_index(const Tensor& t, const Index& at) {
  Shape s{0, 0, 0, 0};
  const std::size_t rank = at.size();
  for (std::size_t i = 0; i < rank; ++i) {
    std::size_t axis = 0;
    if (t.layout == Layout::rows) axis = i + 1 == rank ? kC : i + 2 == rank ? kH : kN;
    else if (i == 0) axis = kN;
    else if (rank == 3) axis = i == 1 ? kC : kH;
    else axis = i + 1 == rank ? kW : i + 2 == rank ? kH : kC;
    s[axis] = s[axis] * t.dims[i] + at[i];
  }
  return s;
}

void for_each_element(const Index& dims, const std::function<void(const Index&)>& visit) {
  Index at(dims.size(), 0);
  while (true) {
    visit(at);
    std::size_t i = dims.size();
    while (i > 0 && ++at[i - 1] == dims[i - 1]) at[--i] = 0;
    if (i == 0) return;
  }
}

bool inside(const Box& b, const Shape& s) {
  for (std::size_t a = 0; a < 4; ++a)
    if (s[a] < b.begin[a] || s[a] >= b.end[a]) return false;
  return true;
}

Box random_box(const Shape& shape, std::mt19937& random) {
  Box b;
  for (std::size_t a = 0; a < 4; ++a) {
    b.begin[a] = static_cast<std::int64_t>(random() % static_cast<std::uint32_t>(shape[a]));
    b.end[a] = b.begin[a] + 1 + static_cast<std::int64_t>(random() % static_cast<std::uint32_t>(shape[a] - b.begin[a]));
  }
  return b;
}

void check(const Network& n, const Operator& op, std::size_t input, const Reads& reads) {
  const Tensor &out = n.tensors[op.output], &in = n.tensors[op.inputs[input]];
  std::mt19937 random(7);
  for (int trial = 0; trial < 200; ++trial) {
    const Box box = trial == 0 ? whole(out.shape) : random_box(out.shape, random);
    Box need{in.shape, {0, 0, 0, 0}};
    for_each_element(out.dims, [&](const Index& at) {
      if (!inside(box, canonical_index(out, at))) return;
      for (const Index& r : reads(at)) {
        const Shape s = canonical_index(in, r);
        for (std::size_t a = 0; a < 4; ++a) {
          need.begin[a] = std::min(need.begin[a], s[a]);
          need.end[a] = std::max(need.end[a], s[a] + 1);
        }
      }
    });
    for (std::size_t a = 0; a < 4; ++a) {  // padding is never loaded
      need.begin[a] = std::max<std::int64_t>(need.begin[a], 0);
      need.end[a] = std::min(need.end[a], in.shape[a]);
    }
    const Box got = source_box(n, op, input, box);
    ASSERT_FALSE(got.empty());
    ASSERT_TRUE(whole(in.shape).contains(got));
    if (need.empty()) continue;  // padding alone: any one place will do
    for (std::size_t a = 0; a < 4; ++a) {
      ASSERT_EQ(got.begin[a], need.begin[a]) << op.name << " axis " << a << " trial " << trial;
      ASSERT_EQ(got.end[a], need.end[a]) << op.name << " axis " << a << " trial " << trial;
    }
  }
}

struct Window {
  std::int64_t kernel, stride, dilation, pad;
};

// A window over height and width; `channels(c)` gives the input channels of an output channel.
Reads window(Window h, Window w, const std::function<std::pair<std::int64_t, std::int64_t>(std::int64_t)>& channels) {
  return [=](const Index& o) {
    std::vector<Index> r;
    const auto [c0, c1] = channels(o[1]);
    for (std::int64_t c = c0; c < c1; ++c)
      for (std::int64_t y = 0; y < h.kernel; ++y)
        for (std::int64_t x = 0; x < w.kernel; ++x)
          r.push_back({o[0], c, o[2] * h.stride - h.pad + y * h.dilation, o[3] * w.stride - w.pad + x * w.dilation});
    return r;
  };
}

TEST(SourceBox, OfAGroupedStridedDilatedConvolution) {
  const auto n = OnnxBuilder()
                     .input("x", {2, 6, 9, 11})
                     .weight("w", {4, 3, 3, 2})
                     .output("y")
                     .node("Conv", {"x", "w"}, {"y"},
                           {{"=group", {2}}, {"strides", {2, 1}}, {"dilations", {2, 3}}, {"pads", {1, 2, 3, 0}}})
                     .read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  const Operator& op = n->operators.at(0);
  check(*n, op, 0, window({3, 2, 2, 1}, {2, 1, 3, 2}, [](std::int64_t c) {
    return std::pair{c / 2 * 3, c / 2 * 3 + 3};
  }));
  const Box weights = source_box(*n, op, 1, {{0, 0, 0, 1}, {1, 2, 3, 3}});
  EXPECT_EQ(weights, (Box{{1, 0, 0, 0}, {3, 3, 2, 3}}));
}

TEST(SourceBox, OfAPool) {
  const auto n =
      OnnxBuilder()
          .input("x", {1, 3, 8, 7})
          .output("y")
          .node("MaxPool", {"x"}, {"y"}, {{"kernel_shape", {3, 2}}, {"strides", {2, 2}}, {"pads", {1, 0, 1, 0}}})
          .read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  check(*n, n->operators.at(0), 0, window({3, 2, 1, 1}, {2, 2, 1, 0}, [](std::int64_t c) {
    return std::pair{c, c + 1};
  }));
}

TEST(SourceBox, OfAResize) {
  const auto n = OnnxBuilder()
                     .input("x", {1, 2, 5, 3})
                     .shape("sizes", {1, 2, 10, 9})
                     .output("y")
                     .node("Resize", {"x", "", "", "sizes"}, {"y"})
                     .read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  check(*n, n->operators.at(0), 0, [](const Index& o) { return std::vector<Index>{{o[0], o[1], o[2] / 2, o[3] / 3}}; });
}

TEST(SourceBox, OfBroadcastOperands) {
  const auto n =
      OnnxBuilder().input("x", {2, 3, 4, 5}).input("z", {2, 1, 4, 1}).output("y").node("Add", {"x", "z"}, {"y"}).read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  check(*n, n->operators.at(0), 0, [](const Index& o) { return std::vector<Index>{o}; });
  check(*n, n->operators.at(0), 1, [](const Index& o) { return std::vector<Index>{{o[0], 0, o[2], 0}}; });
}

TEST(SourceBox, OfASoftmaxAndAReduction) {
  const auto n = OnnxBuilder()
                     .input("x", {2, 3, 4, 5})
                     .output("y")
                     .output("z")
                     .node("Softmax", {"x"}, {"y"}, {{"=axis", {2}}})
                     .node("ReduceMean", {"x"}, {"z"}, {{"axes", {1, 3}}, {"=keepdims", {0}}})
                     .read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  check(*n, operator_of(*n, "y"), 0, [](const Index& o) {
    std::vector<Index> r;
    for (std::int64_t i = 0; i < 4; ++i) r.push_back({o[0], o[1], i, o[3]});
    return r;
  });
  check(*n, operator_of(*n, "z"), 0, [](const Index& o) {
    std::vector<Index> r;
    for (std::int64_t i = 0; i < 3; ++i)
      for (std::int64_t j = 0; j < 5; ++j) r.push_back({o[0], i, o[2], j});
    return r;
  });
}

TEST(SourceBox, OfATransposeOfRows) {
  const auto n = OnnxBuilder()
                     .input("x", {2, 3, 4, 5})
                     .output("y")
                     .node("Transpose", {"x"}, {"y"}, {{"perm", {2, 0, 3, 1}}})
                     .read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  ASSERT_EQ(n->operators.at(0).unit, Unit::movement);
  check(*n, n->operators.at(0), 0, [](const Index& o) { return std::vector<Index>{{o[1], o[3], o[0], o[2]}}; });
}

TEST(SourceBox, OfTheHeadTransposeOfADetector) {
  const auto n = OnnxBuilder()
                     .input("x", {1, 4, 3, 2})
                     .weight("w", {6, 4, 1, 1})
                     .shape("s", {1, 2, 3, 3, 2})
                     .output("y")
                     .node("Conv", {"x", "w"}, {"c"})
                     .node("Reshape", {"c", "s"}, {"r"})
                     .node("Transpose", {"r"}, {"y"}, {{"perm", {0, 1, 3, 4, 2}}})
                     .read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  EXPECT_EQ(tensor_of(*n, "r").view, Tensor::View::window);
  check(*n, operator_of(*n, "y"), 0, [](const Index& o) { return std::vector<Index>{{o[0], o[1], o[4], o[2], o[3]}}; });
}

TEST(SourceBox, OfASteppedSliceAndAnExpand) {
  const auto n = OnnxBuilder()
                     .input("x", {3, 7, 5})
                     .input("v", {3, 1, 5})
                     .shape("start", {1})
                     .shape("end", {7})
                     .shape("axis", {1})
                     .shape("step", {2})
                     .shape("to", {3, 4, 5})
                     .output("y")
                     .output("z")
                     .node("Slice", {"x", "start", "end", "axis", "step"}, {"y"})
                     .node("Expand", {"v", "to"}, {"z"})
                     .read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  check(*n, operator_of(*n, "y"), 0, [](const Index& o) { return std::vector<Index>{{o[0], 1 + 2 * o[1], o[2]}}; });
  check(*n, operator_of(*n, "z"), 0, [](const Index& o) { return std::vector<Index>{{o[0], 0, o[2]}}; });
}

TEST(SourceBox, OfAMatrixProductOfActivations) {
  const auto n = OnnxBuilder()
                     .input("a", {2, 3, 4, 5})
                     .input("b", {2, 3, 5, 6})
                     .output("y")
                     .node("MatMul", {"a", "b"}, {"y"})
                     .read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  const auto along_k = [](bool first) {
    return [first](const Index& o) {
      std::vector<Index> r;
      for (std::int64_t k = 0; k < 5; ++k) r.push_back(first ? Index{o[0], o[1], o[2], k} : Index{o[0], o[1], k, o[3]});
      return r;
    };
  };
  check(*n, n->operators.at(0), 0, along_k(true));
  check(*n, n->operators.at(0), 1, along_k(false));
}

// Backwards from 6 in steps of 2, and from the end to the beginning.
TEST(SourceBox, OfASliceThatGoesBackwards) {
  const auto n = OnnxBuilder()
                     .input("x", {3, 7, 5})
                     .shape("start", {6, -1})
                     .shape("end", {0, -1000})
                     .shape("axis", {1, 2})
                     .shape("step", {-2, -1})
                     .output("y")
                     .node("Slice", {"x", "start", "end", "axis", "step"}, {"y"})
                     .read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  EXPECT_EQ(tensor_of(*n, "y").dims, (Index{3, 3, 5}));
  check(*n, operator_of(*n, "y"), 0, [](const Index& o) { return std::vector<Index>{{o[0], 6 - 2 * o[1], 4 - o[2]}}; });
}

// Rims of 2 and 3 around seven elements, two cut off in front of five. `source`: where an element beyond an end is
// from.
void check_pad(const std::string& mode, const std::function<std::int64_t(std::int64_t)>& source) {
  const auto n = OnnxBuilder()
                     .input("x", {3, 7, 5})
                     .shape("pads", {0, 2, -2, 0, 3, 0})
                     .output("y")
                     .node("Pad", {"x", "pads"}, {"y"}, {{"@mode=" + mode, {}}})
                     .read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  EXPECT_EQ(tensor_of(*n, "y").dims, (Index{3, 12, 3}));
  ASSERT_EQ(n->operators.at(0).unit, Unit::movement);
  check(*n, n->operators.at(0), 0, [&](const Index& o) {
    return std::vector<Index>{{o[0], source(o[1] - 2), o[2] + 2}};
  });
}

TEST(SourceBox, OfAPadOfEveryMode) {
  check_pad("edge", [](std::int64_t i) { return std::clamp<std::int64_t>(i, 0, 6); });
  check_pad("reflect", [](std::int64_t i) { return i < 0 ? -i : i > 6 ? 12 - i : i; });
  check_pad("constant", [](std::int64_t i) { return std::clamp<std::int64_t>(i, 0, 6); });  // the nearest stands there
}

// Windows of 2 x 3 x 2 over a volume, a rim of one row.
TEST(SourceBox, OfAPoolOfVolumes) {
  const auto n = OnnxBuilder()
                     .input("x", {1, 2, 4, 6, 5})
                     .output("y")
                     .node("MaxPool", {"x"}, {"y"},
                           {{"kernel_shape", {2, 3, 2}}, {"strides", {2, 2, 1}}, {"pads", {0, 1, 0, 0, 1, 0}}})
                     .read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  const Operator& op = n->operators.at(0);
  EXPECT_EQ(op.maps[0][2].after, 1);
  const Box all = source_box(*n, op, 0, whole(n->tensors[op.output].shape));
  EXPECT_EQ(all, whole(n->tensors[op.inputs[0]].shape));
  // Row 0 of the output (of 3) reads rows -1 to 1, so 0 and 1; depth is a part of c.
  Box row = whole(n->tensors[op.output].shape);
  row.end[kH] = 1;
  EXPECT_EQ(source_box(*n, op, 0, row).end[kH], 2);
}

// Three channels of 2 x 2 blocks: pixel (y, x) of channel c is channel 4 c + 2 y + x, or 3 (2 y + x) + c.
TEST(SourceBox, OfDepthThatBecomesBlocksOfSpace) {
  for (const char* mode : {"CRD", "DCR"}) {
    const auto n = OnnxBuilder()
                       .input("x", {1, 12, 3, 4})
                       .output("y")
                       .node("DepthToSpace", {"x"}, {"y"}, {{"=blocksize", {2}}, {std::string("@mode=") + mode, {}}})
                       .read();
    ASSERT_TRUE(n.ok()) << n.problems().to_string();
    const Operator& op = n->operators.at(0);
    // Channel 1 of the second row of blocks.
    const Box box = source_box(*n, op, 0, {{0, 2, 0, 1}, {1, 4, 8, 2}});
    const bool neighbours = std::string(mode) == "CRD";
    EXPECT_EQ(box, (Box{{0, 1, 0, neighbours ? 4 : 1}, {1, 2, 4, neighbours ? 8 : 11}})) << mode;
  }
}

TEST(SourceBox, OfBlocksOfSpaceThatBecomeDepth) {
  const auto n = OnnxBuilder()
                     .input("x", {1, 2, 6, 4})
                     .output("y")
                     .node("SpaceToDepth", {"x"}, {"y"}, {{"=blocksize", {2}}})
                     .read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  const Operator& op = n->operators.at(0);
  EXPECT_EQ(source_box(*n, op, 0, {{0, 1, 0, 0}, {1, 2, 2, 8}}), (Box{{0, 2, 0, 0}, {1, 4, 4, 2}}));
}

// What a linear view or movement covers must hold every element; it may hold more where no finer axes are common.
TEST(SourceBox, OfALinearViewCoversAllItsElements) {
  const auto n = OnnxBuilder()
                     .input("x", {4, 6, 10})
                     .shape("s", {4, 60})
                     .shape("t", {8, 2, 15})
                     .output("y")
                     .output("z")
                     .node("Reshape", {"x", "s"}, {"a"})
                     .node("Relu", {"a"}, {"y"})
                     .node("Reshape", {"x", "t"}, {"b"})
                     .node("Relu", {"b"}, {"z"})
                     .read();
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  std::mt19937 random(3);
  for (const char* name : {"a", "b"}) {
    const Tensor& t = tensor_of(*n, name);
    const auto id = static_cast<TensorId>(&t - n->tensors.data());
    const Tensor& root = n->tensors[t.root];
    ASSERT_EQ(root.name, "x");
    for (int trial = 0; trial < 200; ++trial) {
      const Box box = random_box(t.shape, random), got = n->root_box(id, box);
      ASSERT_TRUE(whole(root.shape).contains(got));
      std::int64_t element = 0;
      for_each_element(t.dims, [&](const Index& at) {
        Index source(3);
        std::int64_t rest = element++;
        for (std::size_t i = 3; i-- > 0; rest /= root.dims[i]) source[i] = rest % root.dims[i];
        if (inside(box, canonical_index(t, at))) {
          ASSERT_TRUE(inside(got, canonical_index(root, source))) << name;
        }
      });
    }
  }
  // [4, 6 x 10] to [4, 6, 10]: part of a row is exactly some of the inner rows.
  const auto a = static_cast<TensorId>(&tensor_of(*n, "a") - n->tensors.data());
  EXPECT_EQ(n->root_box(a, {{0, 1, 0, 20}, {1, 2, 1, 40}}), (Box{{1, 2, 0, 0}, {2, 4, 1, 10}}));
}

}  // namespace
}  // namespace tessera::models::tests
