#include "scheduler/tiling/pe_choice.h"

#include <algorithm>

#include "scheduler/tiling/misfit.h"
#include "scheduler/tiling/pe_cost.h"

namespace tessera::scheduler {

namespace {
// How many are rehearsed of each order and deal.
constexpr std::size_t kEach = 2;
// Of an operator with more tiles than this the ends count for nothing, and a rehearsal would take long: the estimate
// decides.
constexpr std::int64_t kMostTiles = 1 << 15;
// A loop order may read a hundredth more than the one that reads least.
constexpr std::int64_t kReadsMore = 100;
}  // namespace

PeChoice::PeChoice(const arch::NpuSpec& npu, const ScheduleSpec& schedule, const arch::MachineLimits& limits,
                   const PeNeeds& needs, const models::Operator& op)
    : npu_(npu), schedule_(schedule), limits_(limits), needs_(needs), op_(op), slots_(slot_bytes(npu, schedule)),
      rehearsal_(npu, schedule, limits), script_(npu, schedule, limits, needs, op) {}

// Samples may miss the largest input tile of an unaligned layout: then the search runs again with less room.
std::vector<PeSizes> PeChoice::fitting(const PeGrid& grid) const {
  for (int room = 16; room > 8; --room) {
    auto all = candidates(grid, {slots_[0] * room / 16, slots_[1], slots_[2]});
    if (all.empty()) break;
    std::erase_if(all, [&](const PeSizes& s) { return needs_.input_bytes_exact(s) > slots_[0]; });
    if (!all.empty()) return all;
  }
  return {};
}

std::optional<PricedSizes> PeChoice::best(const PeGrid& grid) {
  const auto all = fitting(grid);
  if (all.empty()) return std::nullopt;
  return cheapest(grid, all);
}

std::vector<PeSizes> PeChoice::candidates(const PeGrid& grid, const Limit& limit) const {
  std::vector<PeSizes> all;
  PeSearch search(needs_, grid);
  const auto add = [&](const PeCost::Part& part, const Limit& room) {
    const PeCost cost(npu_, limits_, needs_, op_, part);
    for (PeSizes s : search.shortlist(cost, room, kEach)) {
      s.cores = part.cores;
      if (differs(s, grid) && !known(all, s)) all.push_back(s);
    }
  };
  add(whole(), limit);
  for (std::int64_t cores = npu_.cores / 2; cores > 0; cores /= 2) add({cores, schedule_.buffers}, limit);
  return all;
}

// Groups that are no more than the cores have a core each, here as there.
bool PeChoice::known(const std::vector<PeSizes>& all, const PeSizes& s) const {
  const bool alike = PeCounts(op_.pe, s).groups() <= s.cores;
  return std::ranges::any_of(all, [&](PeSizes other) {
    if (alike) other.cores = s.cores;
    return other == s;
  });
}

// Where a loop has one step, the orders are one; where all but one have one, the deals are too.
bool PeChoice::differs(const PeSizes& s, const PeGrid& grid) const {
  const PeCounts c(op_.pe, s);
  if (one_order(c) && s.order != grid.orders.front()) return false;
  return c.groups() > std::max(c.n, c.m * c.w) || s.deal == Deal::chunks;
}

std::optional<base::Ps> PeChoice::price(const PeSizes& s, base::Ps limit) {
  const base::Ps heirs = script_.heirs(s);
  if (heirs >= limit) return std::nullopt;
  const auto sum_of = [&](base::Ps time, base::Ps moving) {
    return time + heirs + base::Ps{moving.count() / kOthersWantMemory};
  };
  const Rehearsed& script = script_.of(s);
  const Rehearsal::Least least = rehearsal_.least(script);
  if (sum_of(least.makespan, least.moving) >= limit) return std::nullopt;
  const auto time = rehearsal_.makespan(script, limit - heirs);
  if (!time) return std::nullopt;
  const base::Ps sum = sum_of(*time, rehearsal_.moving());
  if (sum >= limit) return std::nullopt;
  return sum;
}

std::optional<base::Ps> PeChoice::time(const PeSizes& s, base::Ps limit) {
  const Rehearsed& script = script_.of(s);
  if (rehearsal_.least(script).makespan > limit) return std::nullopt;
  return rehearsal_.makespan(script, limit);
}

PricedSizes PeChoice::cheapest(const PeGrid& grid, const std::vector<PeSizes>& all) {
  std::vector<Best> of_order(grid.orders.size(), Best{{{}, base::kNever}, 0});
  std::optional<PricedSizes> first;
  for (const PeSizes& s : all) {
    const PeCounts c(op_.pe, s);
    const bool many = c.tiles() > kMostTiles;
    if (!first) first = {s, many ? base::Ps{PeCost(npu_, limits_, needs_, op_, whole()).estimate(s).ps} : base::kNever};
    if (many) continue;
    const auto concerns = [&](std::size_t order) { return one_order(c) || s.order == grid.orders[order]; };
    base::Ps limit{0};
    for (std::size_t o = 0; o < of_order.size(); ++o)
      if (concerns(o)) limit = std::max(limit, of_order[o].priced.price);
    const auto time = price(s, limit);
    for (std::size_t o = 0; o < of_order.size(); ++o)
      if (time && concerns(o) && *time < of_order[o].priced.price) of_order[o] = {{s, *time}, rehearsal_.read_bytes()};
  }
  std::erase_if(of_order, [](const Best& b) { return b.priced.price == base::kNever; });
  return of_order.empty() ? *first : frugal(of_order);
}

// What one operator gains by reading more, others lose that wait for the memory.
PricedSizes PeChoice::frugal(const std::vector<Best>& of_order) {
  const std::int64_t fewest = std::ranges::min(of_order, {}, &Best::reads).reads;
  const Best* best = nullptr;
  for (const Best& b : of_order) {
    if (b.reads - fewest > fewest / kReadsMore) continue;
    if (best == nullptr || b.priced.price < best->priced.price) best = &b;
  }
  return best->priced;
}

}  // namespace tessera::scheduler
