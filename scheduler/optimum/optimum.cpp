#include "scheduler/optimum/optimum.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "scheduler/dispatch/dispatcher.h"
#include "scheduler/optimum/interchange.h"
#include "scheduler/optimum/lone_transfers.h"
#include "scheduler/optimum/plain_machine.h"
#include "scheduler/optimum/schedule_bound.h"
#include "scheduler/optimum/schedule_follower.h"

namespace tessera::scheduler {

using base::Ps;

namespace {

// A run gives a whole schedule, or is given up where no completion can be better. It follows the steps that lead to the
// point where the search stands, and from there on takes the most promising one at every further point, each of which
// becomes a frame with the other steps left to be tried.
class Search {
 public:
  Search(const TileGraph& graph, const arch::NpuSpec& npu, const arch::MachineLimits& limits,
         const ScheduleSpec& schedule, const OptimumOptions& options)
      : graph_(graph), npu_(npu), limits_(limits), schedule_(schedule), options_(options), service_(graph),
        durations_(lone_durations(graph, npu, limits, schedule)), bound_(graph, npu, limits, durations_, service_),
        lanes_(lanes_of(npu, graph)) {
    if (options.prunes) exchanges_ = find_exchanges(graph, npu, service_);
  }

  [[nodiscard]] Optimum find(const ActionPlan& known) {
    best_.plan = known;
    best_.makespan = known.makespan;
    do {
      run_once();
      if (options_.on_progress) options_.on_progress(best_.runs, best_.makespan);
    } while (go_on() && best_.runs < options_.runs);
    best_.bound = best_.makespan;
    for (std::size_t i = 0; i < frames_.size(); ++i) {
      const Frame& frame = frames_[i];
      for (std::size_t c = frame.at + (i + 1 < frames_.size()); c < frame.children.size(); ++c)
        best_.bound = std::min(best_.bound, frame.children[c].bound);
    }
    return std::move(best_);
  }

 private:
  struct Child {
    Step step;
    Ps bound{0};
  };
  struct Frame {
    PartialSchedule partial;
    std::vector<Child> children;     // the most promising first
    std::size_t at = 0;              // the one that is being tried
    std::vector<std::size_t> alike;  // exchanges that have changed nothing so far
  };

  void run_once() {
    PlainMachine machine(graph_, npu_, limits_);
    ScheduleFollower follower(
        graph_, npu_, durations_, service_,
        [&](std::size_t depth, const View& view) { return choose(depth, view, follower); },
        [&](TileId t) { return machine.started(t); });
    trace::Sink sink;
    Dispatcher dispatcher(graph_, npu_, limits_, schedule_, lanes_, follower, machine, sink);
    const bool ended = machine.run(dispatcher) && dispatcher.state() == RunState::done;
    ++best_.runs;
    if (!ended || !follower.unused().empty()) return;
    ++best_.schedules;
    if (dispatcher.makespan() >= best_.makespan) return;
    best_.makespan = dispatcher.makespan();
    best_.plan = follower.plan();
    best_.plan.makespan = best_.makespan;
  }

  // The next step of a frame that may lead to something better; frames without one are done.
  bool go_on() {
    for (; !frames_.empty(); frames_.pop_back()) {
      ++frames_.back().at;
      if (settle(frames_.back())) return true;
    }
    return false;
  }
  bool settle(Frame& frame) {
    for (; frame.at < frame.children.size(); ++frame.at) {
      if (!options_.prunes) return true;
      Child& child = frame.children[frame.at];
      if (child.bound < best_.makespan) child.bound = std::max(child.bound, bound_.of(frame.partial, &child.step));
      if (child.bound < best_.makespan) return true;
    }
    return false;
  }

  std::optional<Step> choose(std::size_t depth, const View& view, const ScheduleFollower& follower) {
    if (depth == frames_.size() && !branch(view, follower)) return std::nullopt;
    const Frame& frame = frames_[depth];
    return frame.children[frame.at].step;
  }

