// RNN: H = f(x W^T + H R^T + bias).
#include "models/expansion/recurrent.h"
#include "models/operators/operator_rule.h"

namespace tessera::models {

namespace {

const RecurrentKind& kind() {
  static const RecurrentKind kRnn{1, {"Tanh"}, 2};
  return kRnn;
}

class Rnn : public Cell {
 public:
  explicit Rnn(Direction& d)
      : d_(d), r_(d.weights(kRecurrence, 0, 1, "R")), inputs_(d.input_product(d.both_biases(), {1})) {}

  RecurrentStates step(std::int64_t t, RecurrentStates before) override {
    const ValueId product = d_.state_product(t, "product", before.hidden, r_);
    const ValueId sum = d_.make(t, "sum", "Add", {product, inputs_[0][static_cast<std::size_t>(t)]});
    return {d_.activate(t, "hidden", 0, sum), kNone};
  }

 private:
  Direction& d_;
  ValueId r_;
  std::vector<std::vector<ValueId>> inputs_;
};

void infer(Inference& node) { infer_recurrent(node, kind()); }
void expand(Expansion& e) {
  expand_recurrent(e, kind(), [](Direction& d) -> std::unique_ptr<Cell> { return std::make_unique<Rnn>(d); });
}

}  // namespace

extern const OperatorRule kRnn{.infer = infer, .expand = expand};

}  // namespace tessera::models
