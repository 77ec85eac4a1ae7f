#include "scheduler/bounds/lower_bound.h"

#include <algorithm>
#include <vector>

namespace tessera::scheduler {

using base::ceil_div;
using base::Cycles;
using base::Ps;

namespace {

// Least durations of the pieces of a tile's life.
class Durations {
 public:
  Durations(const TileGraph& graph, const arch::NpuSpec& npu, const arch::MachineLimits& limits)
      : graph_(graph), npu_(npu), decision_(of(npu.scheduler.dispatch_latency)) {
    for (const Block& block : graph.blocks) {
      load_.push_back(limits.transfer_min(block.bytes, false, may_be_forwarded(block)));
      store_.push_back(limits.transfer_min(block.bytes, true));
    }
  }
  [[nodiscard]] Ps decision() const { return decision_; }
  [[nodiscard]] Ps load(BlockId b) const { return load_[b]; }
  [[nodiscard]] Ps store(const Group& g) const { return store_[g.output]; }
  // Longest of a tile's loads.
  [[nodiscard]] Ps loads(const Tile& t) const {
    Ps longest{0};
    for (const BlockId operand : {t.input, t.weight})
      if (operand != kNoId) longest = std::max(longest, load(operand));
    return longest;
  }
  // Rounded down; a negative difference away from zero, so that a sum is never too high.
  [[nodiscard]] Ps of(Cycles cycles) const {
    if (cycles >= Cycles{0}) return npu_.core_clock.duration(cycles);
    return Ps{0} - npu_.core_clock.duration(Cycles{0} - cycles) - Ps{1};
  }
  [[nodiscard]] const arch::ArrayWork& work(const Tile& t) const { return graph_.works[t.work]; }
  [[nodiscard]] Ps post_pipeline() const { return of(npu_.core.vector_unit.pipeline_latency); }

 private:
  const TileGraph& graph_;
  const arch::NpuSpec& npu_;
  Ps decision_;
  std::vector<Ps> load_, store_;
};

// Critical path without contention: groups in the order of their ids, which is topological.
class Path {
 public:
  Path(const TileGraph& graph, const Durations& durations)
      : graph_(graph), durations_(durations), stored_(graph.groups.size()) {}

  [[nodiscard]] Ps length() {
    Ps longest{0};
    for (GroupId g = 0; g < graph_.groups.size(); ++g) {
      const Group& group = graph_.groups[g];
      if (graph_.is_host(group)) {
        const Ps time = graph_.host_task(group.first).time;
        stored_[g] = ready(g) + time;
        first_on_host_ = std::min(first_on_host_, ready(g));
        on_host_ += time;
      } else {
        stored_[g] = finish(group, ready(g)) + durations_.store(group);
      }
      longest = std::max(longest, stored_[g]);
    }
    return longest;
  }
  // After length(): the tasks of the host one after the other, from when the first can be ready.
  [[nodiscard]] Ps host() const { return first_on_host_ == base::kNever ? Ps{0} : first_on_host_ + on_host_; }

 private:
  [[nodiscard]] Ps ready(GroupId g) const {
    Ps at = graph_.arrivals[graph_.groups[g].request];
    for (const GroupId p : graph_.predecessors(g)) at = std::max(at, stored_[p]);
    return at;
  }
  [[nodiscard]] Ps available(BlockId b) const {
    const Block& block = graph_.blocks[b];
    if (block.constant) return Ps{0};
    Ps at = graph_.arrivals[block.request];
    for (const GroupId p : graph_.producers(b)) at = std::max(at, stored_[p]);
    return at;
  }
  [[nodiscard]] Ps start(const Tile& t, Ps ready) const {
    Ps at = ready + durations_.decision();
    for (const BlockId operand : {t.input, t.weight})
      if (operand != kNoId) at = std::max(at, available(operand) + durations_.decision() + durations_.load(operand));
    return at;
  }
  // When the group's result lies in the output slot.
  [[nodiscard]] Ps finish(const Group& g, Ps ready) const {
    Ps free{0}, result{0};
    for (TileId id = g.first; id < g.first + g.slices; ++id) {
      const Tile& t = graph_.tiles[id];
      const Ps at = std::max(start(t, ready), free);
      if (t.kind == TileKind::movement) return at;
      if (t.kind == TileKind::vector) return at + durations_.of(t.vector_cycles);
      const arch::ArrayWork& work = durations_.work(t);
      free = at + durations_.of(work.occupancy);
      result = std::max(result, at + durations_.of(work.latency));
      if (t.last() && t.vector_cycles > Cycles{0})
        result = std::max(result + durations_.post_pipeline(),
                          at + durations_.of(work.last_step_offset) + durations_.of(t.vector_cycles));
    }
    return result;
  }

  const TileGraph& graph_;
  const Durations& durations_;
  std::vector<Ps> stored_;
  Ps first_on_host_ = base::kNever, on_host_{0};
};

// One kind of unit, all of it together: nothing starts before the first operands are there, and something follows the
// last task.
struct UnitLoad {
  Cycles work{0};
  Ps first = base::kNever, tail = base::kNever;

