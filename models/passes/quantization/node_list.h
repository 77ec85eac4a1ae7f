// A graph's nodes while a pass adds some before and behind them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "models/graph/graph.h"

namespace tessera::models {

class NodeList {
 public:
  explicit NodeList(Graph& graph) : graph_(graph), before_(graph.nodes.size()), behind_(graph.nodes.size()) {}

  // A new node of ONNX's own beside node `at`.
  void add_before(NodeId at, Node node) { before_[at].push_back(std::move(node)); }
  void add_behind(NodeId at, Node node) { behind_[at].push_back(std::move(node)); }
  [[nodiscard]] Node make(NodeId at, const char* type, std::vector<ValueId> inputs, ValueId output) const {
    Node node;
    node.name = graph_.nodes[at].name + "#" + type + std::to_string(before_[at].size() + behind_[at].size());
    node.type = type;
    node.inputs = std::move(inputs);
    node.outputs = {output};
    node.where = graph_.nodes[at].where;
    return node;
  }
  // A value like `of`, of another type.
  [[nodiscard]] ValueId like(ValueId of, const char* what, ElementType type) {
    const ValueId v = graph_.add_value(graph_.values[of].name + "#" + what);
    graph_.values[v].literal.type = type;
    return v;
  }
  // Puts all nodes in their places and renumbers; the nodes for which `keep` is false go.
  void finish(const std::vector<bool>& keep) {
    std::vector<Node> nodes;
    for (NodeId n = 0; n < graph_.nodes.size(); ++n) {
      for (Node& node : before_[n]) nodes.push_back(std::move(node));
      if (keep[n]) nodes.push_back(std::move(graph_.nodes[n]));
      for (Node& node : behind_[n]) nodes.push_back(std::move(node));
    }
    graph_.nodes = std::move(nodes);
    keep_nodes(graph_, std::vector<bool>(graph_.nodes.size(), true));
  }

 private:
  Graph& graph_;
  std::vector<std::vector<Node>> before_, behind_;
};

}  // namespace tessera::models
