#include "models/expansion/recurrent.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace tessera::models {

namespace {

// The activations that ONNX names, as operators one behind the other; those of two operands take a constant number.
struct Activation {
  std::string_view name;  // in small letters: files write it in either
  std::array<const char*, 3> operators;
};
constexpr std::array kActivations{
    Activation{"affine", {"Mul", "Add"}},
    Activation{"elu", {"Elu"}},
    Activation{"hardsigmoid", {"HardSigmoid"}},
    Activation{"leakyrelu", {"LeakyRelu"}},
    Activation{"relu", {"Relu"}},
    Activation{"scaledtanh", {"Mul", "Tanh", "Mul"}},
    Activation{"sigmoid", {"Sigmoid"}},
    Activation{"softplus", {"Softplus"}},
    Activation{"softsign", {"Softsign"}},
    Activation{"tanh", {"Tanh"}},
    Activation{"thresholdedrelu", {"ThresholdedRelu"}},
};

const Activation& find_activation(const Expansion& e, const std::string& given) {
  std::string name = given;
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto at = std::find_if(kActivations.begin(), kActivations.end(), [&](const auto& a) { return a.name == name; });
  if (at == kActivations.end()) e.fail(fmt::format("attribute 'activations' names '{}', which is none", given));
  return *at;
}

}  // namespace

Direction::Direction(Expansion& e, const RecurrentLayer& layer, std::int64_t index, ValueId rows)
    : e_(e), layer_(layer), index_(index), rows_(rows) {
  if (layer.directions > 1) prefix_ = index == 0 ? "forward/" : "reverse/";
}

std::string Direction::name(std::int64_t step, const std::string& what) const {
  return fmt::format("{}step{}/{}", prefix_, step, what);
}

ValueId Direction::weights(RecurrentInput input, std::int64_t first, std::int64_t gates, const std::string& what) {
  const ValueId own = e_.part(name(what + ".direction"), e_.input(input), 0, index_, 1);
  Dims dims = e_.shape(own);
  dims.erase(dims.begin());
  const ValueId all = e_.reshape(name(what + ".all"), own, dims);
  return e_.part(name(what), all, 0, first * layer_.hidden, gates * layer_.hidden);
}

ValueId Direction::bias(std::int64_t first_gate, const std::string& what) {
  return e_.has(kBias) ? weights(kBias, first_gate, layer_.gates, what) : kNone;
}

ValueId Direction::both_biases() {
  if (!e_.has(kBias)) return kNone;
  const ValueId given = e_.input(kBias);
  if (e_.constant(given)) return e_.constant(name("bias"), {layer_.gates * layer_.hidden}, given);
  return e_.make(name("bias"), "Add", {input_bias(), state_bias()});
}

ValueId Direction::product(const std::string& what, ValueId x, ValueId matrix, ValueId bias) {
  const Expansion::Attributes attributes{{"transB", Attribute::integer(1)}};
  if (bias == kNone || e_.constant(bias)) {
    std::vector<ValueId> inputs{x, matrix};
    if (bias != kNone) inputs.push_back(bias);
    return e_.make(what, "Gemm", std::move(inputs), attributes);
  }
  return e_.make(what + "/biased", "Add", {e_.make(what, "Gemm", {x, matrix}, attributes), bias});
}

std::vector<std::vector<ValueId>> Direction::input_product(ValueId bias, const std::vector<std::int64_t>& groups) {
  const ValueId all = product(name("inputs"), rows_, weights(kWeights, 0, layer_.gates, "W"), bias);
  std::vector<std::int64_t> columns;
  std::vector<std::string> names;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    columns.push_back(groups[g] * layer_.hidden);
    names.push_back(name(fmt::format("inputs.{}", g)));
  }
  const std::vector<std::int64_t> rows(static_cast<std::size_t>(layer_.steps), layer_.batch);
  std::vector<std::vector<ValueId>> result;
  for (const ValueId group : e_.split(name("inputs.groups"), all, 1, columns, names)) {
    const std::string suffix = groups.size() > 1 ? fmt::format("input.{}", result.size()) : "input";
    std::vector<std::string> steps;
    for (std::int64_t t = 0; t < layer_.steps; ++t) steps.push_back(name(t, suffix));
    result.push_back(e_.split(name("steps." + suffix), group, 0, rows, steps));
  }
  return result;
}

ValueId Direction::state_product(std::int64_t step, const std::string& what, ValueId state, ValueId matrix,
                                 ValueId bias) {
  return product(name(step, what), state, matrix, bias);
}

std::vector<ValueId> Direction::gates_of(std::int64_t step, ValueId v, const std::vector<std::int64_t>& groups,
                                         const std::vector<std::string>& names) {
  std::vector<std::int64_t> columns;
  std::vector<std::string> parts;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    columns.push_back(groups[g] * layer_.hidden);
    parts.push_back(name(step, names[g]));
  }
  return e_.split(name(step, "split." + names.front()), v, 1, columns, parts);
}

