#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "base/version.h"
#include "tests/trace/known_trace.h"
#include "trace/report/document.h"
#include "trace/report/text.h"

namespace tessera::trace {
namespace {

using test::KnownTrace;

struct Known {
  Known() : measures(trace.lanes.units(), trace.tiles, trace.facts) {
    Sink sink;
    sink.add(measures);
    sink.add(walk);
    trace.emit(sink);
  }
  KnownTrace trace;
  Measures measures;
  CriticalPathWalk walk;
};

TEST(Report, TextShowsTheNumbersOfTheKnownTrace) {
  const Known k;
  const std::string text = report_text(k.measures.result(), &k.walk.path());
  for (const char* expected :
       {"54.00%", "37.50%", "sram_conflict", "4.00%", "partly", "first", "58.00%", "jumps: array 1"}) {
    EXPECT_NE(text.find(expected), std::string::npos) << expected << "\n" << text;
  }
}

TEST(Report, JsonHasTheSameNumbersAndNullWhereThereIsNoValue) {
  const Known k;
  const auto json = nlohmann::json::parse(analysis_json({"net", "npu", "policy"}, k.measures.result(), &k.walk.path()));
  EXPECT_EQ(json["schema"], "tessera.analysis/1");
  EXPECT_EQ(json["version"], base::version());
  EXPECT_EQ(json["network"], "net");
  EXPECT_EQ(json["makespan_ps"], 500);
  EXPECT_EQ(json["makespan_cycles"], 500);  // one cycle a picosecond
  EXPECT_EQ(json["makespan_ns"], 0.5);
  EXPECT_EQ(json["dma_channels"][0]["read_bytes"], 192);
  EXPECT_EQ(json["read_bytes"], 192);  // sum over channels
  EXPECT_EQ(json["operators_by_time"][1]["macs"], 2000);
  EXPECT_EQ(json["cores"][0]["busy_ps"], 270);
  EXPECT_EQ(json["cores"][0]["stall_ps"]["load"], 100);
  EXPECT_EQ(json["cores"][0]["no_work_ps"], 100);
  EXPECT_TRUE(json["double_buffering"]["weight"]["effectiveness"].is_null());
  EXPECT_EQ(json["critical_path"]["parts_ps"]["store"], 90);
  EXPECT_EQ(json["wasted_bytes"], 5);
  std::int64_t sum =
      json["cores"][0]["busy_ps"].get<std::int64_t>() + json["cores"][0]["no_work_ps"].get<std::int64_t>();
  for (const auto& [reason, ps] : json["cores"][0]["stall_ps"].items()) sum += ps.get<std::int64_t>();
  EXPECT_EQ(sum, 500);
}

TEST(Report, ATraceOfALowLevelGivesWhatItHoldsAndNullOtherwise) {
  const Known k;
  MeasuresResult m = k.measures.result();
  m.level = Level::op;
  const auto json = nlohmann::json::parse(analysis_json({}, m, nullptr));
  EXPECT_EQ(json["makespan_ps"], 500);
  EXPECT_EQ(json["request_latency"]["max_ps"], 500);
  EXPECT_EQ(json["cores"][0]["name"], "core[0]");
  for (const char* key : {"macs", "pe_time_utilization", "read_bytes", "any_overlap_ratio", "critical_path"})
    EXPECT_TRUE(json[key].is_null()) << key;
  EXPECT_TRUE(json["cores"][0]["busy_ps"].is_null());
  EXPECT_TRUE(json["cores"][0]["stall_ps"]["load"].is_null());
  EXPECT_TRUE(json["load_to_compute"]["samples"].is_null());
}

TEST(Screen, WordsAreWrappedUnderTheirFirst) {
  EXPECT_EQ(wrapped("ab ", "one two three four five six", 23), "ab one two three four\n   five six\n");
  EXPECT_EQ(wrapped("", "", 80), "\n");
  const std::string long_word(70, 'x');
  EXPECT_EQ(wrapped("- ", long_word, 42), "- " + std::string(40, 'x') + "\n  " + std::string(30, 'x') + "\n");
  EXPECT_EQ(wrapped_parts("", {"a b, ", "c d, ", "e f"}, 20), "a b, c d, e f\n");
  EXPECT_EQ(wrapped_parts("", {"3 % (first) to 18 % (last), ", "x"}, 20), "3 % (first) to 18 %\n(last), x\n");
}

TEST(Screen, TimesHaveFiveDigitsAtMostBeforeThePoint) {
  EXPECT_STREQ(time_unit(Ps{99'999'999'999}).name, "us");
  EXPECT_STREQ(time_unit(Ps{100'000'000'000}).name, "ms");
  EXPECT_STREQ(time_unit(Ps{100'000'000'000'000}).name, "s");
  EXPECT_EQ(in_unit(Ps{1'234'567}, time_unit(Ps{1'234'567})), "1.235");
  EXPECT_EQ(end_of_name("a/long/name", 6), "..name");
}

TEST(Report, TheLegendSaysWhatTheTablesSay) {
  const std::string text = legend(nullptr, {});
  EXPECT_EQ(text.find("[8]"), std::string::npos);  // no path, no note of it
  const std::string words = std::regex_replace(text, std::regex("\\s+"), " ");
  for (const char* id : {"pe_time_utilization", "pe_mac_utilization", "hidden_transfer"}) {
    const std::string definition = core_measures().find(id)->definition;
    EXPECT_NE(words.find(definition.substr(0, definition.find(';'))), std::string::npos) << id << "\n" << text;
  }
  std::size_t begin = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; begin = end + 1, end = text.find('\n', begin))
    EXPECT_LE(end - begin, 80u);
}

}  // namespace
}  // namespace tessera::trace
