#include "scheduler/replay/action_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace tessera::scheduler {
namespace {

class Play {
 public:
  Play(const ActionPlan& plan, const TileGraph& graph, const arch::NpuSpec& npu, const TileNames& names, bool per_core)
      : plan_(plan), graph_(graph), names_(names), queues_(per_core ? static_cast<std::size_t>(npu.cores) : 1),
        next_(queues_.size()), row_of_(graph.tiles.size()), done_(graph.tiles.size()),
        open_(static_cast<std::size_t>(npu.cores)), missing_(graph.groups.size()) {
    for (std::uint32_t row = 0; row < plan.actions.size(); ++row) {
      const auto* d = std::get_if<Dispatch>(&plan.actions[row].action);
      if (d != nullptr) row_of_[d->tile] = row;
    }
    // Of a tile that is taken back its last dispatch counts: what it held before is given back.
    for (std::uint32_t row = 0; row < plan.actions.size(); ++row) {
      const auto* d = std::get_if<Dispatch>(&plan.actions[row].action);
      if (d != nullptr && row_of_[d->tile] == row) queues_[per_core ? d->core : 0].push_back(row);
    }
    for (GroupId g = 0; g < graph.groups.size(); ++g)
      missing_[g] = static_cast<std::uint32_t>(graph.predecessors(g).size());
    for (GroupId g = 0; g < graph.groups.size(); ++g)
      if (missing_[g] == 0 && graph.is_host(graph.groups[g])) complete(g);
  }

  std::optional<OrderFault> run() {
    for (bool moved = true; moved;) {
      moved = false;
      for (std::size_t q = 0; q < queues_.size(); ++q)
        for (; next_[q] < queues_[q].size() && may_go(head(q)); ++next_[q], moved = true) go(head(q));
    }
    for (std::size_t q = 0; q < queues_.size(); ++q)
      if (next_[q] < queues_[q].size()) return fault(q);
    return std::nullopt;
  }

 private:
  [[nodiscard]] std::uint32_t head(std::size_t queue) const { return queues_[queue][next_[queue]]; }
  [[nodiscard]] const Dispatch& at(std::uint32_t row) const { return std::get<Dispatch>(plan_.actions[row].action); }
  [[nodiscard]] int line(std::uint32_t row) const { return plan_.actions[row].line; }
  [[nodiscard]] std::size_t queue_of(std::uint32_t row) const { return queues_.size() == 1 ? 0 : at(row).core; }
  [[nodiscard]] bool no_room(const Tile& t, std::uint32_t core) const {
    return t.kind != TileKind::movement && t.slice == 0 && open_[core] >= graph_.slots[2];
  }
  [[nodiscard]] bool may_go(std::uint32_t row) const {
    const Tile& t = graph_.tiles[at(row).tile];
    if (t.slice != 0) return done_[at(row).tile - 1];
    return missing_[t.group] == 0 && !no_room(t, at(row).core);
  }
  void go(std::uint32_t row) {
    const Tile& t = graph_.tiles[at(row).tile];
    done_[at(row).tile] = true;
    if (t.slices > 1 && t.slice == 0) ++open_[at(row).core];
    if (t.slices > 1 && t.last()) --open_[at(row).core];
    if (t.last()) complete(t.group);
  }
  // A task of the host follows by itself.
  void complete(GroupId first) {
    std::vector<GroupId> todo{first};
    while (!todo.empty()) {
      const GroupId g = todo.back();
      todo.pop_back();
      for (const GroupId next : graph_.successors(g))
        if (--missing_[next] == 0 && graph_.is_host(graph_.groups[next])) todo.push_back(next);
      for (std::uint32_t i = 0; i < graph_.groups[g].slices; ++i) done_[graph_.groups[g].first + i] = true;
    }
  }

  // The tile for which a stuck row waits, the next to be dispatched of those that keep it.
  [[nodiscard]] TileId waits_for(std::uint32_t row) const {
    const TileId id = at(row).tile;
    if (graph_.tiles[id].slice != 0) return id - 1;
    if (const TileId before = undone_before(graph_.tiles[id].group); before != kNoId) return before;
    return open_tile(at(row).core);
  }
  [[nodiscard]] TileId undone_before(GroupId g) const {
    for (const GroupId p : graph_.predecessors(g)) {
      const Group& group = graph_.groups[p];
      for (TileId t = group.first; t < group.first + group.slices; ++t) {
        if (done_[t]) continue;
        return graph_.is_host(group) ? undone_before(p) : t;
      }
    }
    return kNoId;
  }
  // The next slice of a group that holds an output slot of the core.
  [[nodiscard]] TileId open_tile(std::uint32_t core) const {
    for (TileId t = 1; t < done_.size(); ++t)
      if (!done_[t] && graph_.tiles[t].slice != 0 && done_[t - 1] && at(row_of_[t]).core == core) return t;
    return kNoId;
  }

  [[nodiscard]] std::string why(std::uint32_t row, TileId other) const {
    const TileId id = at(row).tile;
    const bool slot = graph_.tiles[id].slice == 0 && undone_before(graph_.tiles[id].group) == kNoId;
    std::string text =
        fmt::format("the dispatch of {} to core {} in line {} waits for ", names_.text(id), at(row).core, line(row));
    if (slot) text += "an output slot, all of which are open until ";
    return text + fmt::format("{}, which line {} dispatches", names_.text(other), line(row_of_[other]));
  }

  // Follows the heads until one comes again, or stands before what it waits for.
  [[nodiscard]] OrderFault fault(std::size_t queue) const {
    constexpr int kShown = 8;
    OrderFault fault{line(head(queue)), "the order cannot be kept: "};
    std::vector<bool> seen(queues_.size());
    for (int n = 0; !seen[queue]; ++n) {
      seen[queue] = true;
      const std::uint32_t row = head(queue);
      const TileId other = waits_for(row);
      if (n > 0) fault.text += "; ";
      if (other == kNoId) return fault.text += why_unknown(row), fault;
      fault.text += why(row, other);
      const bool behind = queue_of(row_of_[other]) == queue;
      if (behind) fault.text += " behind it";
      queue = queue_of(row_of_[other]);
      if (behind || n + 1 >= kShown) break;
    }
    return fault;
  }
  [[nodiscard]] std::string why_unknown(std::uint32_t row) const {
    return fmt::format("the dispatch of {} in line {} never becomes possible", names_.text(at(row).tile), line(row));
  }

  const ActionPlan& plan_;
  const TileGraph& graph_;
  const TileNames& names_;
  std::vector<std::vector<std::uint32_t>> queues_;  // rows of dispatches
  std::vector<std::size_t> next_;
  std::vector<std::uint32_t> row_of_;   // by tile
  std::vector<bool> done_;              // by tile: dispatched, or of the host and done
  std::vector<std::int64_t> open_;      // groups, by core
  std::vector<std::uint32_t> missing_;  // predecessors, by group
};

}  // namespace

std::optional<OrderFault> find_order_fault(const ActionPlan& plan, const TileGraph& graph, const arch::NpuSpec& npu,
                                           const TileNames& names, bool per_core) {
  return Play(plan, graph, npu, names, per_core).run();
}

}  // namespace tessera::scheduler
