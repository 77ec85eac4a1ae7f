#include "scheduler/tiling/pe_sizes.h"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "scheduler/tiling/misfit.h"
#include "scheduler/tiling/pe_choice.h"
#include "scheduler/tiling/pe_search.h"

namespace tessera::scheduler {

namespace {

bool is_order(const std::string& order) {
  std::string sorted = order;
  std::ranges::sort(sorted);
  return sorted == "bgmn";
}

}  // namespace

base::Result<PeSizes> choose_pe_sizes(const models::Network& network, const arch::NpuSpec& npu,
                                      const ScheduleSpec& schedule, const arch::MachineLimits& limits,
                                      AddressPlan& addresses, const models::Operator& op, const TileRule* given) {
  const TileRule rule = given != nullptr ? *given : TileRule{};
  const std::string& order = rule.loop_order.empty() ? schedule.loop_order : rule.loop_order;
  if (order != "auto" && !is_order(order))
    return base::failure(rule.where, "loop_order \"" + order + "\" is not a permutation of \"bgnm\"");
  const PeNeeds needs(network, npu, addresses, op);
  PeChoice choice(npu, schedule, limits, needs, op);
  const std::int64_t burst_elements = std::max<std::int64_t>(1, addresses.burst() * 8 / addresses.bits(op.inputs[0]));
  const auto slots = slot_bytes(npu, schedule);
  const bool keeps[] = {rule.whole_input, false};
  // A whole input that fits no slot is read by windows.
  for (const bool whole_input : std::span(keeps).subspan(rule.whole_input ? 0 : 1))
    for (const Reach reach : {Reach::folds, Reach::columns, Reach::anything}) {
      PeGrid grid = pe_grid(npu, op.pe, rule, burst_elements, reach);
      grid.orders = order == "auto" ? std::vector<std::string>{"bgnm", "bgmn"} : std::vector<std::string>{order};
      grid.whole_input = whole_input;
      if (const auto sizes = choice.best(grid)) return *sizes;
    }
  return pe_misfit(needs, op, rule, slots);
}

}  // namespace tessera::scheduler
