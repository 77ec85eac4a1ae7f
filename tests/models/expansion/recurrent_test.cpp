// LSTM, GRU and RNN as the operators that they become.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Ints = OnnxBuilder::Ints;
using Attributes = std::map<std::string, Ints>;

// 3 steps, a batch of 2, 5 inputs, 4 hidden units.
struct Layer {
  std::string type = "LSTM";
  std::int64_t steps = 3, directions = 1, gates = 4;
  Attributes attributes = {};
  std::vector<std::string> outputs{"Y"};
  bool bias = true, initial = false, peepholes = false, batch_first = false;
  std::vector<std::int64_t> lengths = {};
};

constexpr std::int64_t kBatch = 2, kInputs = 5, kHidden = 4;

OnnxBuilder build(const Layer& l) {
  const std::int64_t d = l.directions;
  OnnxBuilder b;
  b.input("X", l.batch_first ? Ints{kBatch, l.steps, kInputs} : Ints{l.steps, kBatch, kInputs});
  b.weight("W", {d, l.gates * kHidden, kInputs}).weight("R", {d, l.gates * kHidden, kHidden});
  std::vector<std::string> inputs{"X", "W", "R", "", "", "", "", ""};
  if (l.bias) b.weight("B", {d, 2 * l.gates * kHidden}), inputs[3] = "B";
  if (!l.lengths.empty()) b.shape("lengths", l.lengths), inputs[4] = "lengths";
  const Ints state = l.batch_first ? Ints{kBatch, d, kHidden} : Ints{d, kBatch, kHidden};
  if (l.initial) b.input("H0", state), inputs[5] = "H0";
  if (l.initial && l.type == "LSTM") b.input("C0", state), inputs[6] = "C0";
  if (l.peepholes) b.weight("P", {d, 3 * kHidden}), inputs[7] = "P";
  if (l.type != "LSTM") inputs.resize(6);
  Attributes attributes = l.attributes;
  if (d == 2) attributes["@direction=bidirectional"] = {};
  if (l.batch_first) attributes["=layout"] = {1};
  b.node(l.type, inputs, l.outputs, attributes);
  for (const auto& o : l.outputs)
    if (!o.empty()) b.output(o);
  return b;
}

Network read(const Layer& l) {
  auto n = build(l).read(17);
  EXPECT_TRUE(n.ok()) << n.problems().to_string();
  return n.ok() ? std::move(n).value() : Network{};
}

std::string refusal(const Layer& l) {
  const auto n = build(l).read(17);
  return n.ok() ? "" : n.problems().to_string();
}

std::int64_t count(const Network& n, Unit unit) {
  return std::count_if(n.operators.begin(), n.operators.end(), [&](const Operator& op) { return op.unit == unit; });
}

TensorId root_of(const Network& n, TensorId t) { return n.tensors[t].root; }

// steps x batch x (inputs + hidden) x gates x hidden: 3 x 2 x 9 x 4 x 4 = 864 for each direction of an LSTM.
TEST(Recurrent, MacsAreThoseOfBothProductsOfEveryStep) {
  EXPECT_EQ(read({}).macs(), 864);
  EXPECT_EQ(read({.directions = 2}).macs(), 1728);
  EXPECT_EQ(read({.type = "GRU", .gates = 3}).macs(), 648);
  EXPECT_EQ(read({.type = "GRU", .gates = 3, .attributes = {{"=linear_before_reset", {1}}}}).macs(), 648);
  EXPECT_EQ(read({.type = "RNN", .gates = 1}).macs(), 216);
  EXPECT_EQ(read({.initial = true}).macs(), 864);
  EXPECT_EQ(read({.peepholes = true}).macs(), 864);
}

// W 4 x 4 x 5 = 80, R 4 x 4 x 4 = 64, B 2 x 16 = 32.
TEST(Recurrent, ParametersAreThoseOfTheFile) { EXPECT_EQ(read({}).parameters, 176); }

