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

  // Bytes of an input, a weight and an output slot.
  using Room = std::array<std::int64_t, 3>;
  // Of each room, order and deal the `each` cheapest, of which no two have the same channels, of rooms behind the first
  // the cheapest; all of them ascending. Of equally cheap ones the first, so what a bound excludes changes nothing. The
  // first room is the largest; at most 32.
  [[nodiscard]] std::vector<PeSizes> shortlist(const PeCost&, const std::vector<Room>&, std::size_t each);

 private:
  using Rooms = std::uint32_t;                                              // a bit for each
  void try_channels(PeSizes, const std::int64_t* weights, std::size_t at);  // `at`: of the first in the grid
  bool try_deals(PeSizes, const PeCost::Tiles&, Rooms, bool keep);
  // Of `among`, those that have so many bytes for one operand.
  [[nodiscard]] Rooms fitting(Rooms among, std::size_t operand, std::int64_t bytes) const;
  struct Found {
    PeCost::Estimate estimate;
    PeSizes sizes;
  };
  // The cheapest of one room, order and deal, ascending.
  using Cheapest = std::vector<Found>;
  [[nodiscard]] std::size_t each(std::size_t room) const { return room == 0 ? each_ : 1; }
  [[nodiscard]] bool wins(const Cheapest& list, const PeCost::Estimate& e, std::size_t room) const {
    return list.size() < each(room) || e < list.back().estimate;
  }
  static void put(Cheapest&, const Found&, std::size_t each);
  [[nodiscard]] base::Cycles group_cycles(const PeSizes&, const PeCounts&, std::size_t at);
  [[nodiscard]] bool wins_any(const PeCost::Estimate& e, Rooms) const;

  const PeCost* cost_ = nullptr;
  const PeNeeds& needs_;
  const PeGrid& grid_;
  std::vector<std::int64_t> weights_;       // bytes, by g, k, n: they depend on nothing else
  std::vector<base::Cycles> group_cycles_;  // by place in the grid; negative: not yet worked out
  std::size_t each_ = 1;
  std::vector<Room> rooms_;
  std::vector<Cheapest> found_;  // by order, deal and room
};

}  // namespace tessera::scheduler
