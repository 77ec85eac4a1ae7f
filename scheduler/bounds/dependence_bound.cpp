#include "scheduler/bounds/dependence_bound.h"

#include <array>
#include <utility>

#include "scheduler/bounds/dependent_work.h"
#include "scheduler/bounds/least_path.h"
#include "scheduler/bounds/lower_bound.h"
#include "scheduler/bounds/one_resource.h"

namespace tessera::scheduler {

using base::Cycles;
using base::Ps;

namespace {

class Bound {
 public:
  Bound(const TileGraph& graph, const arch::NpuSpec& npu, const arch::MachineLimits& limits, const Durations& d)
      : graph_(graph), npu_(npu), limits_(limits), d_(d), moves_(compulsory_moves(graph, limits)),
        loaders_(loaders_of(graph)) {}

  [[nodiscard]] DependenceBound take() {
    const DependentWork work(graph_, npu_, limits_, d_, moves_, loaders_);
    path_ = least_path(graph_, d_, work.heads());
    walk_back(work.tails());
    DependenceBound bound;
    for (GroupId g = 0; g < graph_.groups.size(); ++g) bound.time = std::max(bound.time, path_.stored[g] + after_[g]);
    for (auto& tasks : resources()) bound.time = std::max(bound.time, one_resource_bound(std::move(tasks)));
    bound.time = std::max(bound.time, channels());
    bound.groups = {std::move(path_.ready), std::move(path_.stored), std::move(after_)};
    return bound;
  }

 private:
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
    return one_resource_bound(std::move(tasks)) - lead - limits_.cap_carry;
  }

  const TileGraph& graph_;
  const arch::NpuSpec& npu_;
  const arch::MachineLimits& limits_;
  const Durations& d_;
  CompulsoryMoves moves_;
  Lists loaders_;
  LeastPath path_;
  std::vector<Ps> after_, rest_, block_rest_;
};

}  // namespace

DependenceBound dependence_bound(const TileGraph& graph, const arch::NpuSpec& npu, const arch::MachineLimits& limits,
                                 const Durations& durations) {
  return Bound(graph, npu, limits, durations).take();
}

}  // namespace tessera::scheduler
