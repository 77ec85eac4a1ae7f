// What a set of tiles asks of every kind of resource of a machine.
#pragma once

#include <algorithm>
#include <cstdint>

#include "scheduler/bounds/traffic.h"

namespace tessera::scheduler {

struct Work {
  std::int64_t array_cycles = 0, vector_cycles = 0;  // of the core clock, on one unit
  std::int64_t decisions = 0;
  std::int64_t host_ps = 0;
  std::int64_t constant_bytes = 0;  // loaded, where they are told apart from `traffic`
  Traffic traffic;

  Work& operator+=(const Work& o) {
    array_cycles += o.array_cycles, vector_cycles += o.vector_cycles, decisions += o.decisions, host_ps += o.host_ps;
    constant_bytes += o.constant_bytes;
    traffic += o.traffic;
    return *this;
  }
  // The largest part that it has of `all`, over the resources.
  [[nodiscard]] double largest_share(const Work& all) const {
    double share = 0;
    const auto of = [&](std::int64_t part, std::int64_t whole) {
      if (whole > 0) share = std::max(share, static_cast<double>(part) / static_cast<double>(whole));
    };
    of(array_cycles, all.array_cycles), of(vector_cycles, all.vector_cycles), of(decisions, all.decisions);
    of(host_ps, all.host_ps), of(constant_bytes, all.constant_bytes);
    of(traffic.core_read, all.traffic.core_read), of(traffic.core_write, all.traffic.core_write);
    return share;
  }
  friend bool operator==(const Work&, const Work&) = default;
};

}  // namespace tessera::scheduler