TEST(Recurrent, TheProductOfAllInputsWaitsForNoStep) {
  const Network n = read({});
  const Operator& all = operator_of(n, "Y/inputs");
  EXPECT_EQ(all.pe.macs(), 480);  // 3 x 2 rows of 5 inputs, 16 columns
  EXPECT_EQ(all.pe.out_h, 6);
  EXPECT_EQ(root_of(n, all.inputs[0]), root_of(n, tensor_of(n, "X").root));
  EXPECT_THAT(posts_of(all), ElementsAre("identity"));  // both biases in the accumulators
  // A step takes its rows as they lie.
  EXPECT_EQ(root_of(n, operator_of(n, "Y/step2/iof_sum").inputs[1]), all.output);
  EXPECT_EQ(tensor_of(n, "Y/step2/input.0").offset[kH], 4);
  EXPECT_EQ(tensor_of(n, "Y/step2/input.1").offset[kC], 12);
}

TEST(Recurrent, EveryStepReadsTheStateBeforeAndTheSameWeights) {
  const Network n = read({});
  const Operator &first = operator_of(n, "Y/step0/gates"), &last = operator_of(n, "Y/step2/gates");
  EXPECT_EQ(last.pe.macs(), 128);
  EXPECT_EQ(first.inputs[1], last.inputs[1]);
  EXPECT_EQ(n.tensors[first.inputs[0]].role, TensorRole::constant);  // zeros
  EXPECT_EQ(last.inputs[0], operator_of(n, "Y/step1/hidden").output);
  EXPECT_EQ(operator_of(n, "Y/step2/kept").inputs[1], operator_of(n, "Y/step1/cell").output);
}

// 1 product of all inputs, then 1 product and 7 vector operators a step; sigmoid and tanh run behind their sums.
TEST(Recurrent, AnLstmStepIsOneProductAndSevenVectorOperators) {
  const Network n = read({});
  EXPECT_EQ(count(n, Unit::pe), 4);
  EXPECT_EQ(count(n, Unit::vector), 21 - 1);  // the tanh of the last cell state, which nobody else reads, is fused
  EXPECT_EQ(count(n, Unit::movement), 0);
  EXPECT_THAT(posts_of(operator_of(n, "Y/step1/iof_sum")), ElementsAre("sigmoid"));
  EXPECT_THAT(posts_of(operator_of(n, "Y/step1/c_sum")), ElementsAre("tanh"));
}

TEST(Recurrent, StepsWriteTheirStateIntoTheSequence) {
  const Network n = read({.directions = 2, .outputs = {"Y", "Y_h"}});
  EXPECT_EQ(tensor_of(n, "Y").dims, (Ints{3, 2, 2, 4}));
  EXPECT_EQ(tensor_of(n, "Y_h").dims, (Ints{2, 2, 4}));
  const Tensor& forward = n.tensors[operator_of(n, "Y/forward/step1/hidden").output];
  const Tensor& reverse = n.tensors[operator_of(n, "Y/reverse/step1/hidden").output];
  EXPECT_EQ(forward.root, tensor_of(n, "Y").root);
  EXPECT_EQ(forward.offset, (Shape{2, 0, 0, 0}));
  EXPECT_EQ(reverse.offset, (Shape{3, 0, 0, 0}));
  EXPECT_EQ(count(n, Unit::movement), 2);  // the last states lie in the sequence, and are copied together
}

TEST(Recurrent, AReverseLayerBeginsWithTheLastStep) {
  const Network n = read({.attributes = {{"@direction=reverse", {}}}});
  EXPECT_EQ(n.tensors[operator_of(n, "Y/step2/gates").inputs[0]].role, TensorRole::constant);
  EXPECT_EQ(operator_of(n, "Y/step0/gates").inputs[0], operator_of(n, "Y/step1/hidden").output);
}

TEST(Recurrent, OnlyWantedOutputsAreMade) {
  const Network last = read({.outputs = {"", "Y_h"}});
  EXPECT_EQ(tensor_of(last, "Y_h").dims, (Ints{1, 2, 4}));
  EXPECT_EQ(tensor_of(last, "Y_h").root, operator_of(last, "LSTM/step2/hidden").output);
  const Network cell = read({.outputs = {"", "", "Y_c"}});
  EXPECT_EQ(tensor_of(cell, "Y_c").root, operator_of(cell, "LSTM/step2/cell").output);
  const Network all = read({.outputs = {"Y", "Y_h", "Y_c"}});
  EXPECT_EQ(count(all, Unit::movement), 0);
}

