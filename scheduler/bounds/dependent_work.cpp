#include "scheduler/bounds/dependent_work.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "scheduler/bounds/lower_bound.h"

namespace tessera::scheduler {

using base::Cycles;
using base::Ps;

Lists loaders_of(const TileGraph& graph) {
  std::vector<std::vector<std::uint32_t>> loaders(graph.blocks.size());
  for (const Tile& t : graph.tiles)
    for (const BlockId b : {t.input, t.weight})
      if (b != kNoId && (loaders[b].empty() || loaders[b].back() != t.group)) loaders[b].push_back(t.group);
  Lists lists;
  for (const auto& list : loaders) lists.add(list);
  return lists;
}

namespace {

Lists rows(const std::vector<std::uint32_t>& begin, const std::vector<std::uint32_t>& ids) { return {begin, ids}; }

// What the group's tiles do themselves, its store included and its loads not.
Work own_work(const TileGraph& graph, const Group& group, const Traffic& store) {
  Work work;
  work.traffic = store;
  if (graph.is_host(group)) {
    work.host_ps = graph.host_task(group.first).time.count();
    return work;
  }
  for (TileId t = group.first; t < group.first + group.slices; ++t) {
    const Tile& tile = graph.tiles[t];
    ++work.decisions;
    work.vector_cycles += tile.vector_cycles.count();
    if (tile.kind == TileKind::pe) work.array_cycles += graph.works[tile.work].occupancy.count();
  }
  return work;
}

// Columns of the sums: one for each group, and one for all blocks that the same groups load.
class Columns {
 public:
  explicit Columns(ReachGraph& reach) : reach_(reach) {}

  void add(const Work& work, std::span<const std::uint32_t> own, std::span<const std::uint32_t> near) {
    if (work == Work{}) return;
    reach_.columns.push_back(work);
    reach_.own.add(own);
    reach_.near.add(near);
  }
  void add_block(const Work& work, std::span<const std::uint32_t> own, std::span<const std::uint32_t> near) {
    auto& sum = shared_[{{own.begin(), own.end()}, {near.begin(), near.end()}}];
    sum += work;
  }
  void add_shared() {
    for (const auto& [groups, work] : shared_) add(work, groups.first, groups.second);
  }

