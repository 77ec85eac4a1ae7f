#include "scheduler/tiling/pe_sizes.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "arch/array/fold_plan.h"
#include "scheduler/tiling/pe_cost.h"
#include "scheduler/tiling/misfit.h"

namespace tessera::scheduler {

namespace {

using base::ceil_div;
using base::round_up;
using Values = std::vector<std::int64_t>;

// Even cuts of an extent into 1, 2, 3 ... parts, rounded up to whole granules; largest first.
Values cuts(std::int64_t extent, std::int64_t granule) {
  Values values;
  for (std::int64_t parts = 1; parts <= extent; parts += std::max<std::int64_t>(1, parts / 4)) {
    const std::int64_t size = std::min(extent, round_up(ceil_div(extent, parts), granule));
    if (values.empty() || size < values.back()) values.push_back(size);
  }
  if (values.back() > std::min(extent, granule)) values.push_back(std::min(extent, granule));
  return values;
}

Values fixed_or(std::int64_t given, std::int64_t extent, Values otherwise) {
  return given > 0 ? Values{std::min(given, extent)} : std::move(otherwise);
}

// Every value of every size that may be tried.
struct Grid {
  Values m, w, n, g, k;
  std::vector<std::string> orders;
  bool whole_input = false;
};

// How far the search goes: whole array columns and bursts (whole rows, where a rule gives their number alone); then
// parts of rows; then anything.
enum class Reach { folds, columns, anything };

Grid grid_of(const arch::NpuSpec& npu, const models::PeGeometry& p, const TileRule& rule, std::int64_t burst_elements,
             Reach reach) {
  const auto& array = npu.core.pe_array;
  const bool narrow = reach != Reach::folds, whole_folds = reach != Reach::anything;
  Grid grid;
  grid.m = fixed_or(rule.m, p.out_h, narrow ? cuts(std::min<std::int64_t>(p.out_h, 8), 1) : cuts(p.out_h, 1));
  grid.w = fixed_or(rule.w, p.out_w, narrow || rule.m == 0 ? cuts(p.out_w, 1) : Values{p.out_w});
  if (p.groups == 1) {
    grid.g = {1};
    grid.n = fixed_or(rule.n, p.n, cuts(p.n, whole_folds ? std::min(p.n, array.columns) : 1));
    grid.k = fixed_or(rule.k, p.channels, cuts(p.channels, whole_folds ? std::min(p.channels, burst_elements) : 1));
    return grid;
  }
  // Grouped: several groups in a tile as long as a group stays whole, so channels stay contiguous.
  grid.n = {rule.n > 0 ? std::min(rule.n, p.n) : p.n};
  // On the vector unit a tile is a group of one: its reduction stays whole.
  grid.k = {rule.k > 0 && array.grouped != arch::Grouped::vector ? std::min(rule.k, p.channels) : p.channels};
  const bool whole = grid.n[0] == p.n && grid.k[0] == p.channels;
  const std::int64_t in_rule = rule.n > 0 ? std::max<std::int64_t>(1, rule.n / p.n) : 0;
  grid.g = !whole ? Values{1}
                  : fixed_or(in_rule, p.groups, cuts(p.groups, whole_folds ? std::clamp<std::int64_t>(burst_elements / p.channels, 1, p.groups) : 1));
  return grid;
}

// The cheapest that fits `limit` bytes per slot.
std::optional<PeSizes> best(const PeCost& cost, const PeNeeds& needs, const Grid& grid,
                            const std::array<std::int64_t, 3>& limit) {
  std::optional<PeSizes> found;
  PeCost::Estimate least{};
  PeSizes s;
  for (const auto w : grid.w)
    for (const auto m : grid.m)
      for (const auto g : grid.g)
        for (const auto k : grid.k) {
          s = {.m = m, .w = w, .n = 1, .g = g, .k = k, .order = {}, .whole_input = grid.whole_input};
          const std::int64_t input = needs.input_bytes(s);
          if (input > limit[0]) continue;
          const std::int64_t packets = needs.input_packets(s);
          for (const auto n : grid.n) {
            s.n = n;
            if (needs.output_bytes(s) > limit[2] || needs.weight_bytes(s) > limit[1]) continue;
            for (const auto& order : grid.orders)
              for (const Deal deal : {Deal::chunks, Deal::columns}) {
                s.order = order;
                s.deal = deal;
                const auto estimate = cost.estimate(s, input, packets);
                if (found && !(estimate < least)) continue;
                least = estimate;
                found = s;
              }
          }
        }
  return found;
}

bool is_order(const std::string& order) {
  std::string sorted = order;
  std::ranges::sort(sorted);
  return sorted == "bgmn";
}

}  // namespace

base::Result<PeSizes> choose_pe_sizes(const models::Network& network, const arch::NpuSpec& npu,
                                      const ScheduleSpec& schedule, const MachineRates& rates, AddressPlan& addresses,
                                      const models::Operator& op, const TileRule* given) {
  const TileRule rule = given != nullptr ? *given : TileRule{};
  const std::string& order = rule.loop_order.empty() ? schedule.loop_order : rule.loop_order;
  if (order != "auto" && !is_order(order))
    return base::failure(rule.where, "loop_order \"" + order + "\" is not a permutation of \"bgnm\"");
  const PeNeeds needs(network, npu, addresses, op);
  const PeCost cost(npu, schedule, rates, needs, op);
  const std::int64_t burst_elements = std::max<std::int64_t>(1, addresses.burst() / addresses.element_bytes());
  const auto slots = slot_bytes(npu, schedule);
  const bool keeps[] = {rule.whole_input, false};
  // Samples may miss the largest input tile of an unaligned layout: then the search runs again with less room. A whole
  // input that fits no slot is read by windows.
  for (const bool whole_input : std::span(keeps).subspan(rule.whole_input ? 0 : 1))
    for (const Reach reach : {Reach::folds, Reach::columns, Reach::anything}) {
      Grid grid = grid_of(npu, op.pe, rule, burst_elements, reach);
      grid.orders = order == "auto" ? std::vector<std::string>{"bgnm", "bgmn"} : std::vector<std::string>{order};
      grid.whole_input = whole_input;
      for (int room = 16; room > 8; --room) {
        const auto sizes = best(cost, needs, grid, {slots[0] * room / 16, slots[1], slots[2]});
        if (!sizes) break;
        if (needs.input_bytes_exact(*sizes) <= slots[0]) return *sizes;
      }
    }
  return pe_misfit(needs, op, rule, slots);
}

}  // namespace tessera::scheduler
