// LSTM, GRU and RNN: what the three have in common.
//
// A layer becomes one product of all its inputs with the input weights, which no step waits for, and step after step
// the product of the state with the recurrent weights and the gates on the vector unit. Every step reads the same
// recurrent weights, so that a machine keeps them on the chip where they fit a weight slot. A direction costs
// steps x batch x (inputs + hidden) x gates x hidden multiply-accumulates: the first step multiplies the initial state,
// zeros too.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/expansion/expansion.h"
#include "models/operators/inference.h"

namespace tessera::models {

// What tells one kind of layer from the others.
struct RecurrentKind {
  std::int64_t gates;                     // of `hidden` units each, in the order of the rows of W and R
  std::vector<std::string> activations;   // of a direction, where the node names none
  std::int64_t least_operators_per_step;  // that a step becomes
  std::size_t states = 1;                 // 2: a cell state beside the hidden state
};

// Inputs of all three; an LSTM has two more.
enum RecurrentInput : std::size_t { kSequence, kWeights, kRecurrence, kBias, kLengths, kHidden, kCell, kPeepholes };

// One node, its shapes and attributes checked.
struct RecurrentLayer {
  std::int64_t gates = 1, states = 1;
  std::int64_t steps = 1, batch = 1, inputs = 1, hidden = 1, directions = 1;
  bool reverse = false;                  // the only direction goes from the last step to the first
  bool batch_first = false;              // `layout` 1: the sequence is [batch, steps, inputs]
  bool clips = false;                    // what activations read
  std::vector<std::string> activations;  // of a direction, one direction after the other
};
[[nodiscard]] RecurrentLayer read_recurrent(const NodeReader&, const RecurrentKind&);
void infer_recurrent(Inference&, const RecurrentKind&);

struct RecurrentStates {
  ValueId hidden = kNone, cell = kNone;  // [batch, hidden]
};

// One direction of a layer, from which its cell takes weights and inputs.
class Direction {
 public:
  // `rows`: the sequence as a matrix [steps x batch, inputs].
  Direction(Expansion& e, const RecurrentLayer& layer, std::int64_t index, ValueId rows);

  [[nodiscard]] Expansion& expansion() { return e_; }
  [[nodiscard]] const RecurrentLayer& layer() const { return layer_; }
  // Names of what belongs to the direction, and to a step of it: "reverse/step3/gates".
  [[nodiscard]] std::string name(const std::string& what) const { return prefix_ + what; }
  [[nodiscard]] std::string name(std::int64_t step, const std::string& what) const;

  // `gates` gates from `first` on of W, R (a matrix, a row for each unit) or P (a list).
  [[nodiscard]] ValueId weights(RecurrentInput, std::int64_t first, std::int64_t gates, const std::string& name);
  // The bias of the inputs' product, or of the states'; kNone where the node has none.
  [[nodiscard]] ValueId input_bias() { return bias(0, "input_bias"); }
  [[nodiscard]] ValueId state_bias() { return bias(layer_.gates, "state_bias"); }
  // Their sum.
  [[nodiscard]] ValueId both_biases();
  // The product of all inputs, cut into groups of so many gates each, then into steps: [group][step].
  [[nodiscard]] std::vector<std::vector<ValueId>> input_product(ValueId bias, const std::vector<std::int64_t>& groups);
  // The product of a state; `what` names it.
  [[nodiscard]] ValueId state_product(std::int64_t step, const std::string& what, ValueId state, ValueId weights,
                                      ValueId bias = kNone);
  // `v` cut into groups of so many gates each.
  [[nodiscard]] std::vector<ValueId> gates_of(std::int64_t step, ValueId v, const std::vector<std::int64_t>& groups,
                                              const std::vector<std::string>& names);
  // Activation `which` of the direction, clipped before where the layer clips.
  [[nodiscard]] ValueId activate(std::int64_t step, const std::string& what, std::size_t which, ValueId v);
  [[nodiscard]] ValueId make(std::int64_t step, const std::string& what, const std::string& type,
                             std::vector<ValueId> inputs) {
    return e_.make(name(step, what), type, std::move(inputs));
  }

 private:
  [[nodiscard]] ValueId bias(std::int64_t first_gate, const std::string& name);
  // x W^T + bias.
  [[nodiscard]] ValueId product(const std::string& name, ValueId x, ValueId weights, ValueId bias);

  Expansion& e_;
  const RecurrentLayer& layer_;
  std::int64_t index_;
  std::string prefix_;
  ValueId rows_;
};

// One direction's arithmetic. What does not change from step to step is made with the cell.
class Cell {
 public:
  virtual ~Cell() = default;
  [[nodiscard]] virtual RecurrentStates step(std::int64_t t, RecurrentStates before) = 0;
};
using MakeCell = std::unique_ptr<Cell> (*)(Direction&);

void expand_recurrent(Expansion&, const RecurrentKind&, MakeCell);

}  // namespace tessera::models