 private:
  using Ids = std::vector<std::uint32_t>;
  ReachGraph& reach_;
  std::map<std::pair<Ids, Ids>, Work> shared_;
};

}  // namespace

DependentWork::DependentWork(const TileGraph& graph, const arch::NpuSpec& npu, const arch::MachineLimits& limits,
                             const Durations& d, const CompulsoryMoves& moves, const Lists& loaders)
    : graph_(graph), npu_(npu), limits_(limits), d_(d), moves_(moves), loaders_(loaders), units_(unit_loads(graph, d)) {
  for (GroupId g = 0; g < graph.groups.size(); ++g) own_.push_back(own_work(graph, graph.groups[g], moves.store[g]));
  may_be_held_ = npu.cores * held_constants();
}

// Bytes of the slots of one core that constants may lie in.
std::int64_t DependentWork::held_constants() const {
  std::array<bool, 2> used{};
  for (const Tile& t : graph_.tiles) {
    used[0] = used[0] || (t.input != kNoId && graph_.blocks[t.input].constant);
    used[1] = used[1] || (t.weight != kNoId && graph_.blocks[t.weight].constant);
  }
  std::int64_t bytes = 0;
  for (std::size_t r = 0; r < used.size(); ++r) bytes += used[r] ? graph_.slots[r] * graph_.slot_bytes[r] : 0;
  return bytes;
}
// Of a load: of constants apart, where they may have been loaded before what is looked at.
Work DependentWork::load_work(BlockId b, bool constants_apart) const {
  Work work;
  if (constants_apart && graph_.blocks[b].constant) work.constant_bytes = moves_.load[b].core_read;
  else work.traffic = moves_.load[b];
  return work;
}
Ps DependentWork::moving(Traffic t) const {
  t.forwarded = std::min(t.forwarded, t.core_read);
  return bound_with_traffic({}, t, limits_).time();
}
// Arrays, vector units, schedulers and the host, from the first decision on.
Ps DependentWork::units(const Work& work, Ps first_load) const {
  Ps time{work.host_ps};
  const auto unit = [&](std::int64_t cycles, const UnitLoad& load) {
    if (cycles == 0) return;
    time = std::max(time, d_.decision() + std::min(first_load, load.first) +
                              d_.of(Cycles{base::ceil_div(cycles, npu_.cores)}) + load.tail);
  };
  unit(work.array_cycles, units_.arrays);
  unit(work.vector_cycles, units_.vectors);
  if (work.decisions > 0) {
    const Cycles each = npu_.scheduler.dispatch_latency * base::ceil_div(work.decisions, npu_.scheduler.count);
    time = std::max(time, d_.of(each) + units_.scheduler_tail);
  }
  return time;
}

// By group: all work of its ancestors.
std::vector<Ps> DependentWork::heads() const {
  ReachGraph reach;
  reach.next = rows(graph_.predecessor_rows, graph_.predecessor_ids);
  Columns columns(reach);
  for (GroupId g = 0; g < graph_.groups.size(); ++g) columns.add(own_[g], std::array{g}, {});
  for (BlockId b = 0; b < graph_.blocks.size(); ++b)
    if (!loaders_[b].empty()) columns.add_block(load_work(b, false), loaders_[b], {});
  columns.add_shared();
  const std::vector<Work> before = reached_work(reach);
  std::vector<Ps> ready(graph_.groups.size()), arrival(graph_.groups.size());
  for (GroupId g = 0; g < graph_.groups.size(); ++g) {
    arrival[g] = graph_.requests[graph_.groups[g].request].arrival;
    for (const GroupId p : graph_.predecessors(g)) arrival[g] = std::min(arrival[g], arrival[p]);
    if (before[g] == Work{}) continue;
    // Constants may be loaded before anything arrives.
    const Ps moved = moving(before[g].traffic);
    const Ps worked = std::max(units(before[g], base::kNever), arrival[g] + units(before[g], Ps{0}));
    ready[g] = std::max(worked, moved == Ps{0} ? moved : d_.decision() + moved);
  }
  return ready;
}

// By group: all work of its descendants, from when it is stored.
std::vector<Ps> DependentWork::tails() const {
  ReachGraph reach;
  reach.ascending = false;
  reach.next = rows(graph_.successor_rows, graph_.successor_ids);
  Columns columns(reach);
  for (GroupId g = 0; g < graph_.groups.size(); ++g) columns.add(own_[g], std::array{g}, {});
  for (BlockId b = 0; b < graph_.blocks.size(); ++b) {
    if (loaders_[b].empty()) continue;
    // What is produced is loaded after each of its producers; a constant before each of its users.
    const auto producers = graph_.producers(b);
    if (graph_.blocks[b].constant) columns.add_block(load_work(b, true), loaders_[b], {});
    else if (!producers.empty()) columns.add_block(load_work(b, true), {}, producers);
  }
  columns.add_shared();
  const std::vector<Work> behind = reached_work(reach);
  std::vector<Ps> after(graph_.groups.size());
  for (GroupId g = 0; g < graph_.groups.size(); ++g)
    if (!(behind[g] == Work{})) after[g] = tail(behind[g]);
  return after;
}
Ps DependentWork::tail(const Work& behind) const {
  Traffic t = behind.traffic;
  if (limits_.shared_sram_rate > 0) t.dram_read = t.dram_write = 0;
  const Ps moved = moving(t);
  Ps time = std::max(units(behind, Ps{0}), moved == Ps{0} ? moved : d_.decision() + moved);
  // What the slots cannot have held when the group was stored is still to come.
  const std::int64_t late = behind.constant_bytes - may_be_held_;
  if (late <= 0) return time;
  t.core_read += late;
  if (limits_.shared_sram_rate == 0) t.dram_read += late;
  return std::max(time, moving(t));
}

}  // namespace tessera::scheduler
