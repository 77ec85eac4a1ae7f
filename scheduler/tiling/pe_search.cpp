#include "scheduler/tiling/pe_search.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace tessera::scheduler {

namespace {

using base::ceil_div;
using base::round_up;
using Values = std::vector<std::int64_t>;

constexpr std::array kDeals{Deal::chunks, Deal::columns};

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

}  // namespace

PeGrid pe_grid(const arch::NpuSpec& npu, const models::PeGeometry& p, const TileRule& rule, std::int64_t burst_elements,
               Reach reach) {
  const auto& array = npu.core.pe_array;
  const bool narrow = reach != Reach::folds, whole_folds = reach < Reach::anything;
  PeGrid grid;
  grid.m = fixed_or(rule.m, p.out_h, narrow ? cuts(std::min<std::int64_t>(p.out_h, 8), 1) : cuts(p.out_h, 1));
  // Weights of its own for each image leave no two images to one tile, nor do slices of volumes and the phases of a
  // transposed convolution. A rule's sizes are those of one image.
  const bool sized = rule.m > 0 || rule.w > 0 || rule.n > 0 || rule.k > 0 || rule.whole_input;
  const bool images_alike = p.weight_batch == 1 && p.in_d == 1 && p.out_d == 1 && !p.transposed;
  if (!sized && images_alike && grid.m.front() == p.out_h) grid.b = cuts(p.batch, 1);
  grid.w = fixed_or(rule.w, p.out_w, narrow || rule.m == 0 ? cuts(p.out_w, 1) : Values{p.out_w});
  if (p.groups == 1) {
    grid.g = {1};
    grid.n = fixed_or(rule.n, p.n, cuts(p.n, whole_folds ? std::min(p.n, array.columns) : 1));
    grid.k = fixed_or(rule.k, p.channels, cuts(p.channels, whole_folds ? std::min(p.channels, burst_elements) : 1));
    return grid;
  }
  if (reach == Reach::parts_of_groups) {
    const bool whole_k = array.grouped == arch::Grouped::vector;
    grid.g = {1};
    grid.n = fixed_or(rule.n, p.n, cuts(p.n, 1));
    grid.k = whole_k ? Values{p.channels} : fixed_or(rule.k, p.channels, cuts(p.channels, 1));
    return grid;
  }
  // Grouped: several groups in a tile as long as a group stays whole, so channels stay contiguous.
  grid.n = {rule.n > 0 ? std::min(rule.n, p.n) : p.n};
  // On the vector unit a tile is a group of one: its reduction stays whole.
  grid.k = {rule.k > 0 && array.grouped != arch::Grouped::vector ? std::min(rule.k, p.channels) : p.channels};
  const bool whole = grid.n[0] == p.n && grid.k[0] == p.channels;
  const std::int64_t in_rule = rule.n > 0 ? std::max<std::int64_t>(1, rule.n / p.n) : 0;
  grid.g = !whole
               ? Values{1}
               : fixed_or(in_rule, p.groups,
                          cuts(p.groups,
                               whole_folds ? std::clamp<std::int64_t>(burst_elements / p.channels, 1, p.groups) : 1));
  return grid;
}

PeSearch::PeSearch(const PeNeeds& needs, const PeGrid& grid) : needs_(needs), grid_(grid) {
  for (const auto g : grid.g)
    for (const auto k : grid.k)
      for (const auto n : grid.n) weights_.push_back(needs.weight_bytes({.n = n, .g = g, .k = k}));
}

std::vector<PeSizes> PeSearch::shortlist(const PeCost& cost, const std::array<std::int64_t, 3>& limit,
                                         std::size_t each) {
  cost_ = &cost;
  each_ = each;
  found_.assign(grid_.orders.size() * kDeals.size(), {});
  for (const auto w : grid_.w)
    for (const auto m : grid_.m) {
      const bool whole = m == grid_.m.front() && w == grid_.w.front();
      for (const auto b : std::span(grid_.b).last(whole ? grid_.b.size() : 1)) {
        auto weights = weights_.begin();
        for (const auto g : grid_.g)
          for (const auto k : grid_.k) {
            try_channels({.m = m, .w = w, .g = g, .k = k, .b = b, .order = {}, .whole_input = grid_.whole_input}, limit,
                         &*weights);
            weights += static_cast<std::ptrdiff_t>(grid_.n.size());
          }
      }
    }
  Cheapest all;
  for (const Cheapest& list : found_) all.insert(all.end(), list.begin(), list.end());
  std::ranges::stable_sort(all, {}, &Found::estimate);
  std::vector<PeSizes> sizes;
  for (const Found& f : all) sizes.push_back(f.sizes);
  return sizes;
}

bool PeSearch::wins_any(const PeCost::Estimate& e) const {
  return std::ranges::any_of(found_, [&](const Cheapest& list) { return wins(list, e); });
}

// From the cheap to the dear: what cannot win any more is not measured.
void PeSearch::try_channels(PeSizes s, const std::array<std::int64_t, 3>& limit, const std::int64_t* weights) {
  PeCost::Moves input = cost_->least_input(s);
  bool measured = false;
  if (input.bytes > limit[0]) return;
  for (const auto n : grid_.n) {
    s.n = n;
    const std::int64_t weight = *weights++;
    if (needs_.output_bytes(s) > limit[2] || weight > limit[1]) continue;
    PeCost::Tiles tiles = cost_->least_tiles(s, input, weight);
    if (!wins_any(cost_->bound(s, tiles))) continue;
    tiles.group = cost_->group_cycles(s, tiles.counts);
    if (!wins_any(cost_->bound(s, tiles)) || !try_deals(s, tiles, false)) continue;
    if (!std::exchange(measured, true)) {
      input.bytes = needs_.input_bytes(s, limit[0]);
      if (input.bytes > limit[0]) return;
      tiles.input = input = cost_->exact_input(s, input.bytes);
    }
    tiles.store = cost_->exact_store(s);
    try_deals(s, tiles, true);
  }
}

// Rows and columns alone hardly make another candidate: of one depth and width of channels only the cheapest counts.
void PeSearch::put(Cheapest& list, const Found& fresh) const {
  const auto alike = std::ranges::find_if(list, [&](const Found& f) {
    return f.sizes.n == fresh.sizes.n && f.sizes.g == fresh.sizes.g && f.sizes.k == fresh.sizes.k;
  });
  if (alike != list.end()) {
    if (alike->estimate <= fresh.estimate) return;
    list.erase(alike);
  }
  list.insert(std::ranges::upper_bound(list, fresh.estimate, {}, &Found::estimate), fresh);
  if (list.size() > each_) list.pop_back();
}

// Whether any order and deal wins; keeps those that do if told to.
bool PeSearch::try_deals(PeSizes s, const PeCost::Tiles& tiles, bool keep) {
  bool any = false;
  auto list = found_.begin();
  for (const auto& order : grid_.orders)
    for (const Deal deal : kDeals) {
      Cheapest& cheapest = *list++;
      s.order = order;
      s.deal = deal;
      const auto estimate = cost_->estimate(s, tiles);
      if (!wins(cheapest, estimate)) continue;
      any = true;
      if (!keep) return true;
      put(cheapest, {estimate, s});
    }
  return any;
}

}  // namespace tessera::scheduler
