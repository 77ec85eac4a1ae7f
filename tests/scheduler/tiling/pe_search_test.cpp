// The search for automatic sizes against a plain loop over its whole grid, which measures every candidate in full.
#include "scheduler/tiling/pe_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <tuple>

#include "scheduler/tiling/misfit.h"
#include "small_networks.h"

namespace tessera::scheduler::tests {
namespace {

using Limit = std::array<std::int64_t, 3>;

std::vector<PeSizes> all_sizes(const PeGrid& grid) {
  std::vector<PeSizes> all;
  for (const auto w : grid.w)
    for (const auto m : grid.m)
      for (const auto b : grid.b) {
        if (b > 1 && (m != grid.m.front() || w != grid.w.front())) continue;
        for (const auto g : grid.g)
          for (const auto k : grid.k)
            for (const auto n : grid.n)
              all.push_back(
                  {.m = m, .w = w, .n = n, .g = g, .k = k, .b = b, .order = {}, .whole_input = grid.whole_input});
      }
  return all;
}

// Of one order and deal: the cheapest of each depth and width of channels, of these the `each` cheapest; of equal ones
// the first.
class Shortest {
 public:
  void put(const PeCost::Estimate& estimate, const PeSizes& s) {
    const auto [at, fresh] = by_channels_.try_emplace(std::tuple{s.n, s.g, s.k}, estimate, count_++, s);
    if (!fresh && estimate < std::get<0>(at->second)) at->second = {estimate, count_, s};
  }
  [[nodiscard]] std::vector<std::tuple<PeCost::Estimate, int, PeSizes>> of(std::size_t each) const {
    std::vector<std::tuple<PeCost::Estimate, int, PeSizes>> all;
    for (const auto& [channels, entry] : by_channels_) all.push_back(entry);
    std::ranges::sort(all, {}, [](const auto& e) { return std::pair{std::get<0>(e), std::get<1>(e)}; });
    all.resize(std::min(all.size(), each));
    return all;
  }

 private:
  std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t>, std::tuple<PeCost::Estimate, int, PeSizes>>
      by_channels_;
  int count_ = 0;
};

std::vector<PeSizes> exhaustive(const PeCost& cost, const PeNeeds& needs, const models::PeGeometry& p,
                                const PeGrid& grid, const Limit& limit, std::size_t each) {
  std::map<std::pair<std::size_t, Deal>, Shortest> lists;
  for (PeSizes s : all_sizes(grid)) {
    const std::int64_t input = needs.input_bytes(s), weight = needs.weight_bytes(s);
    if (input > limit[0] || weight > limit[1] || needs.output_bytes(s) > limit[2]) continue;
    const PeCounts counts(p, s);
    const PeCost::Tiles tiles{.counts = counts,
                              .group = cost.group_cycles(s, counts),
                              .input = cost.exact_input(s, input),
                              .weight = weight,
                              .store = cost.exact_store(s)};
    for (std::size_t order = 0; order < grid.orders.size(); ++order)
      for (const Deal deal : {Deal::chunks, Deal::columns}) {
        s.order = grid.orders[order];
        s.deal = deal;
        lists[{order, deal}].put(cost.estimate(s, tiles), s);
      }
  }
  std::vector<std::tuple<PeCost::Estimate, int, PeSizes>> all;
  for (const auto& [key, list] : lists) {
    const auto few = list.of(each);
    all.insert(all.end(), few.begin(), few.end());
  }
  std::ranges::stable_sort(all, {}, [](const auto& e) { return std::get<0>(e); });
  std::vector<PeSizes> sizes;
  for (const auto& entry : all) sizes.push_back(std::get<2>(entry));
  return sizes;
}

std::string text(const std::vector<PeSizes>& all) {
  const auto part = [](const char* name, std::int64_t value) { return std::string(name) + std::to_string(value); };
  std::string text;
  for (const PeSizes& s : all)
    text += part("b", s.b) + part(" m", s.m) + part(" w", s.w) + part(" n", s.n) + part(" g", s.g) + part(" k", s.k) +
            " " + s.order + (s.deal == Deal::chunks ? " chunks" : " columns") + (s.whole_input ? " whole" : "") + "; ";
  return text;
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
    const PeCost cost(npu, limits, needs, op, {1 + static_cast<std::int64_t>(random()) % npu.cores, schedule.buffers});
    const TileRule rule = random_rule(random);
    PeGrid grid = pe_grid(npu, op.pe, rule, addresses.burst() * 8 / addresses.bits(op.inputs[0]),
                          static_cast<Reach>(random() % 3));
    grid.orders =
        random() % 4 == 0 ? std::vector<std::string>{"mnbg"} : std::vector<std::string>{"bgnm", "bgmn", "gnbm"};
    grid.whole_input = rule.whole_input;
    PeSearch search(needs, grid);
    const std::size_t each = 1 + random() % 3;
    Limit limit = slot_bytes(npu, schedule);
    for (const int room : {16, 9}) {  // the search is used again with less room
      limit[0] = limit[0] * room / 16;
      const auto sizes = search.shortlist(cost, limit, each);
      EXPECT_EQ(text(sizes), text(exhaustive(cost, needs, op.pe, grid, limit, each)))
          << "seed " << seed << ", operator " << op.name << ", room " << room;
      found += !sizes.empty();
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
