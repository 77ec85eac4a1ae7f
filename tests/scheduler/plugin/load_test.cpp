// What is no plug-in, or one of another version, is refused with the reason before any of its hooks is called.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "scheduler/plugin/plugin_library.h"
#include "tests/scheduler/plugin/plugin_files.h"

namespace tessera::scheduler::testing {
namespace {

using ::testing::HasSubstr;

constexpr base::Ps kLimit = PolicySpec::kAnswerLimit;

std::string problem(const std::filesystem::path& file) {
  const auto library = PluginLibrary::open(file, kLimit);
  return library ? "" : library.problems().list().front().message;
}

std::string with_table(const char* way) {
  const Environment table("TESSERA_TEST_TABLE", way);
  return problem(TESSERA_BROKEN);
}

TEST(PluginLibrary, WhatIsNoLibrary) {
  const auto folder = std::filesystem::temp_directory_path() / "tessera_plugin_load_test";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "text.so") << "int main() {}\n";
  std::ofstream(folder / "empty.so");
  EXPECT_THAT(problem(folder / "missing.so"), HasSubstr("no such file"));
  EXPECT_THAT(problem(folder), HasSubstr("is no file"));
  EXPECT_THAT(problem(folder / "text.so"), HasSubstr("cannot be loaded as a shared library: "));
  EXPECT_THAT(problem(folder / "empty.so"), HasSubstr("cannot be loaded as a shared library: file too short"));
  EXPECT_THAT(problem(TESSERA_NO_POLICY), HasSubstr("does not export tessera_policy(): it is no policy"));
  std::filesystem::remove_all(folder);
}

// Where the part that runs Python is not there, the message says how to get it.
TEST(PluginLibrary, PythonWithoutItsPartOfTheProgram) {
  const auto file = std::filesystem::temp_directory_path() / "tessera_plugin_load_test.py";
  std::ofstream(file) << "import tessera\n";
  for (const auto& [library, text] :
       {std::pair{"/nowhere/libtessera_python_policy.so",
                  "policies in Python are a part of Tessera that was not built here (looked for "
                  "/nowhere/libtessera_python_policy.so): install pybind11-dev and python3-dev, configure with "
                  "-DTESSERA_PYTHON=ON"},
        std::pair{TESSERA_BROKEN, "plugin_broken.so runs no policies in Python"}}) {
    const Environment host("TESSERA_PYTHON_POLICY", library);
    EXPECT_THAT(problem(file), HasSubstr(text));
  }
  std::filesystem::remove(file);
}

TEST(PluginLibrary, WhatIsOfAnotherVersionOrBroken) {
  EXPECT_EQ(with_table("version"),
            "was built for version 2.1 of tessera_policy.h, and this program has 1.1: build it again with this "
            "program's header");
  EXPECT_THAT(with_table("old version"), HasSubstr("was built for version 0.1"));
  EXPECT_EQ(with_table("null"), "tessera_policy() returned no table");
  EXPECT_EQ(with_table("throws"), "tessera_policy() threw an exception");
  EXPECT_THAT(with_table("tiny"), HasSubstr("has 4 bytes, less than any version"));
  EXPECT_THAT(with_table("short"), HasSubstr("has no decide()"));
  EXPECT_THAT(with_table("no decide"), HasSubstr("has no decide()"));
  EXPECT_THAT(with_table("no create"), HasSubstr("has no create()"));
  EXPECT_THAT(with_table("no name"), HasSubstr("has no name"));
  EXPECT_THAT(with_table("bad name"), HasSubstr("its name \"mine\\x1B[2J yours\" is not 1 to 64 letters"));
  EXPECT_THAT(with_table("twice"), HasSubstr("option \"a\" is declared twice"));
  EXPECT_THAT(with_table("broken options"), HasSubstr("its table of options is broken: 2 of 8 bytes each"));
  EXPECT_THAT(with_table("out of range"), HasSubstr("option \"a\" has a default out of its range"));
  EXPECT_THAT(with_table("unknown kind"), HasSubstr("option \"a\" is of unknown kind 77"));
}

TEST(PluginLibrary, OneOfALaterMinorVersionIsTaken) { EXPECT_EQ(with_table("newer"), ""); }

TEST(PluginLibrary, SaysItsNameAndItsOptions) {
  const auto library = PluginLibrary::open(TESSERA_BROKEN, kLimit);
  ASSERT_TRUE(library);
  EXPECT_EQ(library->name(), "broken");
  ASSERT_EQ(library->options().size(), 4u);
  EXPECT_EQ(library->options()[0].key, "way");
  EXPECT_EQ(library->options()[1].fallback, OptionValue(std::int64_t{4}));
  EXPECT_EQ(library->options()[2].fallback, OptionValue(true));
  EXPECT_EQ(library->options()[3].fallback, OptionValue(0.5));
}

using PluginLibraryDeathTest = ::testing::Test;

TEST(PluginLibraryDeathTest, ACrashWhileItIsLoadedIsThePolicys) {
  EXPECT_EXIT(static_cast<void>(with_table("crashes")), ::testing::ExitedWithCode(1),
              "policy .*plugin_broken.so: in its loading: it crashed .SIGSEGV.");
}

}  // namespace
}  // namespace tessera::scheduler::testing
