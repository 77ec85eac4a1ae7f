// The idle time of a unit as a run recorded it, in nanoseconds.
#pragma once

#include <cstdint>
#include <ostream>
#include <vector>

#include "tests/scheduler/support/run_checks.h"
#include "trace/record/record.h"

namespace tessera::scheduler::testing {

struct IdleSpan {
  trace::Reason reason;
  std::int64_t start, end;
  friend bool operator==(const IdleSpan&, const IdleSpan&) = default;
  friend std::ostream& operator<<(std::ostream& out, const IdleSpan& s) {
    return out << trace::to_string(s.reason) << " [" << s.start << "," << s.end << ")";
  }
};

// Of a lane, in the order of the records.
[[nodiscard]] inline std::vector<IdleSpan> idle_spans(const std::vector<trace::Collector::Item>& records,
                                                      std::uint16_t lane) {
  std::vector<IdleSpan> spans;
  for (const auto& i : records) {
    const trace::Record& r = i.record;
    if (r.name != trace::Name::stall || r.unit != lane) continue;
    spans.push_back({r.reason(), r.start.count() / 1000, r.end.count() / 1000});
  }
  return spans;
}

}  // namespace tessera::scheduler::testing
