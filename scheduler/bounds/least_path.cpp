#include "scheduler/bounds/least_path.h"

namespace tessera::scheduler {

using base::Cycles;
using base::Ps;

namespace {

class Walk {
 public:
  Walk(const TileGraph& graph, const Durations& durations, const std::vector<Ps>& floors)
      : graph_(graph), durations_(durations), floors_(floors) {
    path_.ready.resize(graph.groups.size());
    path_.result.resize(graph.groups.size());
    path_.stored.resize(graph.groups.size());
    path_.start.resize(graph.tiles.size());
  }

  // Groups in the order of their ids, which is topological.
  [[nodiscard]] LeastPath take() {
    Ps first_on_host = base::kNever, on_host{0};
    for (GroupId g = 0; g < graph_.groups.size(); ++g) {
      const Group& group = graph_.groups[g];
      const Ps ready = path_.ready[g] = ready_at(g);
      if (graph_.is_host(group)) {
        const Ps time = graph_.host_task(group.first).time;
        path_.start[group.first] = ready;
        path_.result[g] = path_.stored[g] = ready + time;
        first_on_host = std::min(first_on_host, ready);
        on_host += time;
      } else {
        path_.result[g] = finish(group, ready);
        path_.stored[g] = path_.result[g] + durations_.store(group);
      }
      path_.length = std::max(path_.length, path_.stored[g]);
    }
    if (first_on_host != base::kNever) path_.host = first_on_host + on_host;
    return std::move(path_);
  }

 private:
  [[nodiscard]] Ps ready_at(GroupId g) const {
    Ps at = graph_.requests[graph_.groups[g].request].arrival;
    if (!floors_.empty()) at = std::max(at, floors_[g]);
    for (const GroupId p : graph_.predecessors(g)) at = std::max(at, path_.stored[p]);
    return at;
  }
  [[nodiscard]] Ps available(BlockId b) const {
    const Block& block = graph_.blocks[b];
    if (block.constant) return Ps{0};
    Ps at = graph_.requests[block.request].arrival;
    for (const GroupId p : graph_.producers(b)) at = std::max(at, path_.stored[p]);
    return at;
  }
  [[nodiscard]] Ps start(const Tile& t, Ps ready) const {
    Ps at = ready + durations_.decision();
    for (const BlockId operand : {t.input, t.weight})
      if (operand != kNoId) at = std::max(at, available(operand) + durations_.decision() + durations_.load(operand));
    return at;
  }
  // When the group's result lies in the output slot.
  [[nodiscard]] Ps finish(const Group& g, Ps ready) {
    Ps free{0}, result{0};
    for (TileId id = g.first; id < g.first + g.slices; ++id) {
      const Tile& t = graph_.tiles[id];
      const Ps at = path_.start[id] = std::max(start(t, ready), free);
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
  const std::vector<Ps>& floors_;
  LeastPath path_;
};

}  // namespace

LeastPath least_path(const TileGraph& graph, const Durations& durations, const std::vector<Ps>& not_ready_before) {
  return Walk(graph, durations, not_ready_before).take();
}

}  // namespace tessera::scheduler
