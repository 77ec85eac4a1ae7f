#include "base/utf8.h"

#include <gtest/gtest.h>

namespace tessera::base {
namespace {

TEST(Utf8, TextStaysAsItIs) {
  for (const char* text : {"", "conv1", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "a\nb", "\\xFF"})
    EXPECT_EQ(as_utf8(text), text);
}

TEST(Utf8, EveryByteThatIsNoneIsShown) {
  EXPECT_EQ(as_utf8("a\xFF\xFE"), "a\\xFF\\xFE");
  EXPECT_EQ(as_utf8("\xC3("), "\\xC3(");                           // its second byte is missing
  EXPECT_EQ(as_utf8("\xE2\x82"), "\\xE2\\x82");                    // cut off
  EXPECT_EQ(as_utf8("\xC0\xAF"), "\\xC0\\xAF");                    // overlong
  EXPECT_EQ(as_utf8("\xED\xA0\x80"), "\\xED\\xA0\\x80");           // a surrogate
  EXPECT_EQ(as_utf8("\xF4\x90\x80\x80"), "\\xF4\\x90\\x80\\x80");  // beyond the last character
}

}  // namespace
}  // namespace tessera::base