  void add(Cycles cycles, Ps before, Ps after, bool may_be_last) {
    work += cycles;
    first = std::min(first, before);
    if (may_be_last) tail = std::min(tail, after);
  }
  [[nodiscard]] Ps bound(const Durations& d, std::int64_t units) const {
    if (first == base::kNever) return Ps{0};
    return d.decision() + first + d.of(Cycles{ceil_div(work.count(), units)}) + tail;
  }
};

// What a tile holds its unit for, and what its group still needs after the decision on its last tile.
Ps after_decision(const Tile& t, const Durations& d) {
  if (t.kind == TileKind::movement) return Ps{0};
  if (t.kind == TileKind::vector) return d.of(t.vector_cycles);
  return d.of(std::min(d.work(t).occupancy, d.work(t).latency));
}

// Operators that are launched, once for each request.
std::int64_t operators(const TileGraph& graph) {
  std::int64_t count = 0;
  for (std::size_t t = 0; t < graph.tiles.size(); ++t) {
    const Tile& tile = graph.tiles[t];
    if (tile.kind == TileKind::host) continue;
    count += t == 0 || tile.op != graph.tiles[t - 1].op || tile.request != graph.tiles[t - 1].request;
  }
  return count;
}

void bound_units(const TileGraph& graph, const arch::NpuSpec& npu, const Durations& d, LowerBound& bound) {
  UnitLoad arrays, vectors;
  Ps scheduler_tail = base::kNever;
  for (const Tile& t : graph.tiles) {
    if (t.kind == TileKind::host) continue;
    const Ps store = d.store(graph.groups[t.group]);
    if (t.last()) scheduler_tail = std::min(scheduler_tail, after_decision(t, d) + store);
    if (t.kind == TileKind::pe) {
      const auto& work = d.work(t);
      arrays.add(work.occupancy, d.loads(t), d.of(work.latency - work.occupancy) + store, t.last());
    }
    const bool on_vector_unit = t.kind == TileKind::vector || (t.kind == TileKind::pe && t.vector_cycles > Cycles{0});
    if (on_vector_unit) vectors.add(t.vector_cycles, d.loads(t), store, true);
  }
  bound[BoundTerm::arrays] = arrays.bound(d, npu.cores);
  bound[BoundTerm::vector_units] = vectors.bound(d, npu.cores);
  // The one that decides most often, or the mean of all with the launches of operators.
  const auto decisions = static_cast<std::int64_t>(graph.tiles.size() - graph.host_tasks.size());
  if (decisions == 0) return;
  const Cycles each = npu.scheduler.dispatch_latency * ceil_div(decisions, npu.scheduler.count);
  const Cycles all = npu.scheduler.dispatch_latency * decisions + npu.scheduler.launch_latency * operators(graph);
  bound[BoundTerm::scheduler] = d.of(std::max(each, Cycles{all.count() / npu.scheduler.count})) + scheduler_tail;
}

}  // namespace

BoundTerm LowerBound::binding() const {
  return static_cast<BoundTerm>(std::ranges::max_element(terms) - terms.begin());
}

LowerBound lower_bound(const TileGraph& graph, const arch::NpuSpec& npu, const arch::MachineLimits& limits) {
  LowerBound bound;
  const Durations durations(graph, npu, limits);
  Path path(graph, durations);
  bound[BoundTerm::path] = path.length();
  bound[BoundTerm::host] = path.host();
  bound_units(graph, npu, durations, bound);
  return bound_with_traffic(bound, compulsory_traffic(graph, limits), limits);
}

namespace {

// One packet is granted per cycle; the last one still has its way to go.
Ps grants(const Traffic& t, const arch::MachineLimits& limits) {
  const std::int64_t packets = t.packets_read + t.packets_write;
  if (packets == 0) return Ps{0};
  return limits.interconnect_clock.duration(Cycles{packets - 1}) +
         std::min(limits.packet_way(false, true), limits.packet_way(true));
}

// What all packets together hold of the outstanding places: each its way, and the time of its data at the memory and on
// the interconnect.
Ps credits(const Traffic& t, const arch::MachineLimits& limits) {
  const std::int64_t bytes = t.core_read + t.core_write;
  const auto ways = [](Ps way, std::int64_t packets) { return static_cast<__int128>(way.count()) * packets; };
  const __int128 held = ways(limits.packet_way(false), t.packets_read - t.packets_forwarded) +
                        ways(limits.packet_way(false, true), t.packets_forwarded) +
                        ways(limits.packet_way(true), t.packets_write) +
                        arch::time_at(bytes, limits.interconnect_rate).count() +
                        arch::time_at(bytes - t.forwarded, limits.packet_rate).count();
  return Ps{static_cast<std::int64_t>(held / limits.outstanding)};
}

}  // namespace

LowerBound bound_with_traffic(LowerBound bound, const Traffic& t, const arch::MachineLimits& limits) {
  bound.traffic = t;
  bound[BoundTerm::dram] = arch::time_at(t.dram_read + t.dram_write, limits.dram.peak_bytes_per_second);
  const std::int64_t one_way = limits.full_duplex ? std::max(t.core_read, t.core_write) : t.core_read + t.core_write;
  bound[BoundTerm::interconnect] = arch::time_at(one_way, limits.interconnect_rate);
  // The last packet of each channel need not wait for its own share.
  const std::int64_t spaced = t.core_read + t.core_write - limits.dma_channels * limits.packet_bytes;
  bound[BoundTerm::channels] = arch::time_at(std::max<std::int64_t>(0, spaced), limits.channels_rate);
  bound[BoundTerm::shared_sram] = arch::time_at(t.core_read + t.core_write, limits.shared_sram_rate);
  bound[BoundTerm::grants] = grants(t, limits);
  bound[BoundTerm::credits] = credits(t, limits);
  return bound;
}

}  // namespace tessera::scheduler
