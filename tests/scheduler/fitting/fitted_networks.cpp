#include "fitted_networks.h"

#include <gtest/gtest.h>

#include <functional>

namespace tessera::scheduler::tests {

std::vector<std::string> Fitted::names() const {
  std::vector<std::string> list;
  for (const auto& op : network.operators) list.push_back(op.name);
  return list;
}

models::OperatorId Fitted::id(const std::string& name) const {
  for (models::OperatorId i = 0; i < network.operators.size(); ++i)
    if (network.operators[i].name == name) return i;
  ADD_FAILURE() << "no operator " << name << " in " << testing::PrintToString(names());
  return 0;
}

namespace {

std::int64_t sum(const Fitted& f, const std::string& name, const std::function<std::int64_t(const Tile&)>& of) {
  const models::OperatorId id = f.id(name);
  std::int64_t total = 0;
  for (const Tile& t : f.graph->tiles)
    if (t.op == id) total += of(t);
  return total;
}

}  // namespace

std::int64_t Fitted::tiles(const std::string& name) const {
  return sum(*this, name, [](const Tile&) { return 1; });
}
std::int64_t Fitted::cycles(const std::string& name) const {
  return sum(*this, name, [](const Tile& t) { return t.vector_cycles.count(); });
}
std::int64_t Fitted::input_bytes(const std::string& name) const {
  return sum(*this, name, [&](const Tile& t) { return graph->blocks[t.input].useful_bytes; });
}
std::int64_t Fitted::weight_bytes(const std::string& name) const {
  return sum(*this, name, [&](const Tile& t) { return t.weight == kNoId ? 0 : graph->blocks[t.weight].useful_bytes; });
}
std::int64_t Fitted::stored_bytes(const std::string& name) const {
  return sum(*this, name, [&](const Tile& t) { return graph->blocks[graph->groups[t.group].output].useful_bytes; });
}

Fitted fitted(const models::Network& network, const arch::NpuSpec& npu, const ScheduleSpec& schedule) {
  models::Network fit = fit_network(network, npu, schedule);
  auto graph = tiled(fit, npu, schedule, {});
  EXPECT_TRUE(graph.ok()) << graph.problems().to_string();
  return {std::move(fit), std::move(graph)};
}

Fitted fitted(const OnnxBuilder& graph, const arch::NpuSpec& npu, std::int64_t opset) {
  const auto network = graph.read(opset);
  EXPECT_TRUE(network.ok()) << network.problems().to_string();
  return fitted(*network, npu);
}

models::Network network_of(const OneNode& node) {
  OnnxBuilder graph;
  graph.input("x", node.dims).output("y");
  std::vector<std::string> inputs{"x"};
  for (std::size_t i = 0; i < node.constants.size(); ++i) {
    inputs.push_back("c" + std::to_string(i));
    graph.weight(inputs.back(), node.constants[i]);
  }
  const auto network = graph.node(node.type, inputs, {"y"}, node.attributes).read(node.opset);
  EXPECT_TRUE(network.ok()) << network.problems().to_string();
  return *network;
}

}  // namespace tessera::scheduler::tests
