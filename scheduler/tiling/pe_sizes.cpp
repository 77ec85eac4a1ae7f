#include "scheduler/tiling/pe_sizes.h"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "scheduler/tiling/held_tiles.h"
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

// Weights that all images share may stay while the images pass.
std::vector<std::string> automatic_orders(const models::PeGeometry& p) {
  std::vector<std::string> orders{"bgnm", "bgmn"};
  if (p.batch > 1 && p.weight_batch == 1) orders.push_back("gnbm");
  return orders;
}

}  // namespace

base::Result<PricedSizes> choose_pe_sizes(const models::Network& network, const arch::NpuSpec& npu,
                                          const ScheduleSpec& schedule, const arch::MachineLimits& limits,
                                          AddressPlan& addresses, const models::Operator& op, const TileRule* given) {
  TileRule rule = given != nullptr ? *given : TileRule{};
  rule.m = rule.rows(op.pe.out_w);
  const std::string& order = rule.loop_order.empty() ? schedule.loop_order : rule.loop_order;
  if (order != "auto" && !is_order(order))
    return base::failure(rule.where, "loop_order \"" + order + "\" is not a permutation of \"bgnm\"");
  const PeNeeds needs(network, npu, addresses, op);
  if (rule.held) {
    const auto sizes = held_sizes(needs, npu, op, rule, slot_bytes(npu, schedule));
    if (!sizes) return sizes.problems();
    return PricedSizes{*sizes};
  }
  PeChoice choice(npu, schedule, limits, needs, op);
  const std::int64_t burst_elements = std::max<std::int64_t>(1, addresses.burst() * 8 / addresses.bits(op.inputs[0]));
  const bool keeps[] = {rule.whole_input, false};
  // A whole input that fits no slot is read by windows.
  for (const bool whole_input : std::span(keeps).subspan(rule.whole_input ? 0 : 1))
    for (const Reach reach : {Reach::folds, Reach::columns, Reach::anything, Reach::parts_of_groups}) {
      if (reach == Reach::parts_of_groups && op.pe.groups == 1) break;
      PeGrid grid = pe_grid(npu, op.pe, rule, burst_elements, reach);
      grid.orders = order == "auto" ? automatic_orders(op.pe) : std::vector<std::string>{order};
      grid.whole_input = whole_input;
      // What several operators read is one block where that fits a slot: the region keeps it from one to the next.
      if (needs.shares_weights() && rule.n == 0 && rule.k == 0) {
        PeGrid one_block = grid;
        one_block.n = {op.pe.n}, one_block.k = {op.pe.channels}, one_block.g = {op.pe.groups};
        if (const auto sizes = choice.best(one_block)) return *sizes;
      }
      if (const auto sizes = choice.best(grid)) return *sizes;
    }
  return pe_misfit(needs, op, rule, npu, schedule);
}

}  // namespace tessera::scheduler
