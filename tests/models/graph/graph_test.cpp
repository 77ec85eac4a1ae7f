#include "models/graph/graph.h"

#include <gtest/gtest.h>

namespace tessera::models {
namespace {

// Nodes named by letters; node i makes value i, and reads the values of `reads[i]`.
Graph chain(const std::vector<std::vector<ValueId>>& reads) {
  Graph g;
  for (NodeId n = 0; n < reads.size(); ++n) {
    (void)g.add_value(std::string(1, static_cast<char>('a' + n)));
    g.values[n].producer = n;
    Node node;
    node.name = std::string(1, static_cast<char>('A' + n));
    node.inputs = reads[n];
    node.outputs = {n};
    g.nodes.push_back(node);
  }
  return g;
}

TEST(Graph, OrdersProducersFirstAndTiesByTheFile) {
  const auto order = topological_order(chain({{2}, {}, {1}, {1}}));
  ASSERT_TRUE(order.ok());
  EXPECT_EQ(*order, (std::vector<NodeId>{1, 2, 0, 3}));
}

TEST(Graph, NamesTheNodesOfACycle) {
  const auto order = topological_order(chain({{}, {0, 3}, {1}, {2}, {3}}));
  ASSERT_FALSE(order.ok());
  EXPECT_NE(order.problems().to_string().find("cycle of 3 node(s): B -> C -> D -> B"), std::string::npos)
      << order.problems().to_string();
}

TEST(Graph, ANodeThatReadsItselfIsACycle) {
  const auto order = topological_order(chain({{}, {1}}));
  ASSERT_FALSE(order.ok());
  EXPECT_NE(order.problems().to_string().find("cycle of 1 node(s): B -> B"), std::string::npos);
}

TEST(Graph, LiveIsWhatAnOutputNeeds) {
  Graph g = chain({{}, {0}, {0}, {2}});
  g.values[1].network_output = true;
  EXPECT_EQ(live_nodes(g), (std::vector<bool>{true, true, false, false}));
}

}  // namespace
}  // namespace tessera::models
