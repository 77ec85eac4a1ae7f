// What exports put around operators: quantised islands, branches and loops that are known from the file.
#include <algorithm>
#include <array>

#include "tests/fuzz/network_draw.h"

namespace tessera::tests {

namespace {

constexpr std::int64_t kInt8 = 3, kInt64 = 7, kBool = 9;

// x in 8 bits and back.
std::string through_int8(NetworkDraw& d, const std::string& x) {
  const std::string scale = d.constant({}, 1, {1}), zero = d.constant({}, kInt8, {0});
  const std::string q = d.node("QuantizeLinear", d.shape(x), {{x, scale, zero}});
  return d.node("DequantizeLinear", d.shape(x), {{q, scale, zero}});
}

// Weights of 8 bits, with a scale for all or for each index of `axis`.
std::string weights_of_int8(NetworkDraw& d, const Ints& dims, std::int64_t axis) {
  const std::string q = d.constant(dims, kInt8);
  if (d.chance(50) || d.opset() < 13) return d.node("DequantizeLinear", dims, {{q, d.constant({}, 1, {1})}});
  const std::int64_t channels = dims[static_cast<std::size_t>(axis)];
  return d.node("DequantizeLinear", dims, {{q, d.constant({channels}, 1)}, {number("axis", axis)}});
}

bool quantized_product(NetworkDraw& d) {
  const std::string x = d.pick(2, 4);
  if (x.empty() || elements_of(d.shape(x)) > 1200) return false;
  const Ints in = d.shape(x);
  const std::int64_t columns = d.between(1, 8);
  std::string y;
  if (in.size() == 4) {
    const Ints out{in[0], columns, in[2], in[3]};
    std::vector<std::string> inputs{through_int8(d, x), weights_of_int8(d, {columns, in[1], 3, 3}, 0)};
    if (d.chance(50)) inputs.push_back(d.weight({columns}));
    y = d.node("Conv", out, {inputs, {list("pads", {1, 1, 1, 1}), list("kernel_shape", {3, 3})}});
    d.macs(elements_of(out) * in[1] * 9);
  } else {
    Ints out = in;
    out.back() = columns;
    y = d.node("MatMul", out, {{through_int8(d, x), weights_of_int8(d, {in.back(), columns}, 1)}});
    d.macs(elements_of(in) * columns);
  }
  if (d.chance(40)) y = d.node("Relu", d.shape(y), {{y}});
  d.give(d.chance(80) ? through_int8(d, y) : y);
  return true;
}

bool quantized_sum(NetworkDraw& d) {
  const std::string x = d.pick();
  if (x.empty()) return false;
  const std::string y = d.pick_like(d.shape(x), x);
  const std::string a = through_int8(d, x), b = y.empty() ? d.weight(d.shape(x)) : through_int8(d, y);
  const std::string sum = d.node("Add", d.shape(x), {{a, b}});
  d.give(d.chance(80) ? through_int8(d, sum) : sum);
  return true;
}

bool integer_product(NetworkDraw& d) {
  const std::string x = d.pick(2, 3);
  if (x.empty() || elements_of(d.shape(x)) > 1200) return false;
  const Ints in = d.shape(x);
  const std::int64_t columns = d.between(1, 8);
  Ints out = in;
  out.back() = columns;
  const auto q = d.nodes("DynamicQuantizeLinear", {in, {}, {}}, {{x}});
  const std::string product =
      d.node("MatMulInteger", out, {{q[0], d.constant({in.back(), columns}, kInt8), q[2], d.constant({}, kInt8, {0})}});
  const std::string cast = d.node("Cast", out, {{product}, {number("to", 1)}});
  const std::string scale = d.node("Mul", {}, {{q[1], d.constant({}, 1, {2})}});
  d.give(d.node("Mul", out, {{cast, scale}}));
  d.macs(elements_of(in) * columns);
  return true;
}

// A condition that the file knows: written out, or compared.
std::string condition(NetworkDraw& d, bool holds) {
  if (d.chance(50)) return d.constant({}, kBool, {holds});
  return d.node("Less", {}, {{d.integer(holds ? 1 : 4), d.integer(3)}});
}

bool branch(NetworkDraw& d) {
  const std::string x = d.pick(2, 3);
  if (x.empty() || elements_of(d.shape(x)) > 1200) return false;
  const Ints in = d.shape(x);
  const bool multiplies = d.chance(50);
  const std::string w = d.weight({in.back(), 3}), test = condition(d, multiplies);
  Ints product = in;
  product.back() = 3;
  const auto graph = [](const char* type, std::vector<std::string> inputs, const std::string& out) {
    Draft g;
    g.nodes = {{"body_of_" + out, type, "", std::move(inputs), {out}, {}}};
    g.outputs = {out};
    return g;
  };
  const std::string y = d.node("If", multiplies ? product : in,
                               {{test},
                                {body("then_branch", graph("MatMul", {x, w}, test + "_then")),
                                 body("else_branch", graph("Relu", {x}, test + "_else"))}});
  d.give(y);
  if (multiplies) d.macs(elements_of(in) * 3);
  return true;
}

// A state that is multiplied by square weights, a few times; each state leaves it, too.
bool loop(NetworkDraw& d) {
  const std::string x = d.pick(2, 2);
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  if (in[1] > 16 || elements_of(in) > 300) return false;
  const std::int64_t trips = d.between(1, 4);
  const std::string w = d.weight({in[1], in[1]}), count = d.integer(trips), go = d.constant({}, kBool, {1});
  const std::string id = count;
  Draft g;
  g.inputs = {{id + "_i", {}, kInt64, {}}, {id + "_c", {}, kBool, {}}, {id + "_s", in, 1, {}}};
  g.nodes = {{id + "_n1", "MatMul", "", {id + "_s", w}, {id + "_p"}, {}},
             {id + "_n2", "Tanh", "", {id + "_p"}, {id + "_t"}, {}},
             {id + "_n3", "Identity", "", {id + "_c"}, {id + "_go"}, {}}};
  g.outputs = {id + "_go", id + "_t", id + "_t"};
  const auto made = d.nodes("Loop", {in, {trips, in[0], in[1]}}, {{count, go, x}, {body("body", g)}});
  d.give(made[0]);
  if (d.chance(60)) d.give(made[1]);
  d.macs(trips * elements_of(in) * in[1]);
  return true;
}

// The rows of x one after the other.
bool scan(NetworkDraw& d) {
  const std::string x = d.pick(2, 2);
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  if (in[0] > 6 || in[1] > 24) return false;
  const std::string start = d.constant({in[1]}, 1), id = start;
  Draft g;
  g.inputs = {{id + "_s", {in[1]}, 1, {}}, {id + "_x", {in[1]}, 1, {}}};
  g.nodes = {{id + "_n1", "Add", "", {id + "_s", id + "_x"}, {id + "_a"}, {}},
             {id + "_n2", "Sigmoid", "", {id + "_a"}, {id + "_y"}, {}}};
  g.outputs = {id + "_a", id + "_y"};
  const auto made = d.nodes("Scan", {{in[1]}, in}, {{start, x}, {number("num_scan_inputs", 1), body("body", g)}});
  d.give(made[1]);
  if (d.chance(50)) d.give(made[0]);
  return true;
}

// A mask that is made from a grid of numbers, as causal attention has it.
bool mask(NetworkDraw& d) {
  const std::string x = d.pick(2, 4);
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  const std::int64_t rows = in[in.size() - 2], columns = in.back();
  const std::string across = d.node("Range", {columns}, {{d.integer(0), d.integer(columns), d.integer(1)}});
  const std::string down = d.node("Range", {rows}, {{d.integer(0), d.integer(rows), d.integer(1)}});
  const std::string column = d.node("Reshape", {rows, 1}, {{down, d.integers({rows, 1})}});
  const std::string seen = d.node("Less", {rows, columns}, {{across, column}});
  const std::string bias =
      d.node("Where", {rows, columns}, {{seen, d.constant({}, 1, {0}), d.constant({}, 1, {-1000})}});
  d.give(d.node("Add", in, {{x, bias}}));
  return true;
}

// A cache that enters the network, and the same with new rows behind it, which leaves it and may be multiplied.
bool cache(NetworkDraw& d) {
  const std::string x = d.pick(3, 4);
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  const std::size_t rows = in.size() - 2;
  Ints past = in, all = in;
  past[rows] = d.between(1, 12);
  all[rows] += past[rows];
  if (!moderate(all)) return false;
  const std::string joined = d.node(
      "Concat", all,
      {{d.input(past), x}, {number("axis", static_cast<std::int64_t>(rows) - (d.chance(50) ? std::ssize(in) : 0))}});
  d.give(joined);
  Ints scores = in, turned = all;
  scores.back() = all[rows];
  std::swap(turned.back(), turned[rows]);
  const std::int64_t macs = elements_of(in) * all[rows];
  if (d.chance(40) || !moderate(scores) || macs > 60'000) return true;
  Ints order(in.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  std::swap(order[rows], order.back());
  const std::string keys = d.node("Transpose", turned, {{joined}, {list("perm", order)}});
  d.give(d.node("MatMul", scores, {{x, keys}}));
  d.macs(macs);
  return true;
}

// A list of the parts of x; one of them, or all joined again.
bool sequence(NetworkDraw& d) {
  const std::string x = d.pick(2, 4);
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  const std::int64_t axis = d.between(0, std::ssize(in) - 1);
  const auto a = static_cast<std::size_t>(axis);
  if (in[a] > 8) return false;
  Ints part = in;
  part[a] = 1;
  const std::string parts = d.node("SplitToSequence", {}, {{x}, {number("axis", axis)}});
  if (d.chance(50)) d.give(d.node("SequenceAt", part, {{parts, d.integer(d.between(-in[a], in[a] - 1))}}));
  else d.give(d.node("ConcatFromSequence", in, {{parts}, {number("axis", axis)}}));
  return true;
}

// A convolution as exports from channels-last frameworks write it.
bool channels_last(NetworkDraw& d) {
  const std::string x = d.pick(4, 4);
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  const std::int64_t channels = d.between(1, 6);
  const Ints image{in[0], in[3], in[1], in[2]}, made{in[0], channels, in[1], in[2]}, out{in[0], in[1], in[2], channels};
  const std::int64_t macs = elements_of(made) * in[3] * 9;
  if (!moderate(out) || macs > 60'000) return false;
  const std::string first = d.node("Transpose", image, {{x}, {list("perm", {0, 3, 1, 2})}});
  std::string y = d.node("Conv", made, {{first, d.weight({channels, in[3], 3, 3})}, {word("auto_pad", "SAME_UPPER")}});
  if (d.chance(50)) y = d.node("Relu", made, {{y}});
  d.give(d.node("Transpose", out, {{y}, {list("perm", {0, 2, 3, 1})}}));
  d.macs(macs);
  return true;
}

constexpr std::array kOperators{
    DrawnOperator{"quantised product", quantized_product},
    DrawnOperator{"quantised product", quantized_product},
    DrawnOperator{"quantised sum", quantized_sum},
    DrawnOperator{"MatMulInteger", integer_product},
    DrawnOperator{"If", branch},
    DrawnOperator{"Loop", loop},
    DrawnOperator{"Scan", scan},
    DrawnOperator{"mask", mask},
    DrawnOperator{"cache", cache},
    DrawnOperator{"sequence", sequence},
    DrawnOperator{"channels last", channels_last},
};

}  // namespace

std::span<const DrawnOperator> drawn_constructs() { return kOperators; }

}  // namespace tessera::tests
