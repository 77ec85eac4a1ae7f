#include "scheduler/tiles/tile_graph_build.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/depth_first_search.hpp>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "scheduler/tiles/box_index.h"

namespace tessera::scheduler {

namespace {

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;
using Edge = std::pair<GroupId, GroupId>;

// Pairs (row, id) as compressed rows; pairs ascend and are distinct.
void compress(const std::vector<Edge>& pairs, std::size_t rows, std::vector<std::uint32_t>& starts,
              std::vector<std::uint32_t>& ids) {
  starts.assign(rows + 1, 0);
  ids.clear();
  ids.reserve(pairs.size());
  for (const auto& [row, id] : pairs) {
    ++starts[row + 1];
    ids.push_back(id);
  }
  for (std::size_t i = 1; i <= rows; ++i) starts[i] += starts[i - 1];
}

// From `begin` on.
void sort_unique(std::vector<Edge>& pairs, std::size_t begin = 0) {
  const auto first = pairs.begin() + static_cast<std::ptrdiff_t>(begin);
  std::sort(first, pairs.end());
  pairs.erase(std::unique(first, pairs.end()), pairs.end());
}

// The same pairs by their second member: ascending again, for they are gone through in ascending order.
std::vector<Edge> transposed(const std::vector<Edge>& pairs, std::size_t rows) {
  std::vector<std::size_t> next(rows + 1, 0);
  for (const Edge& pair : pairs) ++next[pair.second + 1];
  for (std::size_t i = 1; i <= rows; ++i) next[i] += next[i - 1];
  std::vector<Edge> turned(pairs.size());
  for (const auto& [row, id] : pairs) turned[next[id]++] = {id, row};
  return turned;
}

// Keeps the first cycle that the search closes, as groups from the one that it comes back to.
class CycleFinder : public boost::default_dfs_visitor {
 public:
  CycleFinder(std::vector<GroupId>& path, std::vector<GroupId>& cycle) : path_(path), cycle_(cycle) {}
  void discover_vertex(Graph::vertex_descriptor v, const Graph&) { path_.push_back(static_cast<GroupId>(v)); }
  void finish_vertex(Graph::vertex_descriptor, const Graph&) { path_.pop_back(); }
  void back_edge(Graph::edge_descriptor e, const Graph& g) {
    if (!cycle_.empty()) return;
    const auto from = std::ranges::find(path_, static_cast<GroupId>(target(e, g)));
    cycle_.assign(from, path_.end());
  }

 private:
  std::vector<GroupId>& path_;
  std::vector<GroupId>& cycle_;
};

std::vector<GroupId> find_cycle(std::span<const Edge> edges, std::size_t groups) {
  // Where every edge leads to a higher id there is none: so it is with all that the tiling makes.
  if (std::ranges::all_of(edges, [](const Edge& e) { return e.first < e.second; })) return {};
  const Graph graph(edges.begin(), edges.end(), groups);
  std::vector<GroupId> path, cycle;
  boost::depth_first_search(graph, boost::visitor(CycleFinder(path, cycle)));
  return cycle;
}

std::string cycle_text(const TileGraph& graph, const models::Network& network, const std::vector<GroupId>& cycle) {
  constexpr std::size_t kShown = 8;
  const auto name = [&](GroupId g) {
    return "\"" + network.operators[graph.groups[g].op].name + "\" tile " + std::to_string(graph.groups[g].first);
  };
  std::string text = "the tiles wait for each other in a cycle: ";
  for (std::size_t i = 0; i < std::min(cycle.size(), kShown); ++i) text += name(cycle[i]) + " -> ";
  if (cycle.size() > kShown) text += "(" + std::to_string(cycle.size() - kShown) + " more) -> ";
  return text + name(cycle.front());
}

class Linker {
 public:
  Linker(TileGraph& graph, const models::Network& network)
      : graph_(graph), network_(network), fed_(models::parts_fed_in(network)) {
    index_outputs();
  }

  // The groups that each block waits for. A block that nobody writes whole is a fault of whoever made the graph.
  [[nodiscard]] std::optional<std::string> link_blocks() {
    graph_.producer_rows.assign(1, 0);
    graph_.producer_ids.clear();
    std::vector<std::uint32_t> found;
    for (BlockId b = 0; b < graph_.blocks.size(); ++b) {
      const Block& block = graph_.blocks[b];
      found.clear();
      if (!block.constant && !block.network_input) {
        const auto writers = outputs_.find({block.root, block.request});
        std::int64_t covered = writers == outputs_.end() ? 0 : writers->second.find(block.box, found);
        for (const models::PartFedIn& part : fed_)
          if (part.root == block.root) covered += models::common_elements(part.box, block.box);
        if (covered < block.box.elements())
          return "a part of tensor \"" + network_.tensors[block.root].name + "\" is read that no operator writes";
      }
      graph_.producer_ids.insert(graph_.producer_ids.end(), found.begin(), found.end());
      graph_.producer_rows.push_back(static_cast<std::uint32_t>(graph_.producer_ids.size()));
    }
    return std::nullopt;
  }

