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
  std::vector<std::string> orders;
  bool whole_input = false;
};

// How far the search goes: whole array columns and bursts (whole rows, where a rule gives their number alone); then
// parts of rows; then anything.
enum class Reach { folds, columns, anything };

// Without orders.
[[nodiscard]] PeGrid pe_grid(const arch::NpuSpec&, const models::PeGeometry&, const TileRule&,
                             std::int64_t burst_elements, Reach);

// The cheapest sizes of a grid that fit the slots. Of two equally cheap ones the first, so what a bound excludes
// changes nothing.
class PeSearch {
 public:
  PeSearch(const PeCost&, const PeNeeds&, const PeGrid&);

  // `limit`: bytes of an input, a weight and an output slot.
  [[nodiscard]] std::optional<PeSizes> best(const std::array<std::int64_t, 3>& limit);

 private:
  void try_channels(PeSizes, const std::array<std::int64_t, 3>& limit, const std::int64_t* weights);
  bool try_deals(PeSizes, const PeCost::Tiles&, bool keep);
  [[nodiscard]] bool wins(const PeCost::Estimate& e) const { return !found_ || e < least_; }

  const PeCost& cost_;
  const PeNeeds& needs_;
  const PeGrid& grid_;
  std::vector<std::int64_t> weights_;  // bytes, by g, k, n: they depend on nothing else
  std::optional<PeSizes> found_;
  PeCost::Estimate least_{};
};

}  // namespace tessera::scheduler
