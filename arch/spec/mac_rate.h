// MACs per cell and cycle at a precision, and what that does to the time of a fold.
//
// Law: only the stream of the moving operand changes, to ceil(steps / rate) cycles. A cell of rate 2 takes two steps of
// the moving operand per cycle (half-size operands over the same wires), one of rate 1/4 a step every four cycles. Hops,
// MAC pipeline, edge registers and output chains are registers that move every cycle whatever they hold, and loading
// the stationary operand is no MAC: fill and drain keep their length. Numbers per machine, not per law: mac_rate.
#pragma once

#include <cmath>
#include <cstdint>

#include "arch/spec/npu_spec.h"

namespace tessera::arch {

// A ratio in thousandths, as fine as a machine file may state it.
struct MacRate {
  std::int64_t thousandths = 1000;
  // Cycles of `steps` >= 1 steps of the moving operand.
  [[nodiscard]] constexpr std::int64_t stream_cycles(std::int64_t steps) const {
    return base::ceil_div(steps * 1000, thousandths);
  }
  friend constexpr bool operator==(MacRate, MacRate) = default;
};

// 1 where the machine's table says nothing.
[[nodiscard]] inline MacRate mac_rate(const NpuSpec& spec, Precision precision) {
  const auto found = spec.mac_rate.find(precision);
  return found == spec.mac_rate.end() ? MacRate{} : MacRate{std::llround(found->second * 1000)};
}

}  // namespace tessera::arch
