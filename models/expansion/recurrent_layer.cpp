// Shapes and attributes of LSTM, GRU and RNN.
#include <fmt/format.h>

#include <algorithm>

#include "models/expansion/recurrent.h"

namespace tessera::models {

namespace {

void require_shape(const NodeReader& node, std::size_t input, const Dims& needed, std::string_view what) {
  if (node.has(input) && node.dims(input) != needed)
    node.fail(fmt::format("the {} (input {}) has the shape {}, but {} is needed", what, input,
                          describe(node.dims(input)), describe(needed)));
}

// Which steps a sequence has must be known before a run, and all of a batch run together: only whole sequences can be.
void require_whole_sequences(const NodeReader& node, const RecurrentLayer& layer) {
  if (!node.has(kLengths)) return;
  require_shape(node, kLengths, {layer.batch}, "lengths of the sequences");
  const Value& lengths = node.in(kLengths);
  const std::string remedy =
      fmt::format("make them a constant of {} or leave input {} out", layer.steps, static_cast<int>(kLengths));
  if (!lengths.literal.ints)
    node.fail(fmt::format(
        "the lengths of its sequences ('{}') are {}; only sequences of all {} steps can be "
        "simulated: {}",
        lengths.name, lengths.constant ? "a constant without numbers" : "known in a run only", layer.steps, remedy));
  for (const std::int64_t length : *lengths.literal.ints)
    if (length != layer.steps)
      node.fail(fmt::format("a sequence of {} of {} steps (input '{}'); only whole sequences can be simulated: {}",
                            length, layer.steps, lengths.name, remedy));
}

void read_shapes(const NodeReader& node, RecurrentLayer& layer) {
  const Dims &x = node.dims(kSequence, 3, 3), &w = node.dims(kWeights, 3, 3), &r = node.dims(kRecurrence, 3, 3);
  layer.steps = x[layer.batch_first ? 1 : 0];
  layer.batch = x[layer.batch_first ? 0 : 1];
  layer.inputs = x[2];
  layer.hidden = r[2];
  const std::int64_t units = layer.gates * layer.hidden;
  if (layer.steps < 1) node.fail("its sequences have no steps");
  if (layer.hidden < 1 || layer.hidden > kMaxElements / (2 * layer.gates))
    node.fail("its state has no or too many units");
  if (w[2] != layer.inputs || w[1] != units || w[0] != layer.directions)
    node.fail(fmt::format("W {} does not multiply the sequences {}: it must be {}", describe(w), describe(x),
                          describe(Dims{layer.directions, units, layer.inputs})));
  require_shape(node, kRecurrence, {layer.directions, units, layer.hidden}, "R");
  require_shape(node, kBias, {layer.directions, 2 * units}, "bias");
  const Dims state = layer.batch_first ? Dims{layer.batch, layer.directions, layer.hidden}
                                       : Dims{layer.directions, layer.batch, layer.hidden};
  require_shape(node, kHidden, state, "initial state");
  require_shape(node, kCell, state, "initial cell state");
  require_shape(node, kPeepholes, {layer.directions, 3 * layer.hidden}, "peephole weights");
  if (node.integer("hidden_size", layer.hidden, 1, kMaxElements) != layer.hidden)
    node.fail(fmt::format("attribute 'hidden_size' is {}, but R {} is for {}",
                          node.integer("hidden_size", 0, 1, kMaxElements), describe(r), layer.hidden));
}

}  // namespace

RecurrentLayer read_recurrent(const NodeReader& node, const RecurrentKind& kind) {
  RecurrentLayer layer;
  layer.gates = kind.gates;
  layer.states = static_cast<std::int64_t>(kind.states);
  const std::string direction = node.word("direction", "forward", {"forward", "reverse", "bidirectional"});
  layer.directions = direction == "bidirectional" ? 2 : 1;
  layer.reverse = direction == "reverse";
  layer.batch_first = node.flag("layout", false);
  layer.clips = node.has_attribute("clip") && node.real("clip") > 0;
  read_shapes(node, layer);
  require_whole_sequences(node, layer);
  const std::size_t count = kind.activations.size() * static_cast<std::size_t>(layer.directions);
  if (const auto* given = node.words("activations")) layer.activations = *given;
  else
    for (std::size_t i = 0; i < count; ++i) layer.activations.push_back(kind.activations[i % kind.activations.size()]);
  if (layer.activations.size() != count)
    node.fail(
        fmt::format("attribute 'activations' names {} functions, but {} are needed", layer.activations.size(), count));
  const std::int64_t most = kMostOperators / (kind.least_operators_per_step * layer.directions);
  if (layer.steps > most)
    node.fail(
        fmt::format("its {} steps become at least {} operators, of which a network has at most {}: cut the "
                    "sequence into parts of at most {} steps",
                    layer.steps, layer.steps * layer.directions * kind.least_operators_per_step, kMostOperators, most));
  return layer;
}

void infer_recurrent(Inference& node, const RecurrentKind& kind) {
  const RecurrentLayer layer = read_recurrent(node, kind);
  const std::int64_t s = layer.steps, d = layer.directions, b = layer.batch, h = layer.hidden;
  node.output(0, layer.batch_first ? Dims{b, s, d, h} : Dims{s, d, b, h});
  for (std::size_t state = 1; state <= kind.states; ++state)
    node.output(state, layer.batch_first ? Dims{b, d, h} : Dims{d, b, h});
}

}  // namespace tessera::models
