#include "scheduler/bounds/dependence_bound.h"

#include <array>
#include <map>
#include <utility>

#include "scheduler/bounds/least_path.h"
#include "scheduler/bounds/lower_bound.h"
#include "scheduler/bounds/one_resource.h"
#include "scheduler/bounds/reach.h"
#include "scheduler/bounds/unit_loads.h"

namespace tessera::scheduler {

using base::Cycles;
using base::Ps;

namespace {

// Ids of groups that load each block, distinct and ascending; none of one that no tile loads.
Lists loaders_of(const TileGraph& graph) {
  std::vector<std::vector<std::uint32_t>> loaders(graph.blocks.size());
  for (const Tile& t : graph.tiles)
    for (const BlockId b : {t.input, t.weight})
      if (b != kNoId && (loaders[b].empty() || loaders[b].back() != t.group)) loaders[b].push_back(t.group);
  Lists lists;
  for (const auto& list : loaders) lists.add(list);
  return lists;
}

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

class Bound {
 public:
  Bound(const TileGraph& graph, const arch::NpuSpec& npu, const arch::MachineLimits& limits, const Durations& d)
      : graph_(graph), npu_(npu), limits_(limits), d_(d), units_(unit_loads(graph, d)),
        moves_(compulsory_moves(graph, limits)), loaders_(loaders_of(graph)) {
    for (GroupId g = 0; g < graph.groups.size(); ++g) own_.push_back(own_work(graph, graph.groups[g], moves_.store[g]));
    may_be_held_ = npu.cores * held_constants();
  }

  [[nodiscard]] DependenceBound take() {
    path_ = least_path(graph_, d_, heads());
    walk_back(tails());
    DependenceBound bound;
    for (GroupId g = 0; g < graph_.groups.size(); ++g) bound.time = std::max(bound.time, path_.stored[g] + after_[g]);
    for (auto& tasks : resources()) bound.time = std::max(bound.time, one_resource_bound(std::move(tasks)));
    bound.time = std::max(bound.time, channels());
    bound.groups = {std::move(path_.ready), std::move(path_.stored), std::move(after_)};
    return bound;
  }

