#include "scheduler/tiling/pe_cost.h"

#include <algorithm>
#include <numeric>

namespace tessera::scheduler {

using base::ceil_div;
using base::Cycles;
using base::Ps;

PeCost::PeCost(const arch::NpuSpec& npu, const arch::MachineLimits& limits, const PeNeeds& needs,
               const models::Operator& op, const Part& part)
    : npu_(npu), limits_(limits), needs_(needs), op_(op), cores_(part.cores), slot_count_(part.slots),
      way_(limits.transfer_min(0, false)) {
  // A part of each tile's decision and of its first packet's way is never hidden: this keeps tiles from being tiny.
  overhead_ = npu.core_clock.duration(npu.scheduler.dispatch_latency) + Ps{way_.count() / 4};
  for (const auto& post : op.posts)
    post_cycles_ += npu.core.vector_unit.cycles_per_element[static_cast<std::size_t>(post.function)];
}

// An operand stays in its slots while the loop that does not touch it runs, if all its slices of that time fit. A core
// that keeps nothing loads its operand for every tile.
PeCost::Share PeCost::share(const PeCounts& c, bool m_inside_n, Deal deal) const {
  const std::int64_t cores = cores_, repeat = c.b * c.g, positions = c.m * c.w;
  const std::int64_t inner = m_inside_n ? positions : c.n, outer = m_inside_n ? c.n : positions;
  const std::int64_t outer_slots = slot_count_[m_inside_n ? 1 : 0];
  const std::int64_t inner_slots = slot_count_[m_inside_n ? 0 : 1];
  const std::int64_t tiles = outer * inner * repeat * c.k;
  const bool keeps_outer = c.k <= outer_slots;
  std::int64_t outer_loads = tiles, inner_loads = tiles, most = 0;
  if (deal == Deal::chunks) {
    // A chunk that begins inside the outer loop's step loads that step's operand again.
    const auto loaders = [&](std::int64_t steps) { return steps + cores - std::gcd(steps, cores); };
    most = ceil_div(c.groups(), cores);
    if (keeps_outer) outer_loads = std::min(tiles, loaders(outer * repeat) * c.k);
    if (inner * c.k <= inner_slots) inner_loads = std::min(tiles, loaders(repeat) * inner * c.k);
  } else {
    const std::int64_t columns = std::min(cores, inner), teams = std::min(cores / columns, outer);
    most = ceil_div(inner, columns) * ceil_div(outer, teams) * repeat;
    if (keeps_outer) outer_loads = std::min(tiles, outer * columns * repeat * c.k);
    if (ceil_div(inner, columns) * c.k <= inner_slots) inner_loads = std::min(tiles, inner * teams * repeat * c.k);
  }
  return m_inside_n ? Share{inner_loads, outer_loads, most} : Share{outer_loads, inner_loads, most};
}

Cycles PeCost::group_cycles(const PeSizes& s, const PeCounts& c) const {
  const auto& p = op_.pe;
  const std::int64_t taps = p.kernel_h * p.kernel_w;
  const std::int64_t lanes = npu_.core.vector_unit.lanes;
  Cycles tile{0};
  if (p.groups > 1 && npu_.core.pe_array.grouped == arch::Grouped::vector) {
    tile = Cycles{ceil_div(s.m * s.w * s.n * s.g * s.k * taps, lanes)};
  } else {
    tile = arch::plan_folds(
               needs_.array(),
               {.m = s.m * s.w, .n = s.n, .channels = s.k, .taps = taps, .groups = s.g, .accumulates = c.k > 1})
               .occupancy;
  }
  return std::max(tile * c.k, Cycles{ceil_div(s.m * s.w * s.n * s.g, lanes) * post_cycles_});
}

// Every cell busy all the time.
Cycles PeCost::least_cycles(const PeSizes& s, const PeCounts& c) const {
  const auto& array = needs_.array();
  if (op_.pe.groups > 1 && array.grouped == arch::Grouped::vector) return Cycles{0};
  const std::int64_t macs = s.m * s.w * s.n * s.g * s.k * op_.pe.kernel_h * op_.pe.kernel_w * c.k;
  const std::int64_t per_cycle = array.rows * array.columns * array.rate.thousandths;
  return Cycles{static_cast<std::int64_t>(static_cast<__int128>(macs) * 1000 / per_cycle)};
}

PeCost::Tiles PeCost::least_tiles(const PeSizes& s, const Moves& input, std::int64_t weight) const {
  const PeCounts counts(op_.pe, s);
  const std::int64_t stored = needs_.least_stored_bytes(s);
  return {.counts = counts,
          .group = least_cycles(s, counts),
          .input = input,
          .weight = weight,
          .store = {.bytes = stored, .packets = ceil_div(stored, limits_.packet_bytes)}};
}

PeCost::Moves PeCost::exact_input(const PeSizes& s, std::int64_t bytes) const {
  const std::int64_t slices = ceil_div(op_.pe.channels, s.k);
  return {bytes, needs_.input_packets(s), needs_.crowded_inputs(s, std::min(slices, slot_count_[0]))};
}

PeCost::Moves PeCost::exact_store(const PeSizes& s) const {
  return {needs_.stored_bytes(s), needs_.stored_packets(s), needs_.crowded_stores(s)};
}

// Of everything that the operator moves, where it takes longest.
Ps PeCost::moving_time(const Tiles& tiles, const Traffic& t) const {
  const std::int64_t crowded =
      tiles.input.crowding.of(t.input) + t.weight + tiles.store.crowding.of(t.stored) + t.passed_on;
  const std::int64_t reads = t.input + t.weight;
  return std::max({arch::time_at(crowded, limits_.dram.peak_bytes_per_second),
                   arch::time_at(reads, limits_.interconnect_rate),
                   arch::time_at(reads + t.stored, limits_.channels_rate),
                   Ps{t.packets * way_.count() / std::max<std::int64_t>(1, limits_.outstanding)},
                   // One packet is granted per cycle of the interconnect, however small.
                   npu_.interconnect_clock.duration(Cycles{t.packets})});
}

PeCost::Estimate PeCost::estimate(const PeSizes& s, const Tiles& tiles) const {
  const PeCounts& c = tiles.counts;
  Share l = share(c, s.m_inside_n(), s.deal);
  if (s.whole_input) l.input = c.b * std::min(cores_, c.groups());
  return estimate(tiles, l);
}

PeCost::Estimate PeCost::bound(const PeSizes& s, const Tiles& tiles) const {
  const PeCounts& c = tiles.counts;
  const std::int64_t repeat = c.b * c.g * c.k;
  return estimate(tiles, {.input = s.whole_input ? c.b : repeat * c.m * c.w,
                          .weight = repeat * c.n,
                          .groups = ceil_div(c.groups(), cores_)});
}

PeCost::Estimate PeCost::estimate(const Tiles& tiles, const Share& l) const {
  const PeCounts& c = tiles.counts;
  const std::int64_t rounds = l.groups * c.k;
  Traffic t{.input = l.input * tiles.input.bytes,
            .weight = l.weight * tiles.weight,
            .stored = c.groups() * tiles.store.bytes};
  const std::int64_t again = 3 * needs_.heirs();  // an heir's tiles load two blocks and store one
  t.passed_on = again * t.stored;
  t.packets = l.input * tiles.input.packets + ceil_div(t.weight, limits_.packet_bytes) +
              c.groups() * tiles.store.packets * (1 + again);

  const Ps compute = npu_.core_clock.duration(tiles.group * l.groups), moving = moving_time(tiles, t);
  const bool single = slot_count_[0] == 1 || slot_count_[1] == 1;
  // Other operators want the memory and the arrays too, so a third of what is hidden here counts as well.
  const Ps shorter = std::min(compute, moving), longer = std::max(compute, moving);
  const Ps steady = longer + (single ? shorter : Ps{shorter.count() / 3}) + overhead_ * rounds;
  // First loads, the last tile's compute and last stores: other operators overlap about half of them, of a single
  // tile's less, for its consumers wait for all of it.
  const std::int64_t at_once = std::min(cores_, c.groups());
  const Ps ends = arch::time_at(at_once * (tiles.input.bytes + tiles.weight + tiles.store.bytes),
                                limits_.dram.peak_bytes_per_second) +
                  Ps{compute.count() / std::max<std::int64_t>(1, rounds)};
  return {steady.count() + ends.count() * (c.groups() == 1 ? 3 : 2) / 4, t.input + t.weight + t.stored,
          c.groups() * c.k};
}

}  // namespace tessera::scheduler
