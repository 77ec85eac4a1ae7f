// The only header that includes SystemC. Simulation time is integer picoseconds here and everywhere else.
#pragma once

#include <systemc>

#include "base/units.h"

namespace tessera::sim {

// The kernel's time; its resolution is one picosecond, the default.
[[nodiscard]] inline base::Ps now() { return base::Ps{static_cast<std::int64_t>(sc_core::sc_time_stamp().value())}; }
[[nodiscard]] inline sc_core::sc_time to_sc_time(base::Ps t) {
  return sc_core::sc_time::from_value(static_cast<sc_dt::uint64>(t.count()));
}
// Moves an event's notification to the absolute time t >= now, earlier or later than before.
inline void notify_at(sc_core::sc_event& event, base::Ps t) {
  event.cancel();
  event.notify(to_sc_time(t - now()));
}
// How long until the next activity of the kernel after the current instant; kNever if there is none.
[[nodiscard]] inline base::Ps time_to_pending_activity() {
  if (!sc_core::sc_pending_activity_at_future_time()) return base::kNever;
  return base::Ps{static_cast<std::int64_t>(sc_core::sc_time_to_pending_activity().value())};
}

}  // namespace tessera::sim
