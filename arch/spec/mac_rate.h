// MACs per cell and cycle at a precision, and what that does to the time of a fold.
//
// The law is in fold_timing; PeArraySpec::rate carries the rate of an operator's precision there.
#pragma once

#include <cmath>

#include "arch/spec/npu_spec.h"

namespace tessera::arch {

// Where the machine's table says nothing 1; of int4 and fp8 the rate of int8, whose multiplier they use.
[[nodiscard]] inline MacRate mac_rate(const NpuSpec& spec, Precision precision) {
  auto found = spec.mac_rate.find(precision);
  const bool as_int8 = precision == Precision::int4 || precision == Precision::fp8;
  if (found == spec.mac_rate.end() && as_int8) found = spec.mac_rate.find(Precision::int8);
  return found == spec.mac_rate.end() ? MacRate{} : MacRate{std::llround(found->second * 1000)};
}

}  // namespace tessera::arch
