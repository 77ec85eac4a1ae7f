// What requests mean for measures, on a known trace of which the request is moved.
#include <gtest/gtest.h>

#include "tests/trace/known_trace.h"
#include "trace/analysis/measure_table.h"

namespace tessera::trace {
namespace {

using base::Ps;

MeasuresResult with_request(std::int64_t start, std::int64_t end) {
  const test::KnownTrace known;
  Measures measures(known.lanes.units(), known.tiles, known.facts);
  Sink sink;
  sink.add(measures);
  known.emit(sink, [&](std::uint64_t, Record& r) {
    if (r.name == Name::request) r.start = Ps{start}, r.end = Ps{end};
  });
  return measures.result();
}

// The array is busy for 270 of 500 ps. A request from 100 to 400 leaves 200 ps without one.
TEST(RequestMeasures, TimeWithoutARequestIsWhatNoRequestCovers) {
  const auto m = with_request(100, 400);
  EXPECT_EQ(m.no_request, Ps{200});
  EXPECT_EQ(run_value(m, "no_request_ps"), base::value_of(200));
  EXPECT_DOUBLE_EQ(base::number_of(run_value(m, "pe_time_utilization_requested")).value(), 270.0 / 300);
  EXPECT_DOUBLE_EQ(base::number_of(run_value(m, "pe_time_utilization")).value(), 270.0 / 500);
  EXPECT_EQ(m.request_latency.max, Ps{300});
  EXPECT_EQ(with_request(0, 500).no_request, Ps{0});
}

}  // namespace
}  // namespace tessera::trace
