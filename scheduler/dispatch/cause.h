// What something waited for: the record that ended last, and how the critical path goes on from there.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "base/units.h"
#include "trace/record/record.h"

namespace tessera::scheduler {

// The record ended at or before `at`, except for Link::start_of, where it had started.
struct Cause {
  base::Ps at{0};
  std::uint64_t record = trace::kNoCause;
  trace::Link link = trace::Link::none;
  [[nodiscard]] Cause as(trace::Link l) const { return {at, record, l}; }
};

// The latest; of equal ones the first named.
[[nodiscard]] inline Cause latest(std::initializer_list<Cause> causes) {
  Cause best = *causes.begin();
  for (const Cause& c : causes)
    if (c.at > best.at) best = c;
  return best;
}

}  // namespace tessera::scheduler
