// GRU: gates z and r and the candidate h~, in this order in W, R and B; f and g are the node's activations.
//   z, r = f(x W^T + H R^T + bias)        h~ = g(x W^T + (r * H) R^T + bias)        H = (1 - z) * h~ + z * H
// With `linear_before_reset` r multiplies the product H R^T + bias instead of H, so that all of H R^T is one product
// and the candidate does not wait for a second. H is calculated as h~ + z * (H - h~), one operation less.
#include "models/expansion/recurrent.h"
#include "models/operators/operator_rule.h"

namespace tessera::models {

namespace {

enum : std::size_t { kGate, kCandidate };  // activations

const RecurrentKind& kind() {
  static const RecurrentKind kGru{3, {"Sigmoid", "Tanh"}, 7};
  return kGru;
}

class Gru : public Cell {
 public:
  explicit Gru(Direction& d) : d_(d), reset_last_(d.expansion().flag("linear_before_reset", false)) {
    if (reset_last_) {
      r_ = d.weights(kRecurrence, 0, 3, "R");
      bias_ = d.state_bias();
      inputs_ = d.input_product(d.input_bias(), {2, 1});
    } else {
      r_ = d.weights(kRecurrence, 0, 2, "R_zr");
      r_candidate_ = d.weights(kRecurrence, 2, 1, "R_h");
      inputs_ = d.input_product(d.both_biases(), {2, 1});
    }
  }

  RecurrentStates step(std::int64_t t, RecurrentStates before) override {
    const auto at = static_cast<std::size_t>(t);
    const ValueId h = before.hidden;
    const ValueId product = d_.state_product(t, "gates", h, r_, bias_);
    const std::vector<ValueId> products =
        reset_last_ ? d_.gates_of(t, product, {2, 1}, {"zr_product", "h_product"}) : std::vector<ValueId>{product};
    const ValueId zr = d_.activate(t, "zr", kGate, d_.make(t, "zr_sum", "Add", {products[0], inputs_[0][at]}));
    const auto gates = d_.gates_of(t, zr, {1, 1}, {"z", "r"});
    const ValueId reset = d_.make(t, "reset", "Mul", {gates[1], reset_last_ ? products[1] : h});
    const ValueId state = reset_last_ ? reset : d_.state_product(t, "candidate_product", reset, r_candidate_);
    const ValueId candidate =
        d_.activate(t, "candidate", kCandidate, d_.make(t, "h_sum", "Add", {state, inputs_[1][at]}));
    const ValueId change = d_.make(t, "kept", "Mul", {gates[0], d_.make(t, "change", "Sub", {h, candidate})});
    return {d_.make(t, "hidden", "Add", {candidate, change}), kNone};
  }

 private:
  Direction& d_;
  bool reset_last_;
  ValueId r_ = kNone, r_candidate_ = kNone, bias_ = kNone;
  std::vector<std::vector<ValueId>> inputs_;
};

void infer(Inference& node) { infer_recurrent(node, kind()); }
void expand(Expansion& e) {
  expand_recurrent(e, kind(), [](Direction& d) -> std::unique_ptr<Cell> { return std::make_unique<Gru>(d); });
}

}  // namespace

extern const OperatorRule kGru{.infer = infer, .expand = expand};

}  // namespace tessera::models