 private:
  // Bytes of the slots of one core that constants may lie in.
  [[nodiscard]] std::int64_t held_constants() const {
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
  [[nodiscard]] Work load_work(BlockId b, bool constants_apart) const {
    Work work;
    if (constants_apart && graph_.blocks[b].constant) work.constant_bytes = moves_.load[b].core_read;
    else work.traffic = moves_.load[b];
    return work;
  }
  [[nodiscard]] Ps moving(Traffic t) const {
    t.forwarded = std::min(t.forwarded, t.core_read);
    return bound_with_traffic({}, t, limits_).time();
  }
  // Arrays, vector units, schedulers and the host, from the first decision on.
  [[nodiscard]] Ps units(const Work& work, Ps first_load) const {
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
  [[nodiscard]] std::vector<Ps> heads() const {
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
  [[nodiscard]] std::vector<Ps> tails() const {
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
  [[nodiscard]] Ps tail(const Work& behind) const {
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

  // From the last group to the first: what follows a tile's start and a group's store. At least `least`.
  void walk_back(std::vector<Ps> least) {
    after_ = std::move(least);
    rest_.assign(graph_.tiles.size(), Ps{0});
    block_rest_.assign(graph_.blocks.size(), Ps{-1});
    std::vector<std::vector<BlockId>> produced(graph_.groups.size());
    for (BlockId b = 0; b < graph_.blocks.size(); ++b)
      if (!loaders_[b].empty())
        for (const GroupId p : graph_.producers(b)) produced[p].push_back(b);
    for (auto g = static_cast<GroupId>(graph_.groups.size()); g-- > 0;) {
      Ps& after = after_[g];
      for (const GroupId s : graph_.successors(g)) {
        const bool host = graph_.is_host(graph_.groups[s]);
        after = std::max(after, rest_[graph_.groups[s].first] + (host ? Ps{0} : d_.decision()));
      }
      for (const BlockId b : produced[g]) after = std::max(after, d_.decision() + d_.load(b) + block_rest_[b]);
      set_rest(graph_.groups[g], after);
    }
  }
  // From the start of each of its tiles to the end of the run.
  void set_rest(const Group& group, Ps after) {
    if (graph_.is_host(group)) {
      rest_[group.first] = graph_.host_task(group.first).time + after;
      return;
    }
    const Ps stored = d_.store(group) + after;
    Ps next{0};
    for (TileId id = group.first + group.slices; id-- > group.first;) {
      const Tile& t = graph_.tiles[id];
      Ps& rest = rest_[id];
      rest = stored;
      if (t.kind == TileKind::vector) rest += d_.of(t.vector_cycles);
      if (t.kind == TileKind::pe) {
        const arch::ArrayWork& work = d_.work(t);
        const Ps result = d_.of(std::max(work.latency, work.occupancy));
        const bool post = t.vector_cycles > Cycles{0};
        rest = stored + result + (post ? d_.post_pipeline() : Ps{0});
        if (post) rest = std::max(rest, stored + d_.of(work.last_step_offset) + d_.of(t.vector_cycles));
        if (!t.last()) rest = std::max(rest, d_.of(work.occupancy) + next);
      }
      next = rest;
      for (const BlockId b : {t.input, t.weight})
        if (b != kNoId) block_rest_[b] = std::max(block_rest_[b], rest);
    }
  }

  [[nodiscard]] Ps available(BlockId b) const {
    const Block& block = graph_.blocks[b];
    if (block.constant) return Ps{0};
    Ps at = graph_.requests[block.request].arrival;
    for (const GroupId p : graph_.producers(b)) at = std::max(at, path_.stored[p]);
    return at;
  }
  using Tasks = std::vector<ResourceTask>;
  // Arrays, vector units and the host.
  void add_units(Tasks& arrays, Tasks& vectors, Tasks& host) const {
    const auto share = [&](Cycles cycles) { return Ps{d_.of(cycles).count() / npu_.cores}; };
    for (TileId id = 0; id < graph_.tiles.size(); ++id) {
      const Tile& t = graph_.tiles[id];
      const Ps start = path_.start[id], stored = d_.store(graph_.groups[t.group]) + after_[t.group];
      if (t.kind == TileKind::host) {
        host.push_back({start, graph_.host_task(id).time, after_[t.group]});
      } else if (t.kind == TileKind::vector) {
        vectors.push_back({start, share(t.vector_cycles), stored});
      } else if (t.kind == TileKind::pe) {
        const arch::ArrayWork& work = d_.work(t);
        arrays.push_back({start, share(work.occupancy), rest_[id] - d_.of(work.occupancy) - Ps{1}});
        if (t.vector_cycles > Cycles{0})
          vectors.push_back({start + d_.of(work.last_step_offset), share(t.vector_cycles), stored});
      }
    }
  }
  // Every load and every store.
  struct Move {
    const Traffic* traffic;
    Ps head, tail;
  };
  [[nodiscard]] std::vector<Move> moves() const {
    std::vector<Move> all;
    for (BlockId b = 0; b < graph_.blocks.size(); ++b)
      if (!loaders_[b].empty()) all.push_back({&moves_.load[b], available(b) + d_.decision(), block_rest_[b]});
    for (GroupId g = 0; g < graph_.groups.size(); ++g)
      if (!graph_.is_host(graph_.groups[g])) all.push_back({&moves_.store[g], path_.result[g], after_[g]});
    return all;
  }
  [[nodiscard]] std::array<Tasks, 8> resources() const {
    std::array<Tasks, 8> all;
    auto& [arrays, vectors, host, dram, in, out, shared, places] = all;
    add_units(arrays, vectors, host);
    for (const Move& m : moves()) {
      const LowerBound alone = bound_with_traffic({}, *m.traffic, limits_);
      const auto add = [&](Tasks& tasks, BoundTerm t) { tasks.push_back({m.head, alone[t], m.tail}); };
      add(dram, BoundTerm::dram);
      add(limits_.full_duplex && m.traffic->core_write > 0 ? out : in, BoundTerm::interconnect);
      add(shared, BoundTerm::shared_sram);
      add(places, BoundTerm::credits);
    }
    return all;
  }
  // The last packet of each channel need not wait for its own share.
  [[nodiscard]] Ps channels() const {
    if (limits_.channels_rate == 0) return Ps{0};
    Tasks tasks;
    for (const Move& m : moves()) {
      const std::int64_t bytes = m.traffic->core_read + m.traffic->core_write;
      tasks.push_back({m.head, arch::time_at(bytes, limits_.channels_rate), m.tail});
    }
    const Ps lead = arch::time_at(limits_.dma_channels * limits_.packet_bytes, limits_.channels_rate) + Ps{1};
    return one_resource_bound(std::move(tasks)) - lead;
  }

  const TileGraph& graph_;
  const arch::NpuSpec& npu_;
  const arch::MachineLimits& limits_;
  const Durations& d_;
  UnitLoads units_;
  CompulsoryMoves moves_;
  Lists loaders_;
  std::vector<Work> own_;
  std::int64_t may_be_held_ = 0;
  LeastPath path_;
  std::vector<Ps> after_, rest_, block_rest_;
};

}  // namespace

DependenceBound dependence_bound(const TileGraph& graph, const arch::NpuSpec& npu, const arch::MachineLimits& limits,
                                 const Durations& durations) {
  return Bound(graph, npu, limits, durations).take();
}

}  // namespace tessera::scheduler
