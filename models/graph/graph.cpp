#include "models/graph/graph.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/reverse_graph.hpp>
#include <boost/graph/strong_components.hpp>
#include <functional>
#include <queue>

namespace tessera::models {

namespace {

// A vertex per node, an edge from a producer to each reader. Sets of edges: f(X, X) is one edge.
using NodeGraph = boost::adjacency_list<boost::setS, boost::vecS, boost::bidirectionalS>;

NodeGraph node_graph(const Graph& g) {
  NodeGraph edges(g.nodes.size());
  for (NodeId n = 0; n < g.nodes.size(); ++n)
    for (const auto* read : {&g.nodes[n].inputs, &g.nodes[n].captures})
      for (const ValueId v : *read)
        if (v != kNone && g.values[v].producer != kNone) boost::add_edge(g.values[v].producer, n, edges);
  return edges;
}

// The nodes of one cycle, in order: a walk along producers inside a strongly connected component comes back.
std::vector<NodeId> find_cycle(const NodeGraph& edges) {
  std::vector<int> component(boost::num_vertices(edges));
  const int count = boost::strong_components(
      edges, boost::make_iterator_property_map(component.begin(), boost::get(boost::vertex_index, edges)));
  std::vector<int> size(static_cast<std::size_t>(count), 0);
  for (const int c : component) ++size[static_cast<std::size_t>(c)];
  const auto in_cycle = [&](NodeId n) {
    return size[static_cast<std::size_t>(component[n])] > 1 || boost::edge(n, n, edges).second;
  };
  NodeId at = 0;
  while (!in_cycle(at)) ++at;
  std::vector<NodeId> path;
  std::vector<bool> on_path(boost::num_vertices(edges), false);
  while (!on_path[at]) {
    path.push_back(at);
    on_path[at] = true;
    const auto [begin, end] = boost::out_edges(at, edges);
    for (auto e = begin; e != end; ++e)
      if (component[boost::target(*e, edges)] == component[at]) {
        at = static_cast<NodeId>(boost::target(*e, edges));
        break;
      }
  }
  path.erase(path.begin(), std::find(path.begin(), path.end(), at));
  return path;
}

}  // namespace

ValueId Graph::add_value(std::string value_name) {
  values.push_back({});
  values.back().name = std::move(value_name);
  return static_cast<ValueId>(values.size() - 1);
}

ValueId Graph::add_value(std::string value_name, Dims shape, ValueId like) {
  const ValueId v = add_value(std::move(value_name));
  values[v].literal.dims = std::move(shape);
  values[v].literal.type = values[like].type();
  values[v].shaped = true;
  values[v].constant = values[like].constant;
  values[v].initializer = values[like].initializer;
  return v;
}

std::vector<std::vector<NodeId>> Graph::readers() const {
  std::vector<std::vector<NodeId>> result(values.size());
  for (NodeId n = 0; n < nodes.size(); ++n)
    for (const auto* read : {&nodes[n].inputs, &nodes[n].captures})
      for (const ValueId v : *read)
        if (v != kNone && (result[v].empty() || result[v].back() != n)) result[v].push_back(n);
  return result;
}

base::Result<std::vector<NodeId>> topological_order(const Graph& g) {
  const NodeGraph edges = node_graph(g);
  std::vector<std::size_t> waits(g.nodes.size());
  std::priority_queue<NodeId, std::vector<NodeId>, std::greater<>> ready;
  for (NodeId n = 0; n < g.nodes.size(); ++n) {
    waits[n] = boost::in_degree(n, edges);
    if (waits[n] == 0) ready.push(n);
  }
  std::vector<NodeId> order;
  while (!ready.empty()) {
    const NodeId n = ready.top();
    ready.pop();
    order.push_back(n);
    const auto [begin, end] = boost::out_edges(n, edges);
    for (auto e = begin; e != end; ++e)
      if (--waits[boost::target(*e, edges)] == 0) ready.push(static_cast<NodeId>(boost::target(*e, edges)));
  }
  if (order.size() == g.nodes.size()) return order;
  const std::vector<NodeId> cycle = find_cycle(edges);
  std::string path;
  for (std::size_t i = 0; i < cycle.size() && i < 8; ++i) path += g.nodes[cycle[i]].name + " -> ";
  if (cycle.size() > 8) path += "... -> ";
  return base::failure(g.nodes[cycle.front()].where, fmt::format("the graph has a cycle of {} node(s): {}{}",
                                                                 cycle.size(), path, g.nodes[cycle.front()].name));
}

std::vector<bool> live_nodes(const Graph& g) {
  // One more vertex that reads every network output; what reaches it is alive.
  NodeGraph edges = node_graph(g);
  const auto sink = boost::add_vertex(edges);
  for (const Value& v : g.values)
    if (v.network_output && v.producer != kNone) boost::add_edge(v.producer, sink, edges);
  std::vector<bool> live(g.nodes.size() + 1, false);
  std::vector<boost::default_color_type> colour(boost::num_vertices(edges), boost::white_color);
  const auto backwards = boost::make_reverse_graph(edges);
  boost::breadth_first_search(
      backwards, sink,
      boost::color_map(boost::make_iterator_property_map(colour.begin(), boost::get(boost::vertex_index, edges))));
  for (std::size_t n = 0; n < g.nodes.size(); ++n) live[n] = colour[n] != boost::white_color;
  live.pop_back();
  return live;
}

void keep_nodes(Graph& g, const std::vector<bool>& keep) {
  std::vector<Node> kept;
  for (Value& v : g.values) v.producer = kNone;
  for (NodeId n = 0; n < g.nodes.size(); ++n) {
    if (!keep[n]) continue;
    for (const ValueId v : g.nodes[n].outputs)
      if (v != kNone) g.values[v].producer = static_cast<NodeId>(kept.size());
    kept.push_back(std::move(g.nodes[n]));
  }
  g.nodes = std::move(kept);
}

void sort_nodes(Graph& g, const std::vector<NodeId>& order) {
  std::vector<Node> sorted;
  sorted.reserve(order.size());
  for (const NodeId n : order) sorted.push_back(std::move(g.nodes[n]));
  g.nodes = std::move(sorted);
  keep_nodes(g, std::vector<bool>(g.nodes.size(), true));  // renumbers the producers
}

std::string describe(const Node& n) {
  const std::string& domain = n.host ? n.host->domain : n.domain;
  return fmt::format("node '{}' ({}{})", n.name, domain.empty() ? "" : domain + "::", n.type);
}

std::string describe(const Dims& d) {
  if (d.size() <= kMaxAxes) return fmt::format("[{}]", fmt::join(d, ", "));
  return fmt::format("[{}, ... {} axes]", fmt::join(d.begin(), d.begin() + kMaxAxes, ", "), d.size());
}

Attribute Attribute::integer(std::int64_t value) {
  Attribute a;
  a.kind = Kind::integer;
  a.ints = {value};
  return a;
}

Attribute Attribute::integers(std::vector<std::int64_t> values) {
  Attribute a;
  a.kind = Kind::integers;
  a.ints = std::move(values);
  return a;
}

Attribute Attribute::word(std::string value) {
  Attribute a;
  a.kind = Kind::text;
  a.text = std::move(value);
  return a;
}

Attribute Attribute::words(std::vector<std::string> values) {
  Attribute a;
  a.kind = Kind::texts;
  a.texts = std::move(values);
  return a;
}

bool possible(const Dims& d) {
  if (d.size() > kMaxAxes) return false;
  std::int64_t room = kMaxElements;  // that is left for the axes to come
  for (const std::int64_t extent : d) {
    if (extent < 0 || extent > room) return false;
    room /= std::max<std::int64_t>(extent, 1);
  }
  return true;
}

std::int64_t elements(const Dims& d) {
  std::int64_t product = 1;
  for (const std::int64_t extent : d) product *= extent;
  return product;
}

}  // namespace tessera::models
