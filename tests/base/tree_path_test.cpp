#include "base/config/tree_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/config/parameter.h"

namespace tessera::base {
namespace {

// The tree `text` after one override, or the message.
std::string after(const std::string& text, const std::string& argument) {
  auto root = parse_yaml(text, "t.yaml");
  const auto o = parse_override(argument, 2);
  if (!o) return o.problems().to_string();
  Diagnostics problems;
  apply_override(*root, *o, problems);
  return problems.empty() ? write_yaml(*root) : problems.to_string();
}

TEST(Override, ReplacesAndAdds) {
  EXPECT_EQ(after("a: {b: 1}\n", "a.b=2"), "a:\n  b: 2\n");
  EXPECT_EQ(after("a: {b: 1}\n", "a.c.d=1 GHz"), "a:\n  b: 1\n  c:\n    d: 1 GHz\n");
  EXPECT_EQ(after("", "a=3"), "a: 3\n");
  EXPECT_EQ(after("a: [1, 2]\n", "a[1]=5"), "a:\n  - 1\n  - 5\n");
  EXPECT_EQ(after("a: [{b: 1}]\n", "a[0].b=7"), "a:\n  - {b: 7}\n");
  EXPECT_EQ(after("a: 1\n", "a=[x, y]"), "a:\n  - x\n  - y\n");
  EXPECT_EQ(after("a: 1\n", "b=k=v"), "a: 1\nb: \"k=v\"\n");
}

TEST(Override, SaysWhatIsWrong) {
  EXPECT_EQ(after("a: 1\n", "a.b=2"), "--set #2: a.b: \"b\" cannot be set inside \"1\"\n  a.b=2\n  ^\n");
  EXPECT_EQ(after("a: [1]\n", "a[1]=2"), "--set #2: a[1]: [1] is beyond the list's 1 items\n  a[1]=2\n  ^\n");
  EXPECT_THAT(after("a: 1\n", "a"), testing::HasSubstr("must be path=value"));
  EXPECT_THAT(after("a: 1\n", "a..b=1"), testing::HasSubstr("must be path=value"));
  EXPECT_THAT(after("a: 1\n", "=1"), testing::HasSubstr("must be path=value"));
  EXPECT_THAT(after("a: 1\n", "a="), testing::HasSubstr("needs a value"));
  EXPECT_THAT(after("a: 1\n", "a=[1"), testing::HasSubstr("--set #2: not valid YAML"));
}

TEST(Path, FindsAndFallsBack) {
  const auto root = parse_yaml("a:\n  b: [10, {c: 20}]\n", "t.yaml");
  EXPECT_EQ(find_path(*root, "a.b[1].c")->text, "20");
  EXPECT_EQ(find_path(*root, "a.b[2]"), nullptr);
  EXPECT_EQ(find_path(*root, "a.x"), nullptr);
  EXPECT_EQ(nearest(*root, "a.x.y").line, 2);
}

}  // namespace
}  // namespace tessera::base
