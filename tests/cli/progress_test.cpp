#include "sim/app/progress.h"

#include <gtest/gtest.h>

namespace tessera::app {
namespace {

TEST(Progress, Text) {
  EXPECT_EQ(progress_text("tiles", 0, 10, 1), "[------------------------------]   0 %  0/10 tiles");
  EXPECT_EQ(progress_text("tiles", 5, 10, 2), "[###############---------------]  50 %  5/10 tiles  ETA 2 s");
  EXPECT_EQ(progress_text("tiles", 1, 100, 2), "[------------------------------]   1 %  1/100 tiles  ETA 3 min 18 s");
  EXPECT_EQ(progress_text("tiles", 10, 10, 3), "[##############################] 100 %  10/10 tiles");
  EXPECT_EQ(progress_text("tiles made", 65536, 0, 7), "65536 tiles made");
}

TEST(Progress, IsSilentOffATerminalAtFirst) {
  std::FILE* file = std::tmpfile();
  {
    Progress progress(file);
    progress.update("tiles", 1, 10);
  }
  EXPECT_EQ(std::ftell(file), 0);
  std::fclose(file);
}

}  // namespace
}  // namespace tessera::app
