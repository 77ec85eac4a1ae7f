// Every file of tests/cli/bad is one bad input, with the exact message that it must get beside it.
//
//   NAME.yaml   checked by `tessera validate NAME.yaml`
//   NAME.args   a command line, one argument a line
//   NAME.expected   stderr; TESSERA_UPDATE_EXPECTED=1 writes it anew, for reading before it is committed
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "tests/cli/program.h"

namespace tessera::tests {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(TESSERA_SOURCE_DIR) / "tests/cli/bad";

std::vector<std::string> bad_inputs() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    const auto extension = entry.path().extension();
    if (extension == ".yaml" || extension == ".args") names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::vector<std::string> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

class BadInput : public testing::TestWithParam<std::string> {};

TEST_P(BadInput, GetsItsMessageAndExitCodeTwo) {
  const std::filesystem::path input = GetParam();
  const auto arguments =
      input.extension() == ".args" ? lines_of(kFolder / input) : std::vector<std::string>{"validate", input.string()};
  const auto expected_file = kFolder / (input.stem().string() + ".expected");
  const Outcome outcome = run_tessera(arguments, kFolder);
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err, "");
  if (std::getenv("TESSERA_UPDATE_EXPECTED") != nullptr) {
    std::ofstream(expected_file, std::ios::binary) << outcome.err;
    FAIL() << "wrote " << expected_file << ": read it, and run again without TESSERA_UPDATE_EXPECTED";
  }
  EXPECT_EQ(outcome.err, read_all(expected_file));
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, BadInput, testing::ValuesIn(bad_inputs()), test_name);

TEST(BadInputs, AllHaveAnExpectedMessageAndTheReverse) {
  std::size_t expected = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder))
    expected += entry.path().extension() == ".expected";
  EXPECT_EQ(expected, bad_inputs().size());
  EXPECT_GE(expected, 25u);
}

}  // namespace
}  // namespace tessera::tests
