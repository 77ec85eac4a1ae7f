// Options as commands declare them: what the variables hold, and what a wrong command line says.
#include "sim/app/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// One option of each kind, each with a default.
struct Given {
  std::string file, kind = "one";
  std::filesystem::path out;
  std::int64_t count = 4;
  std::uint64_t rows = 5;
  double share = 0.5;
  bool json = false, refresh = true;
  std::vector<std::string> sets;
};

struct Parsed : Given {
  std::optional<int> code;
  std::string out_text, err_text;
};

Options declared(Given& g) {
  Options options("cook", "Cooks a file.");
  options.value("FILE", g.file, "what to cook").required();
  options.value("--kind", g.kind, "how").one_of({"one", "two"}).shows_default();
  options.value("-o,--out", g.out, "where to").excludes("--kind");
  options.value("--count", g.count, "pots").between(1, 8).shows_default();
  options.value("--rows", g.rows, "rows");
  options.value("--share", g.share, "of the heat").between(0, 1);
  options.values("--set", g.sets, "path=value");
  options.flag("--json", g.json, "one document");
  options.flag("--no-refresh", g.refresh, "without refresh", false);
  return options;
}

Parsed parse(const std::vector<std::string>& words) {
  Parsed p;
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  p.code = declared(p).parse(words);
  std::fflush(stdout);
  p.out_text = testing::internal::GetCapturedStdout();
  p.err_text = testing::internal::GetCapturedStderr();
  return p;
}

TEST(Options, DefaultsStayWhereNothingIsGiven) {
  const Parsed p = parse({"a.txt"});
  EXPECT_EQ(p.code, std::nullopt) << p.err_text;
  EXPECT_EQ(p.file, "a.txt");
  EXPECT_EQ(p.kind, "one");
  EXPECT_EQ(p.count, 4);
  EXPECT_TRUE(p.refresh);
  EXPECT_FALSE(p.json);
}

TEST(Options, EveryKindTakesWhatIsGiven) {
  const Parsed p = parse({"--count=8", "--set", "a=1", "--set", "b=2", "a.txt", "-o", "x/y", "--rows", "7", "--share",
                          "0.25", "--json", "--no-refresh"});
  EXPECT_EQ(p.code, std::nullopt) << p.err_text;
  EXPECT_EQ(p.file, "a.txt");  // --set takes one value each time, not what follows
  EXPECT_THAT(p.sets, ElementsAre("a=1", "b=2"));
  EXPECT_EQ(p.out, "x/y");
  EXPECT_EQ(p.count, 8);
  EXPECT_EQ(p.rows, 7u);
  EXPECT_EQ(p.share, 0.25);
  EXPECT_TRUE(p.json);
  EXPECT_FALSE(p.refresh);
}

TEST(Options, HelpShowsDefaultsRangesAndWords) {
  const Parsed p = parse({"--help"});
  EXPECT_EQ(p.code, kDone);
  EXPECT_EQ(p.err_text, "");
  EXPECT_THAT(p.out_text, HasSubstr("Usage: tessera cook [options] FILE\n"));
  EXPECT_THAT(p.out_text, HasSubstr("  --count NUMBER\n      pots; 1 to 8; default 4\n"));
  EXPECT_THAT(p.out_text, HasSubstr("  --share NUMBER\n      of the heat; 0 to 1\n"));
  EXPECT_THAT(p.out_text, HasSubstr("  --kind TEXT\n      how; one of one, two; default one\n"));
}

TEST(Options, WhatIsWrongIsSaidAndEndsTheCommand) {
  for (const auto& [words, message] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{}, "tessera cook: FILE is required\n"},
           {{"a", "--count", "9"}, "tessera cook: --count: Value 9 not in range 1 to 8\n"},
           {{"a", "--kind", "three"}, "tessera cook: --kind: three not in {one,two}\n"},
           {{"a", "--kind", "two", "-o", "x"}, "tessera cook: --kind excludes --out\n"},
           {{"a", "--cuont", "9"}, "tessera cook: unknown option --cuont, did you mean \"--count\"?\n"},
           {{"a", "b"}, "tessera cook: unexpected argument \"b\"\n"}}) {
    const Parsed p = parse(words);
    EXPECT_EQ(p.code, kBadInput);
    EXPECT_EQ(p.out_text, "");
    EXPECT_EQ(p.err_text, message);
  }
}

}  // namespace
}  // namespace tessera::app
