#include "base/result.h"

#include <gtest/gtest.h>

namespace tessera::base {
namespace {

TEST(Diagnostic, ShowsPlaceLineAndCaret) {
  const Diagnostic d{{"a.yaml", 3, 5}, "wrong", "    x: 1"};
  EXPECT_EQ(d.to_string(), "a.yaml:3:5: wrong\n      x: 1\n      ^");
}

TEST(Diagnostic, KeepsTabsBeforeTheCaret) {
  const Diagnostic d{{"a.yaml", 1, 3}, "wrong", "\t\tx"};
  EXPECT_EQ(d.to_string(), "a.yaml:1:3: wrong\n  \t\tx\n  \t\t^");
}

TEST(Diagnostic, CountsACharacterOfSeveralBytesOnce) {
  const Diagnostic d{{"a.yaml", 1, 6}, "wrong", "\xC3\xA4: \"x"};  // the second byte of the letter takes no room
  EXPECT_EQ(d.to_string(), "a.yaml:1:6: wrong\n  \xC3\xA4: \"x\n      ^");
}

TEST(Diagnostic, IsFitForATerminal) {
  const Diagnostic d{{"\x1b.yaml", 2, 5}, "unknown key \"\x1b[2J\xff\"", "a\x1b\xc3\xa4: 1"};
  EXPECT_EQ(d.to_string(), "\\x1B.yaml:2:5: unknown key \"\\x1B[2J\\xFF\"\n  a\\x1B\xc3\xa4: 1\n        ^");
}

TEST(Diagnostic, LeavesOutWhatIsNotKnown) {
  EXPECT_EQ((Diagnostic{{"a.yaml", 0, 0}, "wrong", ""}.to_string()), "a.yaml: wrong");
  EXPECT_EQ((Diagnostic{{}, "wrong", ""}.to_string()), "wrong");
}

TEST(Result, HoldsAValueOrProblems) {
  const Result<int> good = 3;
  EXPECT_TRUE(good.ok());
  EXPECT_EQ(*good, 3);
  const Result<int> bad = failure("no");
  EXPECT_FALSE(bad.ok());
  EXPECT_EQ(bad.problems().to_string(), "no\n");
}

}  // namespace
}  // namespace tessera::base