  bool branch(const View& view, const ScheduleFollower& follower) {
    ++best_.nodes;
    Frame frame;
    frame.partial = follower.partial(view);
    const Ps least = options_.prunes ? bound_.of(frame.partial) : Ps{0};
    if (options_.prunes && least >= best_.makespan) return false;
    if (!can_be_used(frame.partial, follower.unused())) return false;
    frame.alike = alike_so_far();
    for (const Step& step : steps(frame.partial, view)) {
      Child child{step, least};
      if (options_.prunes) child.bound = std::max(least, bound_.quick(frame.partial, step));
      if (!options_.prunes || (child.bound < best_.makespan && comes_first(step, frame.alike)))
        frame.children.push_back(child);
    }
    best_.nodes += frame.children.size();
    std::ranges::stable_sort(frame.children, {}, &Child::bound);
    if (!settle(frame)) return false;
    frames_.push_back(std::move(frame));
    return true;
  }

  // Every prefetched operand still has a tile that may find it.
  [[nodiscard]] bool can_be_used(const PartialSchedule& s, const std::vector<Step>& unused) const {
    return std::ranges::all_of(unused, [&](const Step& step) {
      for (TileId t = 0; t < graph_.tiles.size(); ++t) {
        const BlockId wanted = operand(t, step.operand);
        if (!s.tiles[t].dispatched && wanted != kNoId && service_.serves(operand(step.tile, step.operand), wanted))
          return true;
      }
      return false;
    });
  }

  [[nodiscard]] std::vector<Step> steps(const PartialSchedule& s, const View& view) const {
    std::vector<Step> all;
    const std::uint32_t cores = cores_to_try(s);
    const std::vector<bool> decided = decided_groups(s);
    for (TileId t = 0; t < graph_.tiles.size(); ++t) {
      const Tile& tile = graph_.tiles[t];
      if (s.tiles[t].dispatched || tile.kind == TileKind::host) continue;
      if (tile.slice > 0) {
        if (s.tiles[t - 1].dispatched) all.push_back({Step::Kind::dispatch, 0, t, s.tiles[t - 1].core});
      } else if (std::ranges::all_of(graph_.predecessors(tile.group), [&](GroupId p) { return decided[p]; })) {
        for (std::uint32_t c = 0; c < cores; ++c) all.push_back({Step::Kind::dispatch, 0, t, c});
      }
    }
    if (options_.prefetches)
      for (std::uint32_t c = 0; c < cores; ++c) add_prefetches(s, view, c, all);
    if (!options_.waits) return all;
    std::erase_if(all, [&](const Step& step) {
      const bool dispatch = step.kind == Step::Kind::dispatch;
      return view.check(dispatch ? Action(Dispatch{step.tile, step.core})
                                 : Action(Prefetch{step.tile, step.operand, step.core})) != Illegal::none;
    });
    all.push_back({Step::Kind::idle, 0, kNoId, 0});
    return all;
  }
  // Constants that are not there, and that no tile could bring at once.
  void add_prefetches(const PartialSchedule& s, const View& view, std::uint32_t core, std::vector<Step>& all) const {
    for (std::uint8_t o = 0; o < 2; ++o) {
      std::map<BlockId, TileId> wanted;  // and the first tile that reads it
      for (TileId t = 0; t < graph_.tiles.size(); ++t) {
        const BlockId block = operand(t, o);
        if (!s.tiles[t].dispatched && block != kNoId && graph_.blocks[block].constant) wanted.emplace(block, t);
      }
      for (const auto& [block, tile] : wanted) {
        const auto serves = [&](const auto& held) { return service_.serves(held.block, block); };
        if (std::ranges::none_of(s.cores[core].slots[o], serves) && !can_be_brought(s, view, core, o, block))
          all.push_back({Step::Kind::prefetch, o, tile, core});
      }
    }
  }
  [[nodiscard]] bool can_be_brought(const PartialSchedule& s, const View& view, std::uint32_t core, std::size_t o,
                                    BlockId block) const {
    for (TileId t = 0; t < graph_.tiles.size(); ++t)
      if (!s.tiles[t].dispatched && operand(t, o) == block && view.check(Dispatch{t, core}) == Illegal::none)
        return true;
    return false;
  }
  // Those that have had something to do, and the first of the others: these are all the same.
  [[nodiscard]] std::uint32_t cores_to_try(const PartialSchedule& s) const {
    const auto all = static_cast<std::uint32_t>(s.cores.size());
    if (!options_.prunes) return all;
    std::uint32_t used = 0;
    for (const Frame& frame : frames_) {
      const Step& step = frame.children[frame.at].step;
      if (step.kind != Step::Kind::idle) used = std::max(used, step.core + 1);
    }
    return std::min(used + 1, all);
  }
  // Groups of which every tile is dispatched, and those of the host that wait for such ones only.
  [[nodiscard]] std::vector<bool> decided_groups(const PartialSchedule& s) const {
    std::vector<bool> decided(graph_.groups.size());
    for (GroupId g = 0; g < decided.size(); ++g) {
      const Group& group = graph_.groups[g];
      if (!graph_.is_host(group)) decided[g] = s.tiles[group.first + group.slices - 1].dispatched;
      else decided[g] = std::ranges::all_of(graph_.predecessors(g), [&](GroupId p) { return decided[p]; });
    }
    return decided;
  }

