#include "base/escape.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>

#include "base/utf8.h"

namespace tessera::base {
namespace {

const std::string kNotUtf8 =
    "\xff\xfe\x80"
    "bad";

TEST(ScreenText, HoldsNothingThatATerminalObeys) {
  EXPECT_EQ(screen_text("conv1/Relu_0"), "conv1/Relu_0");
  EXPECT_EQ(screen_text("caf\xc3\xa9 \xe5\x8d\xb7"), "caf\xc3\xa9 \xe5\x8d\xb7");
  EXPECT_EQ(screen_text("\x1b[31mred\x1b]0;title\x07"), "\\x1B[31mred\\x1B]0;title\\x07");
  EXPECT_EQ(screen_text("a\nb\tc\r"), "a\\nb\\tc\\r");
  EXPECT_EQ(screen_text(std::string_view("nul\0", 4)), "nul\\x00");
  EXPECT_EQ(screen_text("\x7f"), "\\x7F");
  EXPECT_EQ(screen_text("\xc2\x9b"
                        "31m"),
            "\\u009B31m");  // a control sequence in one character
  EXPECT_EQ(screen_text("\xe2\x80\xae"
                        "abc\xe2\x80\xa8"),
            "\\u202Eabc\\u2028");  // right to left; end of line
  EXPECT_EQ(screen_text(kNotUtf8),
            "\\xFF\\xFE\\x80"
            "bad");
  EXPECT_EQ(screen_text("\xed\xa0\x80"), "\\xED\\xA0\\x80");  // a surrogate is no character
}

TEST(ScreenText, OfSeveralLinesKeepsThem) { EXPECT_EQ(screen_lines("one\n\ttwo\r\n\x1b"), "one\n\ttwo\\r\n\\x1B"); }

TEST(LastColumns, CutBetweenCharacters) {
  EXPECT_EQ(last_columns("abcdef", 6), "abcdef");
  EXPECT_EQ(last_columns("abcdefg", 6), "..defg");
  EXPECT_EQ(last_columns("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 4), "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9");
  EXPECT_EQ(last_columns("ab\xc3\xa9\xc3\xa9\xc3\xa9", 4), "..\xc3\xa9\xc3\xa9");
}

TEST(CsvCell, QuotesOnlyWhatWouldBreakTheRow) {
  EXPECT_EQ(csv_cell("conv1"), "conv1");
  EXPECT_EQ(csv_cell(""), "");
  EXPECT_EQ(csv_cell("a b;c\\d"), "a b;c\\d");
  EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_cell("say \"x\""), "\"say \"\"x\"\"\"");
  EXPECT_EQ(csv_cell("a\\\"b"), "\"a\\\"\"b\"");
  EXPECT_EQ(csv_cell("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(csv_cell("back\r"), "\"back\r\"");
  EXPECT_EQ(csv_cell("a\tb"), "a\tb");
}

TEST(CsvCell, IsNoFormula) {
  for (const std::string start : {"=", "+", "-", "@", "\t"}) {
    EXPECT_EQ(csv_cell(start + "cmd|'/C calc'!A0"), "'" + start + "cmd|'/C calc'!A0");
  }
  EXPECT_EQ(csv_cell("=a,b"), "\"'=a,b\"");
  EXPECT_EQ(csv_cell("\r=1"), "\"'\r=1\"");
  EXPECT_EQ(csv_cell("\n=1"), "\"'\n=1\"");
  EXPECT_EQ(csv_cell("a=b-c"), "a=b-c");
}

TEST(CsvCell, IsUtf8WithoutControlCharacters) {
  EXPECT_EQ(csv_cell(kNotUtf8),
            "\\xFF\\xFE\\x80"
            "bad");
  EXPECT_EQ(csv_cell(std::string_view("a\0b\x1b", 4)), "a\\x00b\\x1B");
  EXPECT_EQ(csv_cell("caf\xc3\xa9"), "caf\xc3\xa9");
}

TEST(JsonText, IsAStringOfJson) {
  EXPECT_EQ(json_text("a\"b\\c,d\ne"), R"("a\"b\\c,d\ne")");
  EXPECT_EQ(json_text(kNotUtf8),
            "\"\\\\xFF\\\\xFE\\\\x80"
            "bad\"");
  EXPECT_EQ(json_text("\x1b"), R"("\u001b")");
}

TEST(DotText, InterpretsNothing) {
  EXPECT_EQ(dot_text("conv #1"), R"("conv #1")");
  EXPECT_EQ(dot_text("say \"x\""), R"("say \"x\"")");
  EXPECT_EQ(dot_text("back\\"), R"("back\\")");
  EXPECT_EQ(dot_text("\\N a\nb"), R"("\\N a\\nb")");
  EXPECT_EQ(dot_text("&#27;"), R"("&amp;#27;")");
  EXPECT_EQ(dot_text(kNotUtf8),
            "\"\\\\xFF\\\\xFE\\\\x80"
            "bad\"");
}

// Whatever the bytes are.
TEST(Escape, GivesUtf8WithoutControlCharactersForAnyBytes) {
  std::mt19937 random(7);
  for (int n = 0; n < 20'000; ++n) {
    std::string text;
    for (unsigned i = random() % 12; i > 0; --i) {
      constexpr std::string_view kOften = "\"\\,\r\n\t=\x1b\xc2\xe2\x80\xf0\x9f\xed\xa0";
      text += random() % 2 ? kOften[random() % kOften.size()] : static_cast<char>(random());
    }
    const auto is_utf8 = [](const std::string& s) { return as_utf8(s) == s; };
    const auto controls = [](const std::string& s) {
      return std::count_if(s.begin(), s.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; });
    };
    const std::string screen = screen_text(text), dot = dot_text(text), json = json_text(text), cell = csv_cell(text);
    ASSERT_TRUE(is_utf8(screen) && is_utf8(dot) && is_utf8(json) && is_utf8(cell)) << screen;
    ASSERT_EQ(controls(screen) + controls(dot), 0) << screen;
    ASSERT_EQ(nlohmann::json::parse(json), as_utf8(text));
    ASSERT_EQ(screen_text(screen), screen);
    // An odd number of backslashes before the closing quote would open the string again.
    std::size_t backslashes = 0;
    while (dot[dot.size() - 2 - backslashes] == '\\') ++backslashes;
    ASSERT_EQ(backslashes % 2, 0u) << dot;
    // Quotes of a cell come in pairs, and only a cell in quotes has what separates cells.
    ASSERT_EQ(std::count(cell.begin(), cell.end(), '"') % 2, 0) << cell;
    if (cell.empty() || cell[0] != '"') {
      ASSERT_EQ(cell.find_first_of(",\n\r\""), std::string::npos) << cell;
    }
    const char first = cell.empty() ? 'a' : cell[0] == '"' ? cell[1] : cell[0];
    ASSERT_EQ(std::string_view("=+-@\t\r\n").find(first), std::string_view::npos) << cell;
  }
}

}  // namespace
}  // namespace tessera::base
