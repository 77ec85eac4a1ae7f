#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "models/passes/passes.h"

namespace tessera::models {

namespace {

// Operators and the first of their inputs that are weights in every network that is run (never activations).
struct WeightInputs {
  std::string_view type;
  std::size_t first;
};
constexpr std::array kWeightInputs{WeightInputs{"BatchNormalization", 1}, WeightInputs{"Conv", 1},
                                   WeightInputs{"ConvTranspose", 1}, WeightInputs{"GroupNormalization", 1},
                                   WeightInputs{"InstanceNormalization", 1}};

// What weights may go through on their way: the same numbers under another shape, type or order.
constexpr std::array<std::string_view, 7> kWays{"Cast",    "DequantizeLinear", "Identity", "Reshape",
                                                "Squeeze", "Transpose",        "Unsqueeze"};

bool is_weight(const Node& node, std::size_t input) {
  return node.domain.empty() && std::any_of(kWeightInputs.begin(), kWeightInputs.end(), [&](const WeightInputs& w) {
           return w.type == node.type && input >= w.first;
         });
}

}  // namespace

// Through nodes that read nothing else: a weight may be cast, transposed or dequantized on its way.
void take_weights(Graph& g) {
  std::vector<bool> read(g.values.size(), false), other(g.values.size(), false);
  for (NodeId n = static_cast<NodeId>(g.nodes.size()); n-- > 0;) {
    const Node& node = g.nodes[n];
    const bool feeds_weights =
        !node.host && std::ranges::find(kWays, node.type) != kWays.end() && !node.outputs.empty() &&
        std::all_of(node.outputs.begin(), node.outputs.end(),
                    [&](ValueId v) { return v == kNone || (read[v] && !other[v] && !g.values[v].network_output); });
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId v = node.inputs[i];
      if (v == kNone) continue;
      read[v] = true;
      if (!feeds_weights && !is_weight(node, i)) other[v] = true;
    }
    for (const ValueId v : node.captures) other[v] = true;
  }
  std::size_t inputs = 0;
  std::vector<ValueId> weights;
  for (ValueId v = 0; v < g.values.size(); ++v) {
    if (!g.values[v].network_input) continue;
    ++inputs;
    if (read[v] && !other[v] && !g.values[v].network_output) weights.push_back(v);
  }
  if (weights.size() == inputs) return;  // something must enter the network
  for (const ValueId v : weights) {
    g.values[v].network_input = false;
    g.values[v].constant = g.values[v].initializer = true;
    g.notes.push_back({g.values[v].name, "a network input that is only read as weights: taken as a constant"});
  }
}

}  // namespace tessera::models
