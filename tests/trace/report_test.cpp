#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/trace/known_trace.h"
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
  const auto json = nlohmann::json::parse(report_json(k.measures.result(), &k.walk.path()));
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

}  // namespace
}  // namespace tessera::trace
