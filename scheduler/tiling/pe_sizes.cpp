#include "scheduler/tiling/pe_sizes.h"

#include <algorithm>
#include <optional>
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

// A search for automatic sizes: the machine, an operator, and the grids one after the other.
class GridSearch {
 public:
  GridSearch(const models::Network& network, const arch::NpuSpec& npu, const ScheduleSpec& schedule,
             AddressPlan& addresses, const models::Operator& op, const TileRule* given)
      : npu_(npu), op_(op), needs_(network, npu, addresses, op),
        burst_elements_(std::max<std::int64_t>(1, addresses.burst() * 8 / addresses.bits(op.inputs[0]))) {
    if (given != nullptr) rule_ = *given;
    rule_.m = rule_.rows(op.pe.out_w);
    order_ = rule_.loop_order.empty() ? schedule.loop_order : rule_.loop_order;
  }
  [[nodiscard]] const PeNeeds& needs() const { return needs_; }
  [[nodiscard]] const TileRule& rule() const { return rule_; }
  [[nodiscard]] const std::string& order() const { return order_; }
  [[nodiscard]] bool has_order() const { return order_ == "auto" || is_order(order_); }

  // What `look` finds in the first grid in which it finds anything; else its last answer, which is empty.
  template <class Look>
  auto first(const Look& look) const -> decltype(look(PeGrid{}));

 private:
  const arch::NpuSpec& npu_;
  const models::Operator& op_;
  PeNeeds needs_;
  std::int64_t burst_elements_;
  TileRule rule_;
  std::string order_;
};

bool found(const std::optional<PricedSizes>& sizes) { return sizes.has_value(); }
bool found(const std::vector<PeSizes>& sizes) { return !sizes.empty(); }

template <class Look>
auto GridSearch::first(const Look& look) const -> decltype(look(PeGrid{})) {
  const bool keeps[] = {rule_.whole_input, false};
  // A whole input that fits no slot is read by windows.
  for (const bool whole_input : std::span(keeps).subspan(rule_.whole_input ? 0 : 1))
    for (const Reach reach : {Reach::folds, Reach::columns, Reach::anything, Reach::parts_of_groups}) {
      if (reach == Reach::parts_of_groups && op_.pe.groups == 1) break;
      PeGrid grid = pe_grid(npu_, op_.pe, rule_, burst_elements_, reach);
      grid.orders = order_ == "auto" ? automatic_orders(op_.pe) : std::vector<std::string>{order_};
      grid.whole_input = whole_input;
      // What several operators read is one block where that fits a slot: the region keeps it from one to the next.
      if (needs_.shares_weights() && rule_.n == 0 && rule_.k == 0) {
        PeGrid one_block = grid;
        one_block.n = {op_.pe.n}, one_block.k = {op_.pe.channels}, one_block.g = {op_.pe.groups};
        if (auto sizes = look(one_block); found(sizes)) return sizes;
      }
      if (auto sizes = look(grid); found(sizes)) return sizes;
    }
  return {};
}

}  // namespace

base::Result<PricedSizes> choose_pe_sizes(const models::Network& network, const arch::NpuSpec& npu,
                                          const ScheduleSpec& schedule, const arch::MachineLimits& limits,
                                          AddressPlan& addresses, const models::Operator& op, const TileRule* given) {
  const GridSearch search(network, npu, schedule, addresses, op, given);
  const TileRule& rule = search.rule();
  if (!search.has_order())
    return base::failure(rule.where, "loop_order \"" + search.order() + "\" is not a permutation of \"bgnm\"");
  const PeNeeds& needs = search.needs();
  if (rule.held) {
    const auto sizes = held_sizes(needs, npu, op, rule, slot_bytes(npu, schedule));
    if (!sizes) return sizes.problems();
    return PricedSizes{*sizes};
  }
  PeChoice choice(npu, schedule, limits, needs, op);
  if (const auto sizes = search.first([&](const PeGrid& grid) { return choice.best(grid); })) return *sizes;
  return pe_misfit(needs, op, rule, npu, schedule);
}

std::vector<PeSizes> pe_candidates(const models::Network& network, const arch::NpuSpec& npu,
                                   const ScheduleSpec& schedule, const arch::MachineLimits& limits,
                                   AddressPlan& addresses, const models::Operator& op, const TileRule* given) {
  const GridSearch search(network, npu, schedule, addresses, op, given);
  if (!search.has_order() || search.rule().held) return {};
  const PeChoice choice(npu, schedule, limits, search.needs(), op);
  return search.first([&](const PeGrid& grid) { return choice.fitting(grid); });
}

}  // namespace tessera::scheduler
