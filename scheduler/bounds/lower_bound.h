// What no schedule can beat: lower bounds on the makespan (docs/semantics.md 13.1 to 13.14).
//
// Pure functions of the tile graph, the machine and its limits. Every duration is its contention-free least and every
// rate its peak, so a run that beats a bound is a bug of one of the two; the property tests look for it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "arch/limits/machine_limits.h"
#include "arch/spec/npu_spec.h"
#include "base/units.h"
#include "models/network/network.h"
#include "scheduler/bounds/traffic.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

enum class BoundTerm : std::uint8_t {
  path,
  arrays,
  vector_units,
  scheduler,
  dram,
  interconnect,
  channels,
  shared_sram,
  grants,       // packets: one is granted per cycle of the interconnect
  credits,      // packets: each holds one of the outstanding places from its grant to its delivery
  host,         // tasks of the host, one after the other
  dependences,  // of every resource, what must come before and after (scheduler/bounds/dependence_bound.h)
};
inline constexpr std::array<std::string_view, 12> kBoundTermNames{
    "path",     "arrays",      "vector_units", "scheduler", "dram", "interconnect",
    "channels", "shared_sram", "grants",       "credits",   "host", "dependences"};

// Least time by every term; 0 where a term does not apply.
struct LowerBound {
  std::array<base::Ps, kBoundTermNames.size()> terms{};
  Traffic traffic;  // what the six terms from `dram` on count

  [[nodiscard]] base::Ps& operator[](BoundTerm t) { return terms[static_cast<std::size_t>(t)]; }
  [[nodiscard]] base::Ps operator[](BoundTerm t) const { return terms[static_cast<std::size_t>(t)]; }
  // The term that binds: the largest, the first of equal ones.
  [[nodiscard]] BoundTerm binding() const;
  [[nodiscard]] base::Ps time() const { return (*this)[binding()]; }
  // In cycles of `clock`, rounded down.
  [[nodiscard]] std::int64_t cycles(const base::Clock& clock) const { return clock.elapsed(time()).count(); }
};

// Of this tile graph, whatever the policy.
[[nodiscard]] LowerBound lower_bound(const TileGraph&, const arch::NpuSpec&, const arch::MachineLimits&);

// The same with the bytes that one run moved instead of the compulsory ones: what is left above it is lost overlap,
// what lies between the two is lost reuse.
[[nodiscard]] LowerBound bound_with_traffic(LowerBound, const Traffic& moved, const arch::MachineLimits&);

// Of the network on this machine, whatever the tiling: multiply-accumulates over all PEs, vector work over all lanes,
// and the bytes that the operators touch.
[[nodiscard]] LowerBound network_bound(const models::Network&, const arch::NpuSpec&, const arch::MachineLimits&,
                                       const RequestSpec&);

// Of the work of these tiles on this machine, however it is cut: in the place of network_bound() where the tiles are a
// compiler's and their network is not known. Vector tasks count with the cycles that they have: how many of the lanes
// they fill nobody says.
[[nodiscard]] LowerBound work_bound(const TileGraph&, const arch::NpuSpec&, const arch::MachineLimits&);

}  // namespace tessera::scheduler