// The sequence is put in the order of the steps, and back.
TEST(Recurrent, ABatchFirstLayerCopiesItsSequences) {
  const Network n = read({.type = "GRU", .gates = 3, .outputs = {"Y", "Y_h"}, .initial = true, .batch_first = true});
  EXPECT_EQ(tensor_of(n, "Y").dims, (Ints{2, 3, 1, 4}));
  EXPECT_EQ(tensor_of(n, "Y_h").dims, (Ints{2, 1, 4}));
  EXPECT_EQ(n.macs(), 648);
  EXPECT_EQ(operator_of(n, "Y/sequence/by_step").unit, Unit::movement);
  EXPECT_EQ(operator_of(n, "Y/sequence_out/batch_first").unit, Unit::movement);
}

TEST(Recurrent, AGruResetsItsStateBeforeTheProductOrBehindIt) {
  const Network before = read({.type = "GRU", .gates = 3});
  EXPECT_EQ(operator_of(before, "Y/step1/gates").pe.macs(), 64);  // z and r: 2 x 4 units x 4, for a batch of 2
  const Operator& candidate = operator_of(before, "Y/step1/candidate_product");
  EXPECT_EQ(candidate.pe.macs(), 32);
  EXPECT_EQ(candidate.inputs[0], operator_of(before, "Y/step1/reset").output);
  const Network behind = read({.type = "GRU", .gates = 3, .attributes = {{"=linear_before_reset", {1}}}});
  EXPECT_EQ(operator_of(behind, "Y/step1/gates").pe.macs(), 96);
  EXPECT_THAT(posts_of(operator_of(behind, "Y/step1/gates")), ElementsAre("identity"));  // has a bias of its own
  EXPECT_EQ(count(before, Unit::pe), 7);
  EXPECT_EQ(count(behind, Unit::pe), 4);
  EXPECT_EQ(count(behind, Unit::vector), 18);
}

TEST(Recurrent, AnRnnStepIsOneProductAndOneSum) {
  const Network n = read({.type = "RNN", .gates = 1, .attributes = {{"*activations=Relu", {}}}});
  EXPECT_EQ(count(n, Unit::vector), 3);
  EXPECT_THAT(posts_of(operator_of(n, "Y/step0/sum")), ElementsAre("relu"));
}

TEST(Recurrent, ActivationsAreThoseThatTheNodeNamesForEachDirection) {
  const Network n =
      read({.directions = 2, .attributes = {{"*activations=HardSigmoid,Relu,Tanh,Sigmoid,affine,ScaledTanh", {}}}});
  EXPECT_THAT(posts_of(operator_of(n, "Y/forward/step1/iof_sum")), ElementsAre("hard_sigmoid"));
  EXPECT_THAT(posts_of(operator_of(n, "Y/forward/step1/c_sum")), ElementsAre("relu"));
  EXPECT_THAT(posts_of(operator_of(n, "Y/reverse/step1/c_sum")), ElementsAre("mul", "add"));
  EXPECT_THAT(posts_of(operator_of(n, "Y/reverse/step1/cell_out")), ElementsAre("tanh", "mul"));
}

TEST(Recurrent, ClipComesBeforeEveryActivation) {
  const Network n = read({.attributes = {{"~clip=3", {}}}});
  EXPECT_THAT(posts_of(operator_of(n, "Y/step1/iof_sum")), ElementsAre("clip", "sigmoid"));
  EXPECT_EQ(operator_of(n, "Y/step1/cell_out/clip").function, base::Function::clip);
}

TEST(Recurrent, PeepholesReadTheCellState) {
  const Network n = read({.peepholes = true});
  EXPECT_EQ(operator_of(n, "Y/step1/f_peephole").inputs[0], operator_of(n, "Y/step0/cell").output);
  EXPECT_EQ(operator_of(n, "Y/step1/o_peephole").inputs[0], operator_of(n, "Y/step1/cell").output);
  EXPECT_EQ(operator_of(n, "Y/step1/o_peephole").parameter_elements, 4);
}

