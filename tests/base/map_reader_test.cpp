#include "base/config/map_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::base {
namespace {

TEST(MapReader, ReadsEachKind) {
  const auto node =
      parse_yaml("{i: 3, r: 0.5, f: true, t: word, q: 2 KiB, c: b, l: [1, 2], s: one, m: [p, q]}", "t.yaml");
  Diagnostics problems;
  MapReader map(*node, "op", problems);
  EXPECT_EQ(map.integer("i"), 3);
  EXPECT_EQ(map.integer_or("absent", 9), 9);
  EXPECT_EQ(map.real("r"), 0.5);
  EXPECT_TRUE(map.flag_or("f", false));
  EXPECT_EQ(map.text("t"), "word");
  EXPECT_EQ(map.quantity("q", Dimension::bytes), 2048);
  EXPECT_EQ(map.choice("c", {"a", "b"}), 1u);
  EXPECT_THAT(map.integers("l"), testing::ElementsAre(1, 2));
  EXPECT_THAT(map.texts("s"), testing::ElementsAre("one"));
  EXPECT_THAT(map.texts("m"), testing::ElementsAre("p", "q"));
  EXPECT_TRUE(map.finish()) << problems.to_string();
}

TEST(MapReader, CollectsEverythingThatIsWrong) {
  const auto node = parse_yaml("stride: 0\nkernal: 3\npad: x\n", "t.yaml");
  Diagnostics problems;
  MapReader map(*node, "operators[3]", problems);
  (void)map.integer("kernel", Range::positive());
  (void)map.integer_or("stride", 1, Range::positive());
  (void)map.integer_or("pad", 0);
  EXPECT_FALSE(map.finish());
  EXPECT_EQ(problems.to_string(),
            "t.yaml:1:1: missing key \"kernel\" in operators[3] (a whole number)\n  stride: 0\n  ^\n"
            "t.yaml:1:9: operators[3].stride is 0: must be at least 1\n  stride: 0\n          ^\n"
            "t.yaml:3:6: operators[3].pad must be a whole number, not \"x\"\n  pad: x\n       ^\n"
            "t.yaml:2:1: unknown key \"kernal\" in operators[3], did you mean \"kernel\"?\n  kernal: 3\n  ^\n");
}

TEST(MapReader, SomethingElseThanAMapIsReportedOnce) {
  const auto node = parse_yaml("[1]", "t.yaml");
  Diagnostics problems;
  MapReader map(*node, "op", problems);
  (void)map.integer("a");
  (void)map.text("b");
  EXPECT_FALSE(map.finish());
  ASSERT_EQ(problems.list().size(), 1u);
  EXPECT_EQ(problems.list()[0].message, "op must be a map of keys and values, not a list");
}

// Fifty in full, the others in one line that says where the last of them is.
TEST(MapReader, UnknownKeysWithoutEndAreCounted) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "k" + std::to_string(i) + ": 1\n";
  const auto node = parse_yaml(text, "t.yaml");
  ASSERT_TRUE(node);
  Diagnostics problems;
  MapReader map(*node, "", problems);
  (void)map.integer_or("kernel", 1);
  EXPECT_FALSE(map.finish());
  ASSERT_EQ(problems.list().size(), 51u);
  EXPECT_EQ(problems.list()[49].where.line, 50);
  EXPECT_EQ(problems.list()[50].message, "and 99950 more unknown keys up to this one");
  EXPECT_EQ(problems.list()[50].where.line, 100'000);
}

}  // namespace
}  // namespace tessera::base
