// The terms of the bound on a partial schedule's completions: the longest path, and each resource with what is left for
// it.
#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "scheduler/optimum/schedule_bound.h"

namespace tessera::scheduler {

using base::Cycles;
using base::Ps;

namespace {

// Least time by which cores that are free at these times have done so much work, in any shares.
Ps fill(std::vector<Ps> free, Ps work) {
  std::ranges::sort(free);
  Ps sum{0};
  for (std::size_t n = 1; n <= free.size(); ++n) {
    sum += free[n - 1];
    const Ps level{base::ceil_div((sum + work).count(), static_cast<std::int64_t>(n))};
    if (n == free.size() || level <= free[n]) return level;
  }
  return Ps{0};
}

// The same of `count` tasks that are not shared, each of which takes at least `each`.
Ps deal(std::vector<Ps> free, std::size_t count, Ps each) {
  Ps last{0};
  for (std::size_t i = 0; i < count; ++i) {
    Ps& first = *std::ranges::min_element(free);
    first += each;
    last = std::max(last, first);
  }
  return last;
}

}  // namespace

Ps ScheduleBound::end_of_groups() const {
  Ps end{0};
  for (GroupId g = 0; g < graph_.groups.size(); ++g) end = std::max(end, stored_[g] + after_[g]);
  return end;
}

// Of any set of the tiles that are left: its work, and its tiles one by one, behind what the arrays have already.
Ps ScheduleBound::end_of_arrays() const {
  struct Left {
    Ps head, work, tail;
  };
  std::vector<Left> left;
  for (TileId t = 0; t < graph_.tiles.size(); ++t) {
    if (placed_[t] || graph_.tiles[t].kind != TileKind::pe) continue;
    const Ps work = d_.of(d_.work(graph_.tiles[t]).occupancy);
    left.push_back({start_[t], work, rest_[t] - work - Ps{1}});
  }
  std::ranges::sort(left, std::greater{}, &Left::tail);
  Ps end{0}, head = base::kNever, work{0}, least = base::kNever;
  for (std::size_t n = 0; n < left.size(); ++n) {
    head = std::min(head, left[n].head);
    work += left[n].work;
    least = std::min(least, left[n].work);
    std::vector<Ps> free;
    for (const Core& core : cores_) free.push_back(std::max(core.unit[0].free, head));
    end = std::max(end, std::max(fill(free, work), deal(free, n + 1, least)) + left[n].tail);
  }
  return end;
}

Ps ScheduleBound::end_of_vectors() const {
  std::vector<ResourceTask> tasks;
  for (TileId t = 0; t < graph_.tiles.size(); ++t) {
    const Tile& tile = graph_.tiles[t];
    if (placed_[t] || tile.kind == TileKind::host || tile.vector_cycles == Cycles{0}) continue;
    const Ps head = start_[t] + (tile.kind == TileKind::pe ? d_.of(d_.work(tile).last_step_offset) : Ps{0});
    tasks.push_back({head, Ps{d_.of(tile.vector_cycles).count() / npu_.cores},
                     d_.store(graph_.groups[tile.group]) + after_[tile.group]});
  }
  return one_resource_bound(std::move(tasks));
}

Ps ScheduleBound::end_of_decisions() const {
  std::vector<ResourceTask> tasks;
  const Ps each{d_.decision().count() / npu_.scheduler.count};
  for (TileId t = 0; t < graph_.tiles.size(); ++t)
    if (!placed_[t] && graph_.tiles[t].kind != TileKind::host) tasks.push_back({decision_[t], each, rest_[t]});
  return one_resource_bound(std::move(tasks));
}

// Loads that were decided, those that are still to come, and all stores. A request travels before its data does, and an
// answer behind it: what is not the resource's own lies before and behind its work.
Ps ScheduleBound::end_of_moves(const PartialSchedule& s) const {
  std::vector<ResourceTask> dram, in, out, shared, credits, channels;
  const auto add = [&](const Block& block, bool write, Ps head, Ps tail) {
    const bool forwarded = !write && limits_.forwards && may_be_forwarded(block);
    const bool in_dram = limits_.shared_sram_rate == 0 && !forwarded;
    const std::int64_t bytes = block.bytes;
    const Ps way = limits_.packet_way(write, forwarded), hop = limits_.hop, there = way - hop;
    const Ps on_path = arch::time_at(bytes, limits_.interconnect_rate);
    if (in_dram) dram.push_back({head + there, arch::time_at(bytes, limits_.dram.peak_bytes_per_second), tail + hop});
    if (write) (limits_.full_duplex ? out : in).push_back({head, on_path, tail + way});
    else in.push_back({head + there, on_path, tail + hop});
    shared.push_back({head + hop, arch::time_at(bytes, limits_.shared_sram_rate), tail + hop});
    channels.push_back({head, arch::time_at(bytes, limits_.channels_rate), tail + way});
    const Ps held = way * base::ceil_div(bytes, limits_.packet_bytes) + on_path +
                    (forwarded ? Ps{0} : arch::time_at(bytes, limits_.packet_rate));
    credits.push_back({head, Ps{held.count() / limits_.outstanding}, tail});
  };
  std::vector<bool> coming(graph_.blocks.size());
  for (const auto* loads : {&s.loads, &next_loads_})
    for (const auto& load : *loads) add(graph_.blocks[load.block], false, load.head, block_rest_[load.block]);
  for (const auto& load : next_loads_) coming[load.block] = true;
  for (TileId t = 0; t < graph_.tiles.size(); ++t) {
    if (placed_[t] || graph_.tiles[t].kind == TileKind::host) continue;
    for (const BlockId b : {graph_.tiles[t].input, graph_.tiles[t].weight}) {
      if (b == kNoId || coming[b] || !alone_[b] || resident(s, b)) continue;
      coming[b] = true;
      add(graph_.blocks[b], false, decided_after(std::max(floor_, available(b))), block_rest_[b]);
    }
  }
  for (GroupId g = 0; g < graph_.groups.size(); ++g)
    if (!graph_.is_host(graph_.groups[g])) add(graph_.blocks[graph_.groups[g].output], true, result_[g], after_[g]);
  Ps end{0};
  for (auto* tasks : {&dram, &in, &out, &shared, &credits}) end = std::max(end, one_resource_bound(std::move(*tasks)));
  // The last packet of each channel need not wait for its own share.
  const Ps lead = arch::time_at(limits_.dma_channels * limits_.packet_bytes, limits_.channels_rate) + Ps{1};
  return std::max(end, one_resource_bound(std::move(channels)) - lead);
}

}  // namespace tessera::scheduler