TEST(Recurrent, ACoupledForgetGateIsWhatTheInputGateLeaves) {
  const Network n = read({.attributes = {{"=input_forget", {1}}}});
  EXPECT_EQ(operator_of(n, "Y/step1/kept").inputs[0], operator_of(n, "Y/step1/coupled").output);
}

TEST(Recurrent, InitialStatesAreReadByTheFirstStep) {
  const Network n = read({.directions = 2, .initial = true});
  const Operator& first = operator_of(n, "Y/reverse/step2/gates");
  EXPECT_EQ(root_of(n, first.inputs[0]), root_of(n, tensor_of(n, "H0").root));
  EXPECT_EQ(n.tensors[first.inputs[0]].offset, (Shape{1, 0, 0, 0}));
  EXPECT_EQ(root_of(n, operator_of(n, "Y/forward/step0/kept").inputs[1]), root_of(n, tensor_of(n, "C0").root));
}

TEST(Recurrent, WeightsMayBeComputed) {
  auto n = OnnxBuilder()
               .input("X", {3, 2, 5})
               .input("W", {1, 16, 5})
               .input("R", {1, 16, 4})
               .input("B", {1, 32})
               .node("LSTM", {"X", "W", "R", "B"}, {"Y"})
               .output("Y")
               .read(17);
  ASSERT_TRUE(n.ok()) << n.problems().to_string();
  EXPECT_EQ(n->macs(), 864);
  EXPECT_TRUE(operator_of(*n, "Y/step1/gates").pe.weight_is_activation);
  EXPECT_EQ(operator_of(*n, "Y/bias").unit, Unit::vector);
}

TEST(Recurrent, OnlyWholeSequencesCanBe) {
  EXPECT_EQ(read({.lengths = {3, 3}}).macs(), 864);
  EXPECT_THAT(refusal({.lengths = {3, 2}}),
              HasSubstr("node 'Y' (LSTM): a sequence of 2 of 3 steps (input 'lengths'); only whole sequences can be "
                        "simulated: make them a constant of 3 or leave input 4 out"));
  EXPECT_THAT(refusal({.lengths = {3}}), HasSubstr("the lengths of the sequences (input 4) has the shape [1]"));
  const auto n = OnnxBuilder()
                     .input("X", {3, 2, 5})
                     .input("L", {2})
                     .weight("W", {1, 16, 5})
                     .weight("R", {1, 16, 4})
                     .node("LSTM", {"X", "W", "R", "", "L"}, {"Y"})
                     .output("Y")
                     .read(17);
  ASSERT_FALSE(n.ok());
  EXPECT_THAT(n.problems().to_string(), HasSubstr("the lengths of its sequences ('L') are known in a run only"));
}

TEST(Recurrent, SaysWhatDoesNotFit) {
  EXPECT_THAT(refusal({.gates = 3}), HasSubstr("W [1, 12, 5] does not multiply the sequences [3, 2, 5]: it must be "
                                               "[1, 16, 5]"));
  EXPECT_THAT(refusal({.attributes = {{"=hidden_size", {5}}}}),
              HasSubstr("attribute 'hidden_size' is 5, but R [1, 16, 4] is for 4"));
  EXPECT_THAT(refusal({.attributes = {{"*activations=Tanh", {}}}}),
              HasSubstr("attribute 'activations' names 1 functions, but 3 are needed"));
  EXPECT_THAT(refusal({.attributes = {{"*activations=Sine,Tanh,Tanh", {}}}}),
              HasSubstr("attribute 'activations' names 'Sine', which is none"));
}

// 8 operators a step: 8191 steps are 65,528.
TEST(Recurrent, TooManyStepsAreRefusedWithTheNumberThatFits) {
  EXPECT_THAT(refusal({.steps = 9000}),
              HasSubstr("its 9000 steps become at least 72000 operators, of which a network has at most 65535: cut the "
                        "sequence into parts of at most 8191 steps"));
}

TEST(Recurrent, OperatorsGrowWithTheSteps) {
  const Network n = read({.steps = 1000, .outputs = {"Y", "Y_h"}});
  EXPECT_EQ(std::ssize(n.operators), 8 * 1000);  // and the product of all inputs, less the last tanh
  EXPECT_EQ(n.macs(), 288'000);
}

}  // namespace
}  // namespace tessera::models::tests
