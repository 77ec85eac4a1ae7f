// What a run may not exceed: the numbers that name its parts in records, and the time and energy that 64 bits can
// count. Judged before anything is simulated; a message names the key and the limit.
#pragma once

#include "base/result.h"
#include "base/units.h"
#include "models/network/network.h"
#include "sim/config/run_spec.h"
#include "sim/prepare/prepare.h"

namespace tessera::sim {

// 2^61 ps: 26.7 days. Whatever adds two times, or looks up to twice as far ahead, stays within 64 bits.
inline constexpr base::Ps kLongestRun{std::int64_t{1} << 61};
// 16 bits of a record name its unit and its operator; 0xffff is none.
inline constexpr std::int64_t kMostUnits = 65'535, kMostOperators = 65'535;

// Units of the trace: schedulers, arrays, drain lanes, vector units, slots, channels, and the host's three.
[[nodiscard]] std::int64_t unit_count(const arch::NpuSpec&, const scheduler::ScheduleSpec&);

// Of a run whose tiles are not yet known and that may last as long as `limit`.
[[nodiscard]] base::Diagnostics check_limits(const RunSpec&, const models::Network&, base::Ps limit);
// Of its tiles: the DRAM that their tensors take, the time that one tile takes and that all of them take together, and
// what energy counts.
[[nodiscard]] base::Diagnostics check_limits(const PreparedRun&);
// How long the run may last: kLongestRun, or until the power that always flows has used 2^62 femtojoules (4.6 kJ).
[[nodiscard]] base::Ps longest_run(const std::optional<arch::EnergyPrices>&);

}  // namespace tessera::sim
