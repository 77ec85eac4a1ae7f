// What moving bytes costs where the path between the cores and the memory is narrowest: a policy's measure of traffic,
// without latency and without waiting.
#pragma once

#include <cstdint>

#include "arch/limits/machine_limits.h"
#include "arch/spec/npu_spec.h"
#include "base/units.h"

namespace tessera::scheduler {

class MemoryPace {
 public:
  void measure(const arch::NpuSpec&, const arch::MachineLimits&);
  [[nodiscard]] base::Ps time(std::int64_t bytes) const {
    return base::Ps{static_cast<std::int64_t>(static_cast<__int128>(bytes) * ps_per_kib_ / 1024)};
  }

 private:
  std::int64_t ps_per_kib_ = 0;
};

}  // namespace tessera::scheduler
