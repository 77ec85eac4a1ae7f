// Layouts by brute force: every element has its own bytes, and a box's descriptor covers exactly what it should.
#include "scheduler/address/placement.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "arch/transfer/bursts.h"

namespace tessera::scheduler {
namespace {

using models::Box;
using models::Shape;

template <class Visit>
void for_each(const Box& box, Visit visit) {
  for (auto n = box.begin[0]; n < box.end[0]; ++n)
    for (auto h = box.begin[1]; h < box.end[1]; ++h)
      for (auto w = box.begin[2]; w < box.end[2]; ++w)
        for (auto c = box.begin[3]; c < box.end[3]; ++c) visit(Shape{n, h, w, c});
}

std::set<std::int64_t> bytes_of_runs(const arch::Strided& s) {
  std::set<std::int64_t> bytes;
  for (std::int64_t i = 0; i < s.count[0]; ++i)
    for (std::int64_t j = 0; j < s.count[1]; ++j)
      for (std::int64_t k = 0; k < s.count[2]; ++k)
        for (std::int64_t b = 0; b < s.run_bytes; ++b)
          bytes.insert(s.base + i * s.stride[0] + j * s.stride[1] + k * s.stride[2] + b);
  return bytes;
}

struct Case {
  const char* name;
  arch::LayoutSpec layout;
  std::int64_t element;
  bool packed;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class Layouts : public testing::TestWithParam<Case> {};

TEST_P(Layouts, EveryElementHasItsOwnBytesInsideTheBuffer) {
  for (const Shape shape : {Shape{1, 5, 7, 3}, Shape{2, 4, 3, 20}, Shape{1, 9, 1, 33}, Shape{3, 1, 1, 8}}) {
    const Placement p = place(GetParam().layout, shape, GetParam().element * 8, GetParam().packed, 4096);
    std::set<std::int64_t> used;
    for_each(models::whole(shape), [&](const Shape& at) {
      for (std::int64_t b = 0; b < GetParam().element; ++b) {
        const auto byte = p.address(at) + b;
        EXPECT_GE(byte, 4096);
        EXPECT_LT(byte, 4096 + p.bytes);
        EXPECT_TRUE(used.insert(byte).second);
      }
    });
  }
}

TEST_P(Layouts, DescriptorCoversTheBoxAndItsRunsAscend) {
  std::mt19937 random(7);
  for (int round = 0; round < 400; ++round) {
    Shape shape;
    Box box;
    for (std::size_t a = 0; a < 4; ++a) {
      shape[a] = 1 + static_cast<std::int64_t>(random() % (a == 0 ? 3 : 21));
      box.begin[a] = static_cast<std::int64_t>(random()) % shape[a];
      box.end[a] = box.begin[a] + 1 + static_cast<std::int64_t>(random()) % (shape[a] - box.begin[a]);
    }
    const Placement p = place(GetParam().layout, shape, GetParam().element * 8, GetParam().packed, 1024);
    const arch::Strided where = describe(p, box);
    const auto covered = bytes_of_runs(where);
    ASSERT_EQ(static_cast<std::int64_t>(covered.size()), where.useful_bytes()) << "runs overlap";
    std::size_t needed = 0;
    for_each(box, [&](const Shape& at) {
      for (std::int64_t b = 0; b < GetParam().element; ++b, ++needed) ASSERT_TRUE(covered.contains(p.address(at) + b));
    });
    ASSERT_GE(*covered.begin(), 1024);
    ASSERT_LT(*covered.rbegin(), 1024 + p.bytes);
    if (GetParam().layout.kind != arch::LayoutKind::nchw_c) {
      ASSERT_EQ(covered.size(), needed) << "nothing but the box, except where channels lie in blocks";
    }
    std::int64_t previous = -1;
    for (std::int64_t k = 0; k < where.count[2]; ++k)
      for (std::int64_t j = 0; j < where.count[1]; ++j)
        for (std::int64_t i = 0; i < where.count[0]; ++i) {
          const auto start = where.base + i * where.stride[0] + j * where.stride[1] + k * where.stride[2];
          ASSERT_GT(start, previous);
          previous = start;
        }
  }
}

using arch::LayoutKind;
INSTANTIATE_TEST_SUITE_P(All, Layouts,
                         testing::Values(Case{"nhwc", {LayoutKind::nhwc, 8, base::Bytes{64}}, 1, false},
                                         Case{"nhwc_packed", {LayoutKind::nhwc, 8, base::Bytes{64}}, 1, true},
                                         Case{"nhwc_fp16", {LayoutKind::nhwc, 8, base::Bytes{32}}, 2, false},
                                         Case{"nchw", {LayoutKind::nchw, 8, base::Bytes{64}}, 1, false},
                                         Case{"nchw_fp32", {LayoutKind::nchw, 8, base::Bytes{64}}, 4, false},
                                         Case{"nchw_c8", {LayoutKind::nchw_c, 8, base::Bytes{8}}, 1, false},
                                         Case{"nchw_c4_fp16", {LayoutKind::nchw_c, 4, base::Bytes{64}}, 2, false}),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(Layout, PixelPitchIsRoundedToTheAlignment) {
  const arch::LayoutSpec nhwc{LayoutKind::nhwc, 8, base::Bytes{64}};
  EXPECT_EQ(place(nhwc, {1, 4, 6, 100}, 8, false, 0).pitch_w, 128);
  EXPECT_EQ(place(nhwc, {1, 4, 6, 3}, 8, true, 0).pitch_w, 3);
}

TEST(Layout, NvdlaSurfacesHoldWholeChannelBlocks) {
  // truth/nvdla: input bytes = W * H * ceil8(C).
  const arch::LayoutSpec feature{LayoutKind::nchw_c, 8, base::Bytes{8}};
  const Placement p = place(feature, {1, 14, 14, 20}, 8, false, 0);
  EXPECT_EQ(arch::moved_bytes(describe(p, models::whole(p.shape)), 8), 14 * 14 * 24);
}

// Half a byte an element.
class HalfBytes : public testing::TestWithParam<Case> {};

TEST_P(HalfBytes, EveryElementHasItsOwnBitsAndADescriptorCoversThem) {
  std::mt19937 random(11);
  for (int round = 0; round < 400; ++round) {
    Shape shape;
    Box box;
    for (std::size_t a = 0; a < 4; ++a) {
      shape[a] = 1 + static_cast<std::int64_t>(random() % (a == 0 ? 3 : 12));
      box.begin[a] = static_cast<std::int64_t>(random()) % shape[a];
      box.end[a] = box.begin[a] + 1 + static_cast<std::int64_t>(random()) % (shape[a] - box.begin[a]);
    }
    const Placement p = place(GetParam().layout, shape, 4, GetParam().packed, 1024);
    std::set<std::int64_t> used;
    for_each(models::whole(shape), [&](const Shape& at) {
      ASSERT_TRUE(used.insert(p.bit_address(at)).second);
      ASSERT_LT(p.address(at), 1024 + p.bytes);
    });
    const arch::Strided where = describe(p, box);
    const auto covered = bytes_of_runs(where);
    ASSERT_EQ(static_cast<std::int64_t>(covered.size()), where.useful_bytes()) << "runs overlap";
    for_each(box, [&](const Shape& at) { ASSERT_TRUE(covered.contains(p.address(at))); });
    ASSERT_GE(*covered.begin(), 1024);
    ASSERT_LT(*covered.rbegin(), 1024 + p.bytes);
  }
}

INSTANTIATE_TEST_SUITE_P(All, HalfBytes,
                         testing::Values(Case{"nhwc", {LayoutKind::nhwc, 8, base::Bytes{1}}, 0, false},
                                         Case{"nhwc_packed", {LayoutKind::nhwc, 8, base::Bytes{64}}, 0, true},
                                         Case{"nchw", {LayoutKind::nchw, 8, base::Bytes{1}}, 0, false},
                                         Case{"nchw_aligned", {LayoutKind::nchw, 8, base::Bytes{64}}, 0, false},
                                         Case{"nchw_c8", {LayoutKind::nchw_c, 8, base::Bytes{1}}, 0, false},
                                         Case{"nchw_c3", {LayoutKind::nchw_c, 3, base::Bytes{1}}, 0, false}),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(Layout, AStretchOfHalfBytesTakesWholeBytes) {
  // Five channels are 20 bits: three bytes a pixel. Channels 1, 2 and 3 lie in bits 4 to 15: two bytes.
  const Placement pixels = place({LayoutKind::nhwc, 8, base::Bytes{1}}, {1, 2, 3, 5}, 4, false, 0);
  EXPECT_EQ(pixels.pitch_w, 3);
  EXPECT_EQ(pixels.bytes, 2 * 3 * 3);
  EXPECT_EQ(describe(pixels, {{0, 0, 1, 1}, {1, 1, 2, 4}}).base, 3);
  EXPECT_EQ(describe(pixels, {{0, 0, 1, 1}, {1, 1, 2, 4}}).run_bytes, 2);
  // A row of five elements is three bytes; elements 1 and 2 lie in two of them.
  const Placement planes = place({LayoutKind::nchw, 8, base::Bytes{1}}, {1, 2, 5, 3}, 4, false, 0);
  EXPECT_EQ(planes.pitch_h, 3);
  EXPECT_EQ(planes.pitch_block, 6);
  EXPECT_EQ(describe(planes, {{0, 1, 1, 0}, {1, 2, 3, 1}}).base, 3);
  EXPECT_EQ(describe(planes, {{0, 1, 1, 0}, {1, 2, 3, 1}}).run_bytes, 2);
}

}  // namespace
}  // namespace tessera::scheduler
