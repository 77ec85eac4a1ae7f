#include "models/passes/infer_shapes.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/passes/passes.h"
#include "models/passes/shape_walk.h"

namespace tessera::models {

namespace {

void drop_dead(Graph& g) {
  const std::vector<bool> live = live_nodes(g);
  for (NodeId n = 0; n < g.nodes.size(); ++n)
    if (!live[n]) g.notes.push_back({g.nodes[n].name, "dropped: nobody reads its output"});
  keep_nodes(g, live);
}

// Outputs that no operator makes need none, as long as there is another one; the notes name them.
base::Diagnostics settle_outputs(Graph& g) {
  base::Diagnostics problems;
  bool something = false;
  std::string known;
  for (Value& v : g.values) {
    if (!v.network_output) continue;
    if (v.constant) {
      known += fmt::format("{}'{}'", known.empty() ? "" : ", ", v.name);
      g.notes.push_back({v.name, "nothing to do: this network output is a constant"});
      v.network_output = false;
    } else if (v.network_input) {
      known += fmt::format("{}'{}'", known.empty() ? "" : ", ", v.name);
      g.notes.push_back({v.name, "nothing to do: this network output is a network input"});
      v.network_output = false;
    } else if (!v.shaped && v.producer == kNone) {
      problems.add({g.file}, fmt::format("network output '{}' is a list of tensors, which is no tensor: take its parts "
                                         "(SequenceAt), or join them (ConcatFromSequence)",
                                         v.name));
    } else if (!v.shaped) {
      problems.add({g.file}, fmt::format("network output '{}' is an output of {} that cannot be simulated: leave it "
                                         "out of the network's outputs",
                                         v.name, describe(g.nodes[v.producer])));
    } else {
      something = true;
    }
  }
  if (!something && problems.empty())
    problems.add({g.file}, fmt::format("there is nothing to run: every network output is a constant or a network input "
                                       "({})",
                                       known));
  return problems;
}

}  // namespace

base::Diagnostics infer_shapes(Graph& g, std::vector<std::string>* for_host) {
  auto order = topological_order(g);
  if (!order) return order.problems();
  sort_nodes(g, *order);
  drop_dead(g);
  take_weights(g);
  ShapeWalk walk(g);
  if (auto problems = walk.run(); !problems.empty()) {
    if (for_host != nullptr) *for_host = walk.for_host();
    return problems;
  }
  drop_dead(g);
  return settle_outputs(g);
}

}  // namespace tessera::models
