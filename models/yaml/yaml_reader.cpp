#include "models/yaml/yaml_reader.h"

#include <fmt/format.h>

#include "base/config/map_reader.h"
#include "models/yaml/blocks.h"
#include "models/yaml/layers.h"

namespace tessera::models {

namespace {

void read_inputs(base::MapReader& top, LayerBuilder& builder, base::Diagnostics& problems) {
  const base::Node* inputs = top.require("inputs", "a map from names to shapes, as {image: [1, 3, 224, 224]}");
  if (inputs == nullptr) return;
  if (!inputs->is_map() || inputs->entries.empty())
    return problems.add(inputs->problem("inputs must be a map from names to shapes, as {image: [1, 3, 224, 224]}"));
  for (const base::Entry& e : inputs->entries) {
    auto dims = base::read_integers(e.value, "inputs." + e.name(), base::Range::non_negative(), problems);
    if (dims) builder.input(e.name(), std::move(*dims), e.value);
  }
}

void mark_outputs(base::MapReader& top, LayerBuilder& builder, Graph& graph, base::Diagnostics& problems) {
  const auto names = top.texts_or("outputs", {});
  if (!problems.empty()) return;
  if (names.empty() && builder.last() != kNone) graph.values[builder.last()].network_output = true;
  for (const std::string& name : names) {
    const ValueId v = builder.value_of(name, *top.find("outputs"));
    if (v != kNone) graph.values[v].network_output = true;
  }
}

}  // namespace

base::Result<Graph> read_yaml_graph(const std::filesystem::path& path, const HostRules& host) {
  auto root = base::read_yaml_file(path);
  if (!root) return root.problems();
  base::Diagnostics problems;
  Graph graph;
  graph.file = path.string();
  graph.opset = 17;
  base::MapReader top(*root, "", problems);
  graph.name = top.text_or("network", path.stem().string());
  LayerBuilder builder(graph, problems, host);
  read_inputs(top, builder, problems);
  const auto& layers = top.list("layers");
  const base::Node* blocks = top.find("blocks");
  if (problems.empty() && layers.empty()) top.report("layers: a network needs at least one layer");
  if (problems.empty())
    for (const ExpandedLayer& layer : expand_blocks(layers, blocks, graph.values.back().name, problems)) {
      if (!problems.empty()) break;
      builder.add(layer);
    }
  mark_outputs(top, builder, graph, problems);
  top.finish();
  if (!problems.empty()) return problems;
  graph.file_operators = static_cast<std::int64_t>(graph.nodes.size());
  return graph;
}

}  // namespace tessera::models