  // (group, predecessor) by data and by control edges (docs/semantics.md 3.18); ascending and distinct.
  [[nodiscard]] std::vector<Edge> edges() const {
    std::vector<Edge> edges;
    for (GroupId g = 0; g < graph_.groups.size(); ++g) {
      const std::size_t begin = edges.size();
      for (const GroupId before : graph_.control(g)) edges.emplace_back(g, before);
      for (std::uint32_t i = 0; i < graph_.groups[g].slices; ++i) {
        const Tile& tile = graph_.tiles[graph_.groups[g].first + i];
        for (const BlockId operand : {tile.input, tile.weight}) {
          if (operand == kNoId) continue;
          for (const GroupId producer : graph_.producers(operand)) edges.emplace_back(g, producer);
        }
      }
      if (graph_.is_host(graph_.groups[g]))
        for (const BlockId read : graph_.host_task(graph_.groups[g].first).reads)
          for (const GroupId producer : graph_.producers(read)) edges.emplace_back(g, producer);
      sort_unique(edges, begin);
    }
    return edges;
  }

 private:
  using Instance = std::pair<models::TensorId, std::uint32_t>;  // root and request

  void index_outputs() {
    std::map<Instance, std::pair<std::vector<models::Box>, std::vector<std::uint32_t>>> written;
    const auto write = [&](GroupId g, BlockId block) {
      const Block& output = graph_.blocks[block];
      auto& [boxes, ids] = written[{output.root, output.request}];
      boxes.push_back(output.box);
      ids.push_back(g);
    };
    for (GroupId g = 0; g < graph_.groups.size(); ++g) write(g, graph_.groups[g].output);
    for (const HostTask& task : graph_.host_tasks)
      for (const BlockId block : task.writes) write(graph_.tiles[task.tile].group, block);
    for (auto& [instance, lists] : written)
      outputs_.emplace(
          instance, BoxIndex(network_.tensors[instance.first].shape, std::move(lists.first), std::move(lists.second)));
  }

  TileGraph& graph_;
  const models::Network& network_;
  std::vector<models::PartFedIn> fed_;
  std::map<Instance, BoxIndex> outputs_;
};

}  // namespace

void TileGraph::set_arrivals(const std::vector<base::Ps>& times) {
  requests.clear();
  for (const base::Ps at : times) requests.push_back({.arrival = at});
  count_requests();
}

void TileGraph::count_requests() {
  for (Request& r : requests) r.first_tile = r.tiles = r.first_operator = r.operators = 0;
  for (TileId t = 0; t < tiles.size(); ++t) {
    Request& r = requests[tiles[t].request];
    if (r.tiles++ == 0) r.first_tile = t;
    r.operators = std::max(r.operators, tiles[t].op + 1);
  }
  for (std::size_t i = 1; i < requests.size(); ++i)
    requests[i].first_operator = requests[i - 1].first_operator + requests[i - 1].operators;
}

base::Result<TileGraph> link_tile_graph(TileGraph graph, const models::Network& network,
                                        std::vector<ControlEdge> control, LinkFault* fault) {
  graph.count_requests();
  Linker linker(graph, network);
  if (auto text = linker.link_blocks()) {
    if (fault != nullptr) fault->block = static_cast<BlockId>(graph.producer_rows.size() - 1);
    return base::failure({network.file, 0, 0}, *text);
  }

  const std::size_t groups = graph.groups.size();
  std::vector<Edge> controls;
  for (const auto& [before, after] : control) controls.emplace_back(after, before);
  sort_unique(controls);
  compress(controls, groups, graph.control_rows, graph.control_ids);

  std::vector<Edge> edges = linker.edges();
  compress(edges, groups, graph.predecessor_rows, graph.predecessor_ids);
  edges = transposed(edges, groups);
  compress(edges, groups, graph.successor_rows, graph.successor_ids);

  if (const auto cycle = find_cycle(edges, groups); !cycle.empty()) {
    if (fault != nullptr) fault->group = cycle.front();
    return base::failure({network.file, 0, 0}, cycle_text(graph, network, cycle));
  }
  return graph;
}

}  // namespace tessera::scheduler
