#include "models/network/layout.h"

#include <gtest/gtest.h>

namespace tessera::models {
namespace {

TEST(Layout, ImagesAndRowsOnTheCanonicalAxes) {
  EXPECT_EQ(canonical_shape({2, 3, 5, 7}, Layout::image), (Shape{2, 5, 7, 3}));
  EXPECT_EQ(canonical_shape({2, 3, 4, 5, 7}, Layout::image), (Shape{2, 5, 7, 12}));
  EXPECT_EQ(canonical_shape({2, 3, 5}, Layout::image), (Shape{2, 5, 1, 3}));
  EXPECT_EQ(canonical_shape({2, 3, 5, 7}, Layout::rows), (Shape{6, 5, 1, 7}));
  EXPECT_EQ(canonical_shape({7}, Layout::rows), (Shape{1, 1, 1, 7}));
  EXPECT_EQ(canonical_shape({}, Layout::rows), (Shape{1, 1, 1, 1}));
}

TEST(Layout, ABoxThatCrossesAMergedAxisCoversItWhole) {
  const Dims dims{2, 3, 4, 5};
  const FileBox one = file_box(dims, Layout::rows, {{1, 0, 0, 0}, {2, 4, 1, 5}});
  EXPECT_EQ(one.begin, (Dims{0, 1, 0, 0}));
  EXPECT_EQ(one.end, (Dims{1, 2, 4, 5}));
  const FileBox two = file_box(dims, Layout::rows, {{2, 0, 0, 0}, {4, 4, 1, 5}});
  EXPECT_EQ(two.begin, (Dims{0, 0, 0, 0}));
  EXPECT_EQ(two.end, (Dims{2, 3, 4, 5}));
}

TEST(Layout, RefinementFindsCommonAxes) {
  const Refinement r = refine({4, 60}, {4, 6, 10});
  ASSERT_TRUE(r.found);
  EXPECT_EQ(r.dims, (Dims{4, 6, 10}));
  EXPECT_EQ(r.of_a, (std::vector<std::size_t>{0, 1, 1}));
  EXPECT_EQ(r.of_b, (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_FALSE(refine({6, 10}, {4, 15}).found);
}

TEST(Layout, WithoutCommonAxesARangeIsCovered) {
  const FileBox b = reshaped_box({6, 10}, {4, 15}, {{1, 0}, {2, 10}});  // elements 10 to 19
  EXPECT_EQ(b.begin, (Dims{0, 0}));
  EXPECT_EQ(b.end, (Dims{2, 15}));
}

}  // namespace
}  // namespace tessera::models
