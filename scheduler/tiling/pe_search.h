// The search behind `auto` sizes: the grid of sizes that may be tried, and the cheapest of it that fits the slots.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "arch/spec/npu_spec.h"
#include "models/network/network.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiling/pe_cost.h"
#include "scheduler/tiling/pe_sizes.h"

namespace tessera::scheduler {

// Every value of every size that may be tried.
struct PeGrid {
  std::vector<std::int64_t> m, w, n, g, k;
  std::vector<std::int64_t> b{1};  // where m and w are whole, as they are first
  std::vector<std::string> orders;
  bool whole_input = false;
};

// How far the search goes: whole array columns and bursts (whole rows, where a rule gives their number alone); then
// parts of rows; then anything; then, of a grouped convolution, parts of one group.
enum class Reach { folds, columns, anything, parts_of_groups };

// Without orders.
[[nodiscard]] PeGrid pe_grid(const arch::NpuSpec&, const models::PeGeometry&, const TileRule&,
                             std::int64_t burst_elements, Reach);

// The cheapest sizes of a grid that fit the slots.
class PeSearch {
 public:
  PeSearch(const PeNeeds&, const PeGrid&);

  // Of each order and deal the `each` cheapest, of which no two have the same channels; all of them ascending. Of
  // equally cheap ones the first, so what a bound excludes changes nothing. `limit`: bytes of an input, a weight and an
  // output slot.
  [[nodiscard]] std::vector<PeSizes> shortlist(const PeCost&, const std::array<std::int64_t, 3>& limit,
                                               std::size_t each);

 private:
  void try_channels(PeSizes, const std::array<std::int64_t, 3>& limit, const std::int64_t* weights);
  bool try_deals(PeSizes, const PeCost::Tiles&, bool keep);
  struct Found {
    PeCost::Estimate estimate;
    PeSizes sizes;
  };
  // The cheapest of one order and deal, ascending.
  using Cheapest = std::vector<Found>;
  [[nodiscard]] bool wins(const Cheapest& list, const PeCost::Estimate& e) const {
    return list.size() < each_ || e < list.back().estimate;
  }
  void put(Cheapest&, const Found&) const;
  [[nodiscard]] bool wins_any(const PeCost::Estimate& e) const;

  const PeCost* cost_ = nullptr;
  const PeNeeds& needs_;
  const PeGrid& grid_;
  std::vector<std::int64_t> weights_;  // bytes, by g, k, n: they depend on nothing else
  std::size_t each_ = 1;
  std::vector<Cheapest> found_;  // by order and deal
};

}  // namespace tessera::scheduler