  [[nodiscard]] BlockId operand(TileId t, std::size_t o) const {
    return o == 0 ? graph_.tiles[t].input : graph_.tiles[t].weight;
  }

  // Of schedules that are the same but for an exchange, the one is searched whose steps come first in this order.
  [[nodiscard]] std::uint32_t place(const Step& step) const {
    if (step.kind == Step::Kind::dispatch) return step.tile;
    return static_cast<std::uint32_t>(graph_.tiles.size()) + operand(step.tile, step.operand);
  }
  [[nodiscard]] std::uint32_t place(const Step& step, const Exchange& e) const {
    if (step.kind == Step::Kind::dispatch) return e.tile[step.tile];
    return static_cast<std::uint32_t>(graph_.tiles.size()) + e.block[operand(step.tile, step.operand)];
  }
  [[nodiscard]] bool comes_first(const Step& step, const std::vector<std::size_t>& alike) const {
    return step.kind == Step::Kind::idle ||
           std::ranges::all_of(alike, [&](std::size_t e) { return place(step, exchanges_[e]) >= place(step); });
  }
  [[nodiscard]] std::vector<std::size_t> alike_so_far() const {
    std::vector<std::size_t> alike;
    if (frames_.empty()) {
      for (std::size_t e = 0; e < exchanges_.size(); ++e) alike.push_back(e);
      return alike;
    }
    const Frame& last = frames_.back();
    const Step& step = last.children[last.at].step;
    for (const std::size_t e : last.alike)
      if (step.kind == Step::Kind::idle || place(step, exchanges_[e]) == place(step)) alike.push_back(e);
    return alike;
  }

  const TileGraph& graph_;
  const arch::NpuSpec& npu_;
  const arch::MachineLimits& limits_;
  const ScheduleSpec& schedule_;
  const OptimumOptions& options_;
  BlockService service_;
  Durations durations_;
  ScheduleBound bound_;
  trace::Lanes lanes_;
  std::vector<Exchange> exchanges_;
  std::vector<Frame> frames_;
  Optimum best_;
};

}  // namespace

Optimum find_optimum(const TileGraph& graph, const arch::NpuSpec& npu, const arch::MachineLimits& limits,
                     const ScheduleSpec& schedule, const ActionPlan& known, const OptimumOptions& options) {
  // Without prefetches there are far fewer schedules, and the best of them is a good one to begin with.
  OptimumOptions first = options;
  first.prefetches = false;
  if (!options.prefetches || !options.prunes) return Search(graph, npu, limits, schedule, options).find(known);
  first.runs = options.runs / 4;
  const Optimum without = Search(graph, npu, limits, schedule, first).find(known);
  OptimumOptions second = options;
  second.runs = options.runs - without.runs;
  Optimum best = Search(graph, npu, limits, schedule, second).find(without.plan);
  best.runs += without.runs, best.nodes += without.nodes, best.schedules += without.schedules;
  return best;
}

}  // namespace tessera::scheduler
