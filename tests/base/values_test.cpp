#include "base/config/values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::base {
namespace {

// The message of reading `text` by `read`, or "" if it was fine.
template <class Read>
std::string message(const std::string& text, Read read) {
  const auto node = parse_yaml(text, "t.yaml");
  Diagnostics problems;
  const auto value = read(*node, problems);
  EXPECT_EQ(value.has_value(), problems.empty());
  return problems.empty() ? "" : problems.list().front().message;
}

std::string integer(const std::string& text, Range range = {}) {
  return message(text, [&](const Node& n, Diagnostics& d) { return read_integer(n, "x", range, d); });
}

TEST(Values, Integer) {
  EXPECT_EQ(integer("8"), "");
  EXPECT_EQ(integer("010"), "x must be a whole number, not \"010\": numbers are decimal and have no leading zero");
  EXPECT_EQ(integer("\"8\""), "x must be a whole number, not \"8\": leave out the quotes");
  EXPECT_EQ(integer("1.5"), "x must be a whole number, not \"1.5\"");
  EXPECT_EQ(integer("[1]"), "x must be a whole number, not a list");
  EXPECT_EQ(integer("~"), "x must be a whole number, not nothing");
  EXPECT_EQ(integer("0", Range::between(1, 64)), "x is 0: must be 1 to 64");
  EXPECT_EQ(integer("0", Range::positive()), "x is 0: must be at least 1");
  EXPECT_EQ(integer("64", Range::between(1, 64)), "");
  EXPECT_EQ(integer("65", Range::between(1, 64)), "x is 65: must be 1 to 64");
}

TEST(Values, Flag) {
  const auto flag = [](const std::string& text) {
    return message(text, [](const Node& n, Diagnostics& d) { return read_flag(n, "x", d); });
  };
  EXPECT_EQ(flag("true"), "");
  EXPECT_EQ(flag("yes"), "x must be true or false, not \"yes\"");
  EXPECT_EQ(flag("\"true\""), "x must be true or false, not \"true\"");
}

TEST(Values, QuantityRangeCarriesUnits) {
  const auto size = [](const std::string& text) {
    return message(text, [](const Node& n, Diagnostics& d) {
      return read_quantity(n, "x", Dimension::bytes, Range::between(64, 65536), d);
    });
  };
  EXPECT_EQ(size("1 KiB"), "");
  EXPECT_EQ(size("\"1 KiB\""), "");
  EXPECT_EQ(size("63 B"), "x is 63 B: must be 64 B to 64 KiB");
  EXPECT_EQ(size("-1 B"), "x is -1 B: must be 64 B to 64 KiB");
}

TEST(Values, Choice) {
  const auto choice = [](const std::string& text) {
    return message(text, [](const Node& n, Diagnostics& d) {
      return read_choice(n, "x", {"simple", "bank_state"}, d);
    });
  };
  EXPECT_EQ(choice("bank_state"), "");
  EXPECT_EQ(choice("bank-state"),
            "x must be one of simple, bank_state, not \"bank-state\", did you mean \"bank_state\"?");
}

TEST(Values, EveryItemOfAListIsReported) {
  const auto node = parse_yaml("[1, x, 3, y]", "t.yaml");
  Diagnostics problems;
  EXPECT_FALSE(read_integers(*node, "list", {}, problems));
  ASSERT_EQ(problems.list().size(), 2u);
  EXPECT_EQ(problems.list()[1].message, "list[3] must be a whole number, not \"y\"");
  EXPECT_EQ(problems.list()[1].where.column, 11);
}

}  // namespace
}  // namespace tessera::base
