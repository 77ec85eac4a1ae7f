#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/config/node.h"
#include "base/config/parameter.h"
#include "tests/support/temp_folder.h"

namespace tessera::base {
namespace {

using testing::HasSubstr;

Node parsed(const std::string& text) {
  auto root = parse_yaml(text, "t.yaml");
  EXPECT_TRUE(root) << text << "\n" << (root ? "" : root.problems().to_string());
  return root ? *root : Node{};
}

std::string refused(const std::string& text) {
  const auto root = parse_yaml(text, "t.yaml");
  EXPECT_FALSE(root) << text;
  return root ? "" : root.problems().to_string();
}

TEST(Yaml, KeepsPlacesAndQuotes) {
  const Node root = parsed("a:\n  - 1\n  - \"2\"\nb: {c: yes}\n");
  const Node* list = root.find("a");
  ASSERT_TRUE(list != nullptr && list->is_list());
  EXPECT_EQ(list->items[1].line, 3);
  EXPECT_EQ(list->items[1].column, 5);
  EXPECT_FALSE(list->items[0].quoted);
  EXPECT_TRUE(list->items[1].quoted);
  EXPECT_EQ(root.find("b")->find("c")->text, "yes");  // not guessed to be a flag
}

TEST(Yaml, AnEmptyTextIsNothing) { EXPECT_TRUE(parsed("").is_null()); }

TEST(Yaml, AMissingValuePointsAtItsKey) {
  const Node root = parsed("a: 1\nkey:\nb: 2\n");
  EXPECT_EQ(root.find("key")->line, 2);
}

TEST(Yaml, AliasesAreCopies) {
  const Node root = parsed("a: &x {p: 1}\nb: *x\n");
  EXPECT_EQ(root.find("b")->find("p")->text, "1");
}

TEST(Yaml, RefusesWithTheirPlace) {
  EXPECT_THAT(refused("a: 1\na: 2\n"), HasSubstr("t.yaml:2:1: key \"a\" stands twice in this map, first in line 1"));
  EXPECT_THAT(refused("b: {a: 1, c: 2, a: 3}\n"), HasSubstr("t.yaml:1:17: key \"a\" stands twice"));
  EXPECT_THAT(refused("<<: {a: 1}\n"), HasSubstr("merge keys"));
  EXPECT_THAT(refused("a: !int 3\n"), HasSubstr("tags are not used"));
  EXPECT_THAT(refused("a: 1\n---\nb: 2\n"), HasSubstr("second document"));
  EXPECT_THAT(refused("a: &x [*x]\n"), HasSubstr("inside the very thing"));
  EXPECT_THAT(refused("? [a]\n: 3\n"), HasSubstr("a key must be a word"));
  EXPECT_THAT(refused("a: [1, 2\n"), HasSubstr("not valid YAML"));
  EXPECT_THAT(refused("a: \xFF\n"), HasSubstr("t.yaml:1:4: byte 0xFF is not text"));
  EXPECT_THAT(refused(std::string("a: \0 3\n", 7)), HasSubstr("byte 0x00"));
}

TEST(Yaml, LimitsDepth) {
  std::string deep;
  for (int i = 0; i < 200; ++i) deep += "- ";
  EXPECT_THAT(refused(deep + "1\n"), HasSubstr("nested deeper than 64 levels"));
  EXPECT_THAT(refused(std::string(100'000, '[')), HasSubstr("nested deeper"));
  EXPECT_THAT(refused(std::string(100'000, '{')), HasSubstr("t.yaml"));
}

TEST(Yaml, LimitsWhatAliasesExpandTo) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += (j > 0 ? ", *a" : "*a") + std::to_string(i - 1);
    text += "]\n";
  }
  EXPECT_THAT(refused(text), HasSubstr("once its aliases are expanded"));
}

// Sixty anchors one inside the other around 20,000 values: what each keeps for its aliases is 1,200,000 in all.
TEST(Yaml, LimitsWhatAnchorsKeep) {
  const auto nested = [](int anchors) {
    std::string text = "a: ";
    for (int i = 0; i < anchors; ++i) text += "&a" + std::to_string(i) + " [";
    for (int i = 0; i < 20'000; ++i) text += i == 0 ? "x" : ",x";
    return text + std::string(static_cast<std::size_t>(anchors), ']') + "\n";
  };
  EXPECT_THAT(refused(nested(60)), HasSubstr("those under anchors (&) counted again"));
  EXPECT_TRUE(parse_yaml(nested(20), "t.yaml"));
}

TEST(Yaml, LimitsSize) { EXPECT_THAT(refused(std::string(kMaxSourceBytes + 1, ' ')), HasSubstr("larger than 4 MiB")); }

TEST(Yaml, ALongLineIsCut) {
  const std::string text = refused("a: !t " + std::string(1000, 'x') + "\n");
  EXPECT_LT(text.size(), 400u);
}

TEST(Yaml, SaysThatALinkLeadsInACircle) {
  const tests::TempFolder folder;
  std::filesystem::create_symlink("loop.yaml", folder / "loop.yaml");
  const std::string file = (folder / "loop.yaml").string();
  EXPECT_EQ(read_yaml_file(file).problems().to_string(), file + ": is a symbolic link that leads round in a circle\n");
  EXPECT_EQ(why_missing(folder.path()), std::nullopt);
  EXPECT_EQ(why_missing(folder / "none/x"), "there is no such file");
}

TEST(Yaml, AFileThatIsNone) {
  EXPECT_EQ(read_yaml_file("no/such.yaml").problems().to_string(), "no/such.yaml: there is no such file\n");
  EXPECT_THAT(read_yaml_file(".").problems().to_string(), HasSubstr("is a folder"));
}

// --- writing ---

bool same(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.text != b.text || a.items.size() != b.items.size() || a.entries.size() != b.entries.size())
    return false;
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    if (!same(a.items[i], b.items[i])) return false;
  }
  for (std::size_t i = 0; i < a.entries.size(); ++i) {
    if (a.entries[i].name() != b.entries[i].name() || !same(a.entries[i].value, b.entries[i].value)) return false;
  }
  return true;
}

class RandomTree {
 public:
  explicit RandomTree(std::uint64_t seed) : random_(seed) {}
  Node node(int depth) {
    const auto kind = random_() % (depth > 3 ? 2 : 4);
    if (kind < 2) return Node::make_scalar(text(), true);
    Node made = kind == 2 ? Node::make_list() : Node::make_map();
    for (std::uint64_t i = 0, n = random_() % 4; i < n; ++i) {
      if (kind == 2) made.items.push_back(node(depth + 1));
      else made.entries.push_back({Node::make_scalar("k" + std::to_string(i) + text(), true), node(depth + 1)});
    }
    return made;
  }

 private:
  std::string text() {
    static const std::vector<std::string> odd{
        "",      "null",   "~",  "true", "010", "- x",         "a: b",      "#c",  "x #c", " lead",    "\x1b[2J",
        "\x7f",  "trail ", "\"", "\\",   "'q'", "line\nbreak", "tab\there", "*",   "&a",   "!t",       "{",
        "[",     "]",      ",",  "%",    "@",   "`",           "---",       "...", "-",    "\xC3\xA4", "plain",
        "1 GHz", "a/b.c",  "?",  "? x",  ":",   "<<",          "|",         ">",   "1.5"};
    return odd[random_() % odd.size()];
  }
  std::mt19937_64 random_;
};

TEST(Yaml, WhatIsWrittenReadsBack) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const Node tree = RandomTree(seed).node(0);
    const std::string text = write_yaml(tree);
    const auto back = parse_yaml(text, "t.yaml");
    ASSERT_TRUE(back) << seed << "\n" << text << back.problems().to_string();
    ASSERT_TRUE(same(tree, *back)) << seed << "\n" << text << "---\n" << write_yaml(*back);
  }
}

}  // namespace
}  // namespace tessera::base
