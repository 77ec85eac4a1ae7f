#include "scheduler/tiling/pe_choice.h"

#include <algorithm>

#include "scheduler/tiling/misfit.h"
#include "scheduler/tiling/pe_cost.h"

namespace tessera::scheduler {

namespace {
// How many are rehearsed of each order and deal.
constexpr std::size_t kEach = 2, kEachOfPart = 1;
// Other operators want the memory too: so much of the time that a candidate occupies it counts besides.
constexpr std::int64_t kOthersWantMemory = 3;
// Of an operator with more tiles than this the ends count for nothing, and a rehearsal would take long: the estimate
// decides.
constexpr std::int64_t kMostTiles = 1 << 15;
}  // namespace

PeChoice::PeChoice(const arch::NpuSpec& npu, const ScheduleSpec& schedule, const arch::MachineLimits& limits,
                   const PeNeeds& needs, const models::Operator& op)
    : npu_(npu), schedule_(schedule), limits_(limits), needs_(needs), op_(op), slots_(slot_bytes(npu, schedule)),
      rehearsal_(npu, schedule, limits), script_(npu, schedule, limits, needs, op) {}

// Samples may miss the largest input tile of an unaligned layout: then the search runs again with less room.
std::optional<PeSizes> PeChoice::best(const PeGrid& grid) {
  for (int room = 16; room > 8; --room) {
    const auto all = candidates(grid, {slots_[0] * room / 16, slots_[1], slots_[2]});
    if (all.empty()) return std::nullopt;
    if (const auto sizes = cheapest(all)) return sizes;
  }
  return std::nullopt;
}

std::vector<PeSizes> PeChoice::candidates(const PeGrid& grid, const Limit& limit) const {
  std::vector<PeSizes> all;
  PeSearch search(needs_, grid);
  const auto add = [&](const PeCost::Part& part, const Limit& room, std::size_t each) {
    const PeCost cost(npu_, limits_, needs_, op_, part);
    for (PeSizes s : search.shortlist(cost, room, each)) {
      s.cores = part.cores;
      if (differs(s, grid) && !known(all, s)) all.push_back(s);
    }
  };
  const PeCost::Part whole{npu_.cores, schedule_.buffers};
  add(whole, limit, kEach);
  for (std::int64_t cores = npu_.cores / 2; cores > 0; cores /= 2) add({cores, whole.slots}, limit, kEachOfPart);
  const auto two = [](std::int64_t slots) { return std::min<std::int64_t>(slots, 2); };
  const Limit two_slots{two(whole.slots[0]), two(whole.slots[1]), two(whole.slots[2])};
  if (two_slots != whole.slots) add({npu_.cores, two_slots}, limit, kEachOfPart);
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
  if ((c.n == 1 || c.m * c.w == 1) && s.order != grid.orders.front()) return false;
  return c.groups() > std::max(c.n, c.m * c.w) || s.deal == Deal::chunks;
}

std::optional<base::Ps> PeChoice::price(const PeSizes& s, base::Ps limit) {
  const base::Ps heirs = script_.heirs(s);
  if (heirs >= limit) return std::nullopt;
  const auto time = rehearsal_.makespan(script_.of(s), limit - heirs);
  if (!time) return std::nullopt;
  const base::Ps sum = *time + heirs + base::Ps{rehearsal_.moving().count() / kOthersWantMemory};
  if (sum >= limit) return std::nullopt;
  return sum;
}

std::optional<PeSizes> PeChoice::cheapest(const std::vector<PeSizes>& all) {
  std::optional<PeSizes> found;
  base::Ps least = base::kNever;
  for (const PeSizes& s : all) {
    if (needs_.input_bytes_exact(s) > slots_[0]) continue;
    const PeCounts c(op_.pe, s);
    if (!found) found = s;
    if (c.groups() * c.k > kMostTiles) continue;
    if (const auto time = price(s, least)) least = *time, found = s;
  }
  return found;
}

}  // namespace tessera::scheduler
