#include "base/json_document.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/version.h"

namespace tessera::base {
namespace {

TEST(JsonDocument, BeginsWithItsSchemaAndTheProgram) {
  const JsonDocument document("tessera.test/1");
  EXPECT_EQ(document.text(), "{\n  \"schema\": \"tessera.test/1\",\n  \"program\": \"tessera\",\n  \"version\": \"" +
                                 std::string(version()) + "\"\n}");
}

TEST(JsonDocument, PathsMakeWhatLiesOnTheWayInTheOrderOfCalls) {
  JsonDocument document("tessera.test/1");
  document.put("b.inner", Ps{7});
  document.put("a", 0.5);
  document.put("b.nothing", Value{});
  document.open_list("rows");
  document.put(document.append("rows") + "name", "first");
  const std::string second = document.append("rows");
  EXPECT_EQ(second, "rows.1.");
  document.put(second + "parts.x", true);
  document.put_list(second + "words", std::vector<std::string>{"p", "q"});
  document.open_list("none");
  const auto json = nlohmann::ordered_json::parse(document.text());
  EXPECT_EQ(json.at("b").dump(), R"({"inner":7,"nothing":null})");
  EXPECT_EQ(json.at("rows").dump(), R"([{"name":"first"},{"parts":{"x":true},"words":["p","q"]}])");
  EXPECT_EQ(json.at("none").dump(), "[]");
  std::string order;
  for (const auto& [key, value] : json.items()) order += key + " ";
  EXPECT_EQ(order, "schema program version b a rows none ");
}

TEST(JsonDocument, TextOfFilesNeedNotBeUtf8) {
  JsonDocument document("tessera.test/1");
  document.put("name", std::string("a\xff"));
  document.put_list("list", std::vector<std::string>{"\xc3\xa9", "\xc3"});
  const auto json = nlohmann::json::parse(document.text());
  EXPECT_EQ(json.at("name"), "a\\xFF");
  EXPECT_EQ(json.at("list").at(0), "\xc3\xa9");
  EXPECT_EQ(json.at("list").at(1), "\\xC3");
}

TEST(Value, KnowsItsKind) {
  EXPECT_EQ(value_of(3u), Value(std::int64_t{3}));
  EXPECT_EQ(value_of(Ps{4}), Value(std::int64_t{4}));
  EXPECT_EQ(value_of(std::optional<double>{}), Value{});
  EXPECT_EQ(value_of("text"), Value(std::string("text")));
  EXPECT_EQ(number_of(value_of(4)), 4.0);
  EXPECT_FALSE(number_of(value_of("4")));
  EXPECT_FALSE(has_value(Value{}));
}

}  // namespace
}  // namespace tessera::base
