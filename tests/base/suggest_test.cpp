#include "base/config/suggest.h"

#include <gtest/gtest.h>

namespace tessera::base {
namespace {

TEST(Suggest, CountsTheFourKindsOfSlips) {
  EXPECT_EQ(edit_distance("columns", "columns"), 0u);
  EXPECT_EQ(edit_distance("colums", "columns"), 1u);    // left out
  EXPECT_EQ(edit_distance("collumns", "columns"), 1u);  // inserted
  EXPECT_EQ(edit_distance("colomns", "columns"), 1u);   // changed
  EXPECT_EQ(edit_distance("coulmns", "columns"), 1u);   // swapped
  EXPECT_EQ(edit_distance("", "abc"), 3u);
}

TEST(Suggest, OffersOnlyWhatIsClose) {
  const std::vector<std::string> known{"rows", "columns", "dataflow"};
  EXPECT_EQ(did_you_mean("colums", known), ", did you mean \"columns\"?");
  EXPECT_EQ(did_you_mean("row", known), ", did you mean \"rows\"?");
  EXPECT_EQ(did_you_mean("frequency", known), "");
  EXPECT_EQ(did_you_mean("", known), "");
  EXPECT_EQ(did_you_mean(std::string(10000, 'r'), known), "");
}

TEST(Suggest, TheFirstOfEquals) { EXPECT_EQ(closest("pb", {"pl", "pr"}), "pl"); }

}  // namespace
}  // namespace tessera::base
