// What passes need to rewrite a graph in place: who reads what, and nodes marked as gone until the pass ends.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "models/graph/graph.h"

namespace tessera::models {

class GraphEditor {
 public:
  explicit GraphEditor(Graph& graph) : graph_(graph), readers_(graph.readers()), keep_(graph.nodes.size(), true) {}

  [[nodiscard]] Graph& graph() { return graph_; }
  [[nodiscard]] Node& node(NodeId n) { return graph_.nodes[n]; }
  [[nodiscard]] bool alive(NodeId n) const { return keep_[n]; }
  [[nodiscard]] bool is(NodeId n, std::string_view type) const {
    return n != kNone && keep_[n] && graph_.nodes[n].domain.empty() && graph_.nodes[n].type == type;
  }
  [[nodiscard]] bool constant(ValueId v) const { return v == kNone || graph_.values[v].constant; }
  // The node that makes `v`; kNone for inputs and constants.
  [[nodiscard]] NodeId producer(ValueId v) const { return v == kNone ? kNone : graph_.values[v].producer; }
  // The one node that reads `v`; kNone where there are several or `v` leaves the network.
  [[nodiscard]] NodeId only_reader(ValueId v) const;
  [[nodiscard]] const std::vector<NodeId>& readers(ValueId v) const { return readers_[v]; }
  // The one input of `n` that is no constant; kNone where there are none or several.
  [[nodiscard]] ValueId variable_input(NodeId n) const;
  // A constant of one element, or an input that was left out.
  [[nodiscard]] bool scalar(ValueId v) const {
    return v == kNone || (constant(v) && elements(graph_.values[v].dims()) == 1);
  }

  // `gone` nodes become part of `kept`; `kept` makes `output` from now on.
  void merge(NodeId kept, const std::vector<NodeId>& gone, ValueId output, const std::string& what);
  // Whoever reads what `gone` makes reads its first input from now on.
  void bypass(NodeId gone, const std::string& what);
  // Of two nodes of which the second alone reads the first: the second comes first, on what the first has read, and the
  // first makes what the second has made. All inputs of the second but that one are constants.
  void exchange(NodeId first, NodeId second);
  // A new node right before or behind `n`, after others that were put there; what `readers` says does not know of it.
  void put_before(NodeId n, Node node) { before_[n].push_back(std::move(node)); }
  void put_behind(NodeId n, Node node) { behind_[n].push_back(std::move(node)); }
  // Removes the nodes that are gone, and adds the new ones. The editor is of no use afterwards.
  void finish();

 private:
  void add_reader(ValueId, NodeId);

  Graph& graph_;
  std::vector<std::vector<NodeId>> readers_;
  std::vector<bool> keep_;
  std::map<NodeId, std::vector<Node>> before_, behind_;
};

}  // namespace tessera::models
