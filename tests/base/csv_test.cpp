#include "base/csv.h"

#include <gtest/gtest.h>

namespace tessera::base {
namespace {

TEST(CsvCell, QuotesOnlyWhatWouldBreakTheRow) {
  EXPECT_EQ(csv_cell("conv1"), "conv1");
  EXPECT_EQ(csv_cell(""), "");
  EXPECT_EQ(csv_cell("a b;c\\d"), "a b;c\\d");
  EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_cell("say \"x\""), "\"say \"\"x\"\"\"");
  EXPECT_EQ(csv_cell("a\\\"b"), "\"a\\\"\"b\"");
  EXPECT_EQ(csv_cell("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(csv_cell("back\r"), "\"back\r\"");
}

}  // namespace
}  // namespace tessera::base
