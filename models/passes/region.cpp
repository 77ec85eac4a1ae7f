#include "models/passes/region.h"

#include <algorithm>

namespace tessera::models {

namespace {

bool holds(const std::vector<NodeId>& nodes, NodeId n) { return std::ranges::find(nodes, n) != nodes.end(); }

// What the nodes read from outside, constants left out; each once.
std::vector<ValueId> sources_of(GraphEditor& e, const std::vector<NodeId>& nodes) {
  std::vector<ValueId> sources;
  for (const NodeId n : nodes)
    for (const ValueId v : e.node(n).inputs)
      if (!e.constant(v) && !holds(nodes, e.producer(v)) && std::ranges::find(sources, v) == sources.end())
        sources.push_back(v);
  return sources;
}

// Whether what lies between is read inside alone.
bool closed(GraphEditor& e, const std::vector<NodeId>& nodes, NodeId last) {
  return std::ranges::all_of(nodes, [&](NodeId n) {
    if (n == last) return true;
    return std::ranges::all_of(e.node(n).outputs, [&](ValueId v) {
      return v == kNone || (!e.graph().values[v].network_output &&
                            std::ranges::all_of(e.readers(v), [&](NodeId r) { return holds(nodes, r); }));
    });
  });
}

}  // namespace

std::optional<Region> find_region(GraphEditor& e, NodeId last, std::size_t most,
                                  const std::function<bool(const Node&)>& may,
                                  const std::function<bool(const Region&)>& accept) {
  std::vector<NodeId> nodes{last};
  while (true) {
    const std::vector<ValueId> sources = sources_of(e, nodes);
    if (sources.empty()) return std::nullopt;
    if (sources.size() == 1 && closed(e, nodes, last)) {
      Region region{sources.front(), nodes};
      std::ranges::sort(region.nodes);
      if (accept(region)) return region;
    }
    // The node that comes last in the network: what all sources are made from lies before it.
    NodeId next = kNone;
    for (const ValueId v : sources) {
      const NodeId maker = e.producer(v);
      if (maker == kNone) {
        if (sources.size() == 1) return std::nullopt;
        continue;
      }
      if (next == kNone || maker > next) next = maker;
    }
    if (next == kNone || nodes.size() == most || !e.alive(next) || !may(e.node(next))) return std::nullopt;
    nodes.push_back(next);
  }
}

std::vector<NodeId> nodes_behind(GraphEditor& e, NodeId core, std::size_t most,
                                 const std::function<bool(const Node&)>& may) {
  std::vector<NodeId> found{core};
  for (std::size_t i = 0; i < found.size(); ++i)
    for (const ValueId v : e.node(found[i]).outputs) {
      if (v == kNone) continue;
      for (const NodeId r : e.readers(v))
        if (found.size() < most && e.alive(r) && may(e.node(r)) && !holds(found, r)) found.push_back(r);
    }
  std::ranges::sort(found);
  return found;
}

}  // namespace tessera::models
