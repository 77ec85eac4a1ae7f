// The search for automatic sizes against a plain loop over its whole grid, which measures every candidate in full.
#include "scheduler/tiling/pe_search.h"

#include <gtest/gtest.h>

#include <random>

#include "scheduler/tiling/misfit.h"
#include "small_networks.h"

namespace tessera::scheduler::tests {
namespace {

using Limit = std::array<std::int64_t, 3>;

std::vector<PeSizes> all_sizes(const PeGrid& grid) {
  std::vector<PeSizes> all;
  for (const auto w : grid.w)
    for (const auto m : grid.m)
      for (const auto g : grid.g)
        for (const auto k : grid.k)
          for (const auto n : grid.n)
            all.push_back({.m = m, .w = w, .n = n, .g = g, .k = k, .order = {}, .whole_input = grid.whole_input});
  return all;
}

std::optional<PeSizes> exhaustive(const PeCost& cost, const PeNeeds& needs, const models::PeGeometry& p,
                                  const PeGrid& grid, const Limit& limit) {
  std::optional<PeSizes> found;
  PeCost::Estimate least;
  for (PeSizes s : all_sizes(grid)) {
    const std::int64_t input = needs.input_bytes(s), weight = needs.weight_bytes(s);
    if (input > limit[0] || weight > limit[1] || needs.output_bytes(s) > limit[2]) continue;
    const PeCounts counts(p, s);
    const PeCost::Tiles tiles{.counts = counts,
                              .group = cost.group_cycles(s, counts),
                              .input = cost.exact_input(s, input),
                              .weight = weight,
                              .store = cost.exact_store(s)};
    for (const auto& order : grid.orders)
      for (const Deal deal : {Deal::chunks, Deal::columns}) {
        s.order = order;
        s.deal = deal;
        const auto estimate = cost.estimate(s, tiles);
        if (found && estimate >= least) continue;
        found = s;
        least = estimate;
      }
  }
  return found;
}

std::string text(const std::optional<PeSizes>& s) {
  if (!s) return "none";
  const auto part = [](const char* name, std::int64_t value) { return std::string(name) + std::to_string(value); };
  return part("m", s->m) + part(" w", s->w) + part(" n", s->n) + part(" g", s->g) + part(" k", s->k) + " " + s->order +
         (s->deal == Deal::chunks ? " chunks" : " columns") + (s->whole_input ? " whole" : "");
}

arch::NpuSpec random_machine(std::mt19937& random) {
  arch::NpuSpec npu = random_npu(random);
  npu.dram.channels = 1 + random() % 8;
  npu.dram.simple.bytes_per_second = 1'000'000'000LL << random() % 7;
  npu.core.pe_array.rate.thousandths = 250 * (1 + random() % 12);
  return npu;
}

TileRule random_rule(std::mt19937& random) {
  const auto some = [&](unsigned most) {
    return random() % 4 == 0 ? 1 + static_cast<std::int64_t>(random() % most) : 0;
  };
  return {.m = some(8), .w = some(8), .n = some(40), .k = some(40), .whole_input = random() % 4 == 0};
}

// Sizes found in one random network.
int check_seed(unsigned seed) {
  std::mt19937 random(seed);
  const models::Network network = random_network(random);
  const arch::NpuSpec npu = random_machine(random);
  const ScheduleSpec schedule = random_schedule(random);
  AddressPlan addresses(network, npu, 1);
  const arch::MachineLimits limits = arch::machine_limits(npu);
  int found = 0;
  for (const auto& op : network.operators) {
    if (op.unit != models::Unit::pe) continue;
    const PeNeeds needs(network, npu, addresses, op);
    const PeCost cost(npu, schedule, limits, needs, op);
    const TileRule rule = random_rule(random);
    PeGrid grid =
        pe_grid(npu, op.pe, rule, addresses.burst() / addresses.element_bytes(), static_cast<Reach>(random() % 3));
    grid.orders = random() % 4 == 0 ? std::vector<std::string>{"mnbg"} : std::vector<std::string>{"bgnm", "bgmn"};
    grid.whole_input = rule.whole_input;
    PeSearch search(cost, needs, grid);
    Limit limit = slot_bytes(npu, schedule);
    for (const int room : {16, 9}) {  // the search is used again with less room
      limit[0] = limit[0] * room / 16;
      const auto sizes = search.best(limit);
      EXPECT_EQ(text(sizes), text(exhaustive(cost, needs, op.pe, grid, limit)))
          << "seed " << seed << ", operator " << op.name << ", room " << room;
      found += sizes.has_value();
    }
  }
  return found;
}

TEST(PeSearch, FindsWhatAnExhaustiveLoopFinds) {
  int found = 0;
  for (unsigned seed = 0; seed < 300; ++seed) found += check_seed(seed);
  EXPECT_GE(found, 500) << "most random machines must have room";
}

}  // namespace
}  // namespace tessera::scheduler::tests
