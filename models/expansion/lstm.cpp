// LSTM: gates i, o, f and the candidate c~, in this order in W, R and B; f, g and h are the node's activations.
//   i, o, f = f(x W^T + H R^T + bias)        c~ = g(...)        C = f * C + i * c~        H = o * h(C)
// Peepholes add P * C to the sums of i and f, and P * C of the new C to that of o.
#include "models/expansion/recurrent.h"
#include "models/operators/operator_rule.h"

namespace tessera::models {

namespace {

enum : std::size_t { kGate, kCandidate, kOutput };  // activations
enum : std::size_t { kI, kO, kF, kC };              // gates
constexpr std::int64_t kOne = 1;

const RecurrentKind& kind() {
  static const RecurrentKind kLstm{4, {"Sigmoid", "Tanh", "Tanh"}, 8, 2};
  return kLstm;
}

class Lstm : public Cell {
 public:
  explicit Lstm(Direction& d)
      : d_(d), coupled_(d.expansion().flag("input_forget", false)), peepholes_(d.expansion().has(kPeepholes)),
        groups_(peepholes_ ? std::vector<std::int64_t>{1, 1, 1, 1} : std::vector<std::int64_t>{3, 1}),
        r_(d.weights(kRecurrence, 0, 4, "R")), inputs_(d.input_product(d.both_biases(), groups_)) {
    if (!peepholes_) return;
    for (const std::int64_t gate : {0, 1, 2}) p_.push_back(d.weights(kPeepholes, gate, 1, "P" + std::to_string(gate)));
  }

  RecurrentStates step(std::int64_t t, RecurrentStates before) override {
    const ValueId product = d_.state_product(t, "gates", before.hidden, r_);
    if (peepholes_) return step_with_peepholes(t, product, before);
    const auto products = d_.gates_of(t, product, groups_, {"iof_product", "c_product"});
    const ValueId iof = d_.activate(t, "iof", kGate, sum(t, "iof", products, 0));
    const ValueId candidate = d_.activate(t, "candidate", kCandidate, sum(t, "c", products, 1));
    const auto gates = d_.gates_of(t, iof, {kOne, kOne, kOne}, {"i", "o", "f"});
    const ValueId cell = next_cell(t, gates[kI], gates[kF], candidate, before.cell);
    return {hidden(t, gates[kO], cell), cell};
  }

 private:
  // Of the products of the state and of the inputs.
  ValueId sum(std::int64_t t, const std::string& gate, const std::vector<ValueId>& products, std::size_t group) {
    return d_.make(t, gate + "_sum", "Add", {products[group], inputs_[group][static_cast<std::size_t>(t)]});
  }
  RecurrentStates step_with_peepholes(std::int64_t t, ValueId product, RecurrentStates before) {
    const auto products = d_.gates_of(t, product, groups_, {"i_product", "o_product", "f_product", "c_product"});
    const auto gate = [&](const std::string& name, std::size_t which, ValueId cell) {
      const ValueId peeped = d_.make(t, name + "_peephole", "Mul", {cell, p_[which]});
      const ValueId all = d_.make(t, name + "_all", "Add", {sum(t, name, products, which), peeped});
      return d_.activate(t, name, kGate, all);
    };
    const ValueId i = gate("i", kI, before.cell);
    const ValueId f = coupled_ ? kNone : gate("f", kF, before.cell);
    const ValueId candidate = d_.activate(t, "candidate", kCandidate, sum(t, "c", products, kC));
    const ValueId cell = next_cell(t, i, f, candidate, before.cell);
    return {hidden(t, gate("o", kO, cell), cell), cell};
  }
  // With `input_forget` the forget gate is what the input gate leaves.
  ValueId next_cell(std::int64_t t, ValueId i, ValueId f, ValueId candidate, ValueId cell) {
    if (coupled_) f = d_.make(t, "coupled", "Sub", {d_.expansion().number(d_.name(t, "one"), i), i});
    const ValueId kept = d_.make(t, "kept", "Mul", {f, cell});
    return d_.make(t, "cell", "Add", {kept, d_.make(t, "written", "Mul", {i, candidate})});
  }
  ValueId hidden(std::int64_t t, ValueId o, ValueId cell) {
    return d_.make(t, "hidden", "Mul", {o, d_.activate(t, "cell_out", kOutput, cell)});
  }

  Direction& d_;
  bool coupled_, peepholes_;
  std::vector<std::int64_t> groups_;  // of gates that the vector unit takes in one operator
  ValueId r_;
  std::vector<std::vector<ValueId>> inputs_;
  std::vector<ValueId> p_;  // by gate
};

void infer(Inference& node) { infer_recurrent(node, kind()); }
void expand(Expansion& e) {
  expand_recurrent(e, kind(), [](Direction& d) -> std::unique_ptr<Cell> { return std::make_unique<Lstm>(d); });
}

}  // namespace

extern const OperatorRule kLstm{.infer = infer, .expand = expand};

}  // namespace tessera::models