ValueId Direction::activate(std::int64_t step, const std::string& what, std::size_t which, ValueId v) {
  const std::size_t of_direction = layer_.activations.size() / static_cast<std::size_t>(layer_.directions);
  const Activation& activation =
      find_activation(e_, layer_.activations[static_cast<std::size_t>(index_) * of_direction + which]);
  if (layer_.clips) v = make(step, what + "/clip", "Clip", {v});
  int behind = 0;
  for (const char* type : activation.operators) {
    if (type == nullptr) break;
    const std::string at = behind++ == 0 ? what : fmt::format("{}/{}", what, behind);
    std::vector<ValueId> inputs{v};
    if (std::string_view(type) == "Mul" || std::string_view(type) == "Add")
      inputs.push_back(e_.number(name(step, at + ".number"), v));
    v = make(step, at, type, std::move(inputs));
  }
  return v;
}

namespace {

// One expansion of a whole layer.
class LayerExpansion {
 public:
  LayerExpansion(Expansion& e, const RecurrentKind& kind) : e_(e), layer_(read_recurrent(e, kind)) {}

  void run(MakeCell make_cell) {
    const ValueId rows =
        e_.reshape("rows", by_step(e_.input(kSequence), "sequence"), {layer_.steps * layer_.batch, layer_.inputs});
    for (std::int64_t d = 0; d < layer_.directions; ++d) {
      Direction direction(e_, layer_, d, rows);
      run(*make_cell(direction), d);
    }
    give_sequence();
    give_state(1, &RecurrentStates::hidden, "last_hidden");
    give_state(2, &RecurrentStates::cell, "last_cell");
  }

 private:
  // A tensor with the batch first, in the order that the steps need: a copy, where the batch is larger than 1.
  ValueId by_step(ValueId v, const std::string& name) {
    return layer_.batch_first ? e_.transpose(name + "/by_step", v, {1, 0, 2}) : v;
  }

  [[nodiscard]] bool backwards(std::int64_t d) const { return layer_.reverse || d == 1; }

  // The state before the first step, [batch, hidden].
  ValueId initial(RecurrentInput input, std::int64_t d, const std::string& name) {
    const Dims dims{layer_.batch, layer_.hidden};
    if (!e_.has(input)) {
      if (zeros_ == kNone) zeros_ = e_.constant("zero_state", dims, e_.input(kSequence));
      return zeros_;
    }
    const std::string own = fmt::format("{}{}", name, d);
    const ValueId given = by_step(e_.input(input), own);
    return e_.reshape(own, e_.part(own + "/direction", given, 0, d, 1), dims);
  }

  void run(Cell& cell, std::int64_t d) {
    RecurrentStates now{initial(kHidden, d, "initial_hidden"), kNone};
    if (layer_.states > 1) now.cell = initial(kCell, d, "initial_cell");
    std::vector<ValueId> hidden(static_cast<std::size_t>(layer_.steps));
    for (std::int64_t i = 0; i < layer_.steps; ++i) {
      const std::int64_t t = backwards(d) ? layer_.steps - 1 - i : i;
      now = cell.step(t, now);
      hidden[static_cast<std::size_t>(t)] = now.hidden;
    }
    hidden_.push_back(std::move(hidden));
    last_.push_back(now);
  }

  // Of all steps. Every step writes its state into its place here.
  void give_sequence() {
    if (!e_.wants(0)) return;
    std::vector<ValueId> parts;
    for (std::int64_t t = 0; t < layer_.steps; ++t)
      for (std::int64_t d = 0; d < layer_.directions; ++d)
        parts.push_back(e_.reshape(fmt::format("output{}.{}", t, d),
                                   hidden_[static_cast<std::size_t>(d)][static_cast<std::size_t>(t)],
                                   {1, layer_.batch, layer_.hidden}));
    const ValueId joined = e_.concat("outputs", parts, 0);
    ValueId y = e_.reshape("sequence_out", joined, {layer_.steps, layer_.directions, layer_.batch, layer_.hidden});
    if (layer_.batch_first) y = e_.transpose("sequence_out/batch_first", y, {2, 0, 1, 3});
    e_.give(0, y);
  }

  void give_state(std::size_t output, ValueId RecurrentStates::*which, const std::string& name) {
    if (!e_.wants(output)) return;
    std::vector<ValueId> parts;
    for (std::size_t d = 0; d < last_.size(); ++d)
      parts.push_back(e_.reshape(fmt::format("{}.{}", name, d), last_[d].*which, {1, layer_.batch, layer_.hidden}));
    ValueId y = e_.concat(name, parts, 0);
    if (layer_.batch_first) y = e_.transpose(name + "/batch_first", y, {1, 0, 2});
    e_.give(output, y);
  }

  Expansion& e_;
  RecurrentLayer layer_;
  ValueId zeros_ = kNone;
  std::vector<std::vector<ValueId>> hidden_;  // [direction][step]
  std::vector<RecurrentStates> last_;         // by direction
};

}  // namespace

void expand_recurrent(Expansion& e, const RecurrentKind& kind, MakeCell make_cell) {
  LayerExpansion(e, kind).run(make_cell);
}

}  // namespace tessera::models
