// Which sizes of a grid an operator gets: the few that the estimate finds cheapest are rehearsed, and the one whose
// rehearsal costs least is taken: of each loop order one, of these the cheapest that reads hardly more than the one
// that reads least.
//
// A machine with more cores must not do worse than one with fewer. So what the estimate finds cheapest for half of the
// cores, for a quarter and so on is rehearsed as well, dealt to as many of them. Tiles for smaller slots are not: alone
// they end sooner than they do in a network.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "arch/limits/machine_limits.h"
#include "arch/spec/npu_spec.h"
#include "models/network/network.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiling/pe_cost.h"
#include "scheduler/tiling/pe_script.h"
#include "scheduler/tiling/pe_search.h"
#include "scheduler/tiling/rehearsal.h"

namespace tessera::scheduler {

class PeChoice {
 public:
  PeChoice(const arch::NpuSpec&, const ScheduleSpec&, const arch::MachineLimits&, const PeNeeds&,
           const models::Operator&);

  // The best of a grid; nothing if nothing of it fits the slots.
  [[nodiscard]] std::optional<PricedSizes> best(const PeGrid&);
  // The candidates of a grid of which every tile fits.
  [[nodiscard]] std::vector<PeSizes> fitting(const PeGrid&) const;
  // What is rehearsed, each with the order and the deal; `limit`: bytes of an input, a weight and an output slot.
  using Limit = std::array<std::int64_t, 3>;
  [[nodiscard]] std::vector<PeSizes> candidates(const PeGrid&, const Limit& limit) const;
  // What a candidate costs: the rehearsal's makespan, the traffic of the operators that inherit its blocks, and a part
  // of the time for which it occupies the memory. Nothing if that is not less than `limit`.
  [[nodiscard]] std::optional<base::Ps> price(const PeSizes&, base::Ps limit);
  // The rehearsal's makespan alone; nothing if it is later than `limit`.
  [[nodiscard]] std::optional<base::Ps> time(const PeSizes&, base::Ps limit);
  // Of the last rehearsal: how long its transfers occupied the memory, and their packets.
  [[nodiscard]] base::Ps moving() const { return rehearsal_.moving(); }
  [[nodiscard]] std::int64_t packets() const { return rehearsal_.packets(); }

 private:
  // The best of one loop order, and the bytes that it loads.
  struct Best {
    PricedSizes priced;
    std::int64_t reads;
  };
  [[nodiscard]] PricedSizes cheapest(const PeGrid&, const std::vector<PeSizes>&);
  [[nodiscard]] static PricedSizes frugal(const std::vector<Best>&);
  [[nodiscard]] static bool one_order(const PeCounts& c) { return c.n == 1 || c.b * c.m * c.w == 1; }
  [[nodiscard]] PeCost::Part whole() const { return {npu_.cores, schedule_.buffers}; }
  [[nodiscard]] bool known(const std::vector<PeSizes>&, const PeSizes&) const;
  [[nodiscard]] bool differs(const PeSizes&, const PeGrid&) const;

  const arch::NpuSpec& npu_;
  const ScheduleSpec& schedule_;
  const arch::MachineLimits& limits_;
  const PeNeeds& needs_;
  const models::Operator& op_;
  std::array<std::int64_t, 3> slots_;
  Rehearsal rehearsal_;
  PeScript script_;
};

}  // namespace tessera::scheduler
