// MACs per cell and cycle at a precision, and what that does to the time of a fold.
//
// The law is in fold_timing; PeArraySpec::rate carries the rate of a run's precision there.
#pragma once

#include <cmath>

#include "arch/spec/npu_spec.h"

namespace tessera::arch {

// 1 where the machine's table says nothing.
[[nodiscard]] inline MacRate mac_rate(const NpuSpec& spec, Precision precision) {
  const auto found = spec.mac_rate.find(precision);
  return found == spec.mac_rate.end() ? MacRate{} : MacRate{std::llround(found->second * 1000)};
}

}  // namespace tessera::arch
