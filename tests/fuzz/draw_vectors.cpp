// Operators of the vector unit. None of them multiplies and accumulates.
#include <algorithm>
#include <array>

#include "tests/fuzz/network_draw.h"

namespace tessera::tests {

namespace {

bool unary(NetworkDraw& d) {
  const std::string x = d.pick();
  if (x.empty()) return false;
  std::vector<const char*> types{"Abs",         "Neg",
                                 "Relu",        "Sigmoid",
                                 "Tanh",        "Exp",
                                 "Sqrt",        "Erf",
                                 "Elu",         "Selu",
                                 "Celu",        "Floor",
                                 "Softplus",    "Softsign",
                                 "HardSigmoid", "LeakyRelu",
                                 "Sign",        "Identity",
                                 "Round",       "Ceil",
                                 "Sin",         "Cos",
                                 "Log",         "Reciprocal",
                                 "Atan",        "ThresholdedRelu",
                                 "Dropout"};
  if (d.opset() >= 14) types.push_back("HardSwish");
  if (d.opset() >= 18) types.push_back("Mish");
  if (d.opset() >= 20) types.push_back("Gelu");
  d.give(d.node(d.word_of(types), d.shape(x), {{x}}));
  return true;
}

bool clip(NetworkDraw& d) {
  const std::string x = d.pick();
  if (x.empty()) return false;
  std::vector<std::string> inputs{x, d.constant({}, 1, {0})};
  if (d.chance(70)) inputs.push_back(d.constant({}, 1, {6}));
  d.give(d.node("Clip", d.shape(x), {inputs}));
  return true;
}

// x and its sigmoid, as exports write it.
bool silu(NetworkDraw& d) {
  const std::string x = d.pick();
  if (x.empty()) return false;
  const std::string s = d.node("Sigmoid", d.shape(x), {{x}});
  d.give(d.node("Mul", d.shape(x), {{x, s}}));
  return true;
}

// A constant that broadcasts to `dims`, or beyond it.
std::string partner(NetworkDraw& d, const Ints& dims) {
  Ints c = dims;
  switch (d.between(0, 6)) {
    case 0: c = {}; break;
    case 1: c = {dims.back()}; break;
    case 2:
      for (std::size_t i = 0; i < c.size(); ++i) c[i] = i == 1 ? dims[i] : 1;
      break;
    case 3:
      for (auto& e : c) e = d.chance(50) ? e : 1;
      break;
    case 4: c.insert(c.begin(), d.between(1, 2)); break;
    case 5:
      while (c.size() > 1 && d.chance(50)) c.erase(c.begin());
      for (auto& e : c) e = d.chance(70) ? e : 1;
      break;
    default: break;
  }
  if (!moderate(broadcast_of(dims, c))) c = {};
  return c.empty() ? d.constant({}, 1, {2}) : d.weight(c);
}

bool binary_with_constant(NetworkDraw& d) {
  const std::string x = d.pick();
  if (x.empty()) return false;
  const std::string c = partner(d, d.shape(x));
  const char* type = d.word_of({"Add", "Add", "Mul", "Mul", "Sub", "Div", "Max", "Min", "Pow"});
  const Ints out = broadcast_of(d.shape(x), d.shape(c));
  d.give(d.node(type, out, {d.chance(80) ? std::vector<std::string>{x, c} : std::vector<std::string>{c, x}}));
  return true;
}

bool binary(NetworkDraw& d) {
  const std::string x = d.pick();
  if (x.empty()) return false;
  std::string y = d.pick_like(d.shape(x), x);
  if (y.empty()) {
    // Gating by something smaller: its own sums along some axes.
    const Ints in = d.shape(x);
    Ints axes, small = in;
    for (std::size_t i = 0; i < in.size(); ++i)
      if (d.chance(50)) axes.push_back(static_cast<std::int64_t>(i)), small[i] = 1;
    if (axes.empty()) return false;
    if (d.opset() >= 18) y = d.node("ReduceMean", small, {{x, d.integers(axes)}});
    else y = d.node("ReduceMean", small, {{x}, {list("axes", axes)}});
  }
  const char* type = d.word_of({"Add", "Add", "Add", "Mul", "Sub", "Max", "Div"});
  d.give(d.node(type, d.shape(x), {d.chance(70) ? std::vector<std::string>{x, y} : std::vector<std::string>{y, x}}));
  return true;
}

// Any two tensors that broadcast.
bool broadcast(NetworkDraw& d) {
  const std::string x = d.pick(), y = d.pick();
  if (x.empty() || x == y) return false;
  const Ints &a = d.shape(x), &b = d.shape(y);
  for (std::size_t i = 1; i <= std::min(a.size(), b.size()); ++i)
    if (a[a.size() - i] != b[b.size() - i] && a[a.size() - i] != 1 && b[b.size() - i] != 1) return false;
  const Ints out = broadcast_of(a, b);
  if (!moderate(out)) return false;
  d.give(d.node(d.word_of({"Add", "Mul", "Sub"}), out, {{x, y}}));
  return true;
}

bool several(NetworkDraw& d) {
  const std::string x = d.pick();
  if (x.empty()) return false;
  std::vector<std::string> inputs{x};
  const std::string y = d.pick_like(d.shape(x), x);
  if (!y.empty()) inputs.push_back(y);
  if (d.chance(50)) inputs.push_back(d.weight(d.shape(x)));
  d.give(d.node(d.word_of({"Sum", "Mean", "Max", "Min"}), d.shape(x), {inputs}));
  return true;
}

bool select(NetworkDraw& d) {
  const std::string x = d.pick();
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  const std::string test = d.node(d.word_of({"Greater", "Less", "Equal"}), in, {{x, d.constant({}, 1, {1})}});
  std::string y = d.pick_like(in, x);
  if (y.empty()) y = partner(d, in);
  const Ints out = broadcast_of(in, d.shape(y));
  d.give(d.node("Where", out, {{test, x, y}}));
  if (d.chance(20)) d.give_other(test);
  return true;
}

bool pool(NetworkDraw& d) {
  const std::string x = d.pick(3, 5);
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  DrawnWindow w;
  if (!draw_window(d, {in.begin() + 2, in.end()}, true, w)) return false;
  const char* type = d.word_of({"MaxPool", "MaxPool", "AveragePool", "LpPool"});
  const bool dilated = std::any_of(w.dilation.begin(), w.dilation.end(), [](std::int64_t v) { return v > 1; });
  const bool given = std::any_of(w.attributes.begin(), w.attributes.end(), [](const DraftAttribute& a) {
    return a.name == "dilations" || a.name == "ceil_mode";
  });
  if (type[0] == 'A' && (dilated || given) && d.opset() < 19) type = "MaxPool";
  if (type[0] == 'L' && given && d.opset() < 18) type = "MaxPool";
  Ints out{in[0], in[1]};
  out.insert(out.end(), w.out.begin(), w.out.end());
  if (!moderate(out)) return false;
  w.attributes.push_back(list("kernel_shape", w.kernel));
  if (type[0] == 'A' && d.chance(30)) w.attributes.push_back(number("count_include_pad", 1));
  if (type[0] == 'M' && d.chance(15)) {
    const auto made = d.nodes(type, {out, out}, {{x}, w.attributes});
    d.give(made[0]);
    d.give_other(made[1]);
    return true;
  }
  d.give(d.node(type, out, {{x}, w.attributes}));
  return true;
}

bool global_pool(NetworkDraw& d) {
  const std::string x = d.pick(3, 5);
  if (x.empty()) return false;
  Ints out = d.shape(x);
  std::fill(out.begin() + 2, out.end(), 1);
  d.give(d.node(d.word_of({"GlobalAveragePool", "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"}), out, {{x}}));
  return true;
}

bool reduction(NetworkDraw& d) {
  const std::string x = d.pick();
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  const char* type = d.word_of({"ReduceMean", "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL1",
                                "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceProd", "ReduceSumSquare"});
  const bool keeps = d.chance(60), all = d.chance(10), nothing = all && d.opset() >= 18 && d.chance(50);
  Ints axes, out;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const bool reduced = !nothing && (all || d.chance(40));
    if (reduced && !all)
      axes.push_back(d.chance(50) ? static_cast<std::int64_t>(i) - std::ssize(in) : static_cast<std::int64_t>(i));
    if (!reduced || keeps) out.push_back(reduced ? 1 : in[i]);
  }
  if (!all && axes.empty()) return false;
  const bool as_input = d.opset() >= 18 || (d.opset() >= 13 && std::string(type) == "ReduceSum");
  std::vector<std::string> inputs{x};
  std::vector<DraftAttribute> attributes;
  if (!keeps || d.chance(50)) attributes.push_back(number("keepdims", keeps));
  if (nothing) attributes.push_back(number("noop_with_empty_axes", 1));
  if (!all && as_input) inputs.push_back(d.integers(axes));
  if (!all && !as_input) attributes.push_back(list("axes", axes));
  d.give(d.node(type, out, {inputs, attributes}));
  return true;
}

bool softmax(NetworkDraw& d) {
  const std::string x = d.pick();
  if (x.empty()) return false;
  const auto rank = std::ssize(d.shape(x));
  const std::int64_t axis = d.chance(60) ? -1 : d.between(-rank, rank - 1);
  d.give(d.node(d.word_of({"Softmax", "Softmax", "LogSoftmax", "Hardmax"}), d.shape(x), {{x}, {number("axis", axis)}}));
  return true;
}

bool layer_norm(NetworkDraw& d) {
  const std::string x = d.pick();
  if (x.empty() || d.opset() < 17) return false;
  const Ints in = d.shape(x);
  const std::int64_t axis = d.chance(70) ? std::ssize(in) - 1 : d.between(0, std::ssize(in) - 1);
  const Ints normalized(in.begin() + axis, in.end());
  const bool rms = d.opset() >= 23 && d.chance(40);
  std::vector<std::string> inputs{x, d.weight(normalized)};
  if (!rms && d.chance(60)) inputs.push_back(d.weight(normalized));
  const std::vector<DraftAttribute> attributes{number("axis", d.chance(50) ? axis : axis - std::ssize(in))};
  d.give(d.node(rms ? "RMSNormalization" : "LayerNormalization", in, {inputs, attributes}));
  return true;
}

// Layer normalization as exports before operator set 17 spell it.
bool layer_norm_in_parts(NetworkDraw& d) {
  const std::string x = d.pick(2, 4);
  if (x.empty() || d.opset() >= 18) return false;
  const Ints in = d.shape(x);
  Ints small = in;
  small.back() = 1;
  const auto mean = [&](const std::string& v) { return d.node("ReduceMean", small, {{v}, {list("axes", {-1})}}); };
  const std::string centred = d.node("Sub", in, {{x, mean(x)}});
  const std::string variance = mean(d.node("Pow", in, {{centred, d.constant({}, 1, {2})}}));
  const std::string root = d.node("Sqrt", small, {{d.node("Add", small, {{variance, d.constant({}, 1, {1})}})}});
  const std::string normal = d.node("Div", in, {{centred, root}});
  const std::string scaled = d.node("Mul", in, {{normal, d.weight({in.back()})}});
  d.give(d.node("Add", in, {{scaled, d.weight({in.back()})}}));
  return true;
}

bool skip_norm(NetworkDraw& d) {
  const std::string x = d.pick(3, 3);
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  std::string y = d.pick_like(in, x);
  if (y.empty()) y = x;
  const std::string scale = d.weight({in.back()});
  if (d.chance(50))
    d.give(d.node("SkipLayerNormalization", in, {{x, y, scale, d.weight({in.back()})}, {}, "com.microsoft"}));
  else d.give(d.node("SkipSimplifiedLayerNormalization", in, {{x, y, scale}, {}, "com.microsoft"}));
  return true;
}

bool norm_of_channels(NetworkDraw& d) {
  const std::string x = d.pick(3, 5);
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  const std::int64_t c = in[1];
  const auto each = [&](std::int64_t count) { return d.weight({count}); };
  switch (d.between(0, 5)) {
    case 0:
      if (d.opset() < 18) return false;
      {
        Ints groups;
        for (std::int64_t i = 1; i <= c; ++i)
          if (c % i == 0) groups.push_back(i);
        const std::int64_t g = d.one_of(groups), count = d.opset() >= 21 ? c : g;
        d.give(d.node("GroupNormalization", in, {{x, each(count), each(count)}, {number("num_groups", g)}}));
      }
      return true;
    case 1: d.give(d.node("InstanceNormalization", in, {{x, each(c), each(c)}})); return true;
    case 2:
      if (in.size() != 4) return false;
      d.give(d.node("LRN", in, {{x}, {number("size", d.between(0, 2) * 2 + 1)}}));
      return true;
    case 3:
      d.give(d.node("LpNormalization", in, {{x}, {number("axis", d.between(0, 2)), number("p", 2)}}));
      return true;
    case 4:
      if (in.size() != 4) return false;
      d.give(d.node("MeanVarianceNormalization", in, {{x}, {list("axes", {0, 2, 3})}}));
      return true;
    default: d.give(d.node("BatchNormalization", in, {{x, each(c), each(c), each(c), each(c)}})); return true;
  }
}

bool choice(NetworkDraw& d) {
  const std::string x = d.pick();
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  const std::int64_t axis = d.between(0, std::ssize(in) - 1);
  const auto a = static_cast<std::size_t>(axis);
  Ints out = in;
  if (d.chance(50)) {
    out[a] = d.between(1, in[a]);
    const auto made = d.nodes("TopK", {out, out}, {{x, d.integers({out[a]})}, {number("axis", axis - std::ssize(in))}});
    d.give(made[0]);
    if (d.chance(50)) d.give_other(made[1]);
    return true;
  }
  const bool keeps = d.chance(50);
  if (keeps) out[a] = 1;
  else out.erase(out.begin() + axis);
  const std::string best =
      d.node(d.word_of({"ArgMax", "ArgMin"}), out, {{x}, {number("axis", axis), number("keepdims", keeps)}});
  if (d.chance(50)) d.give(d.node("Cast", out, {{best}, {number("to", 1)}}));
  else d.give_other(best);
  return true;
}

bool sums(NetworkDraw& d) {
  const std::string x = d.pick();
  if (x.empty()) return false;
  const std::int64_t axis = d.between(0, std::ssize(d.shape(x)) - 1);
  d.give(d.node("CumSum", d.shape(x),
                {{x, d.integer(axis)}, {number("exclusive", d.chance(30)), number("reverse", d.chance(30))}}));
  return true;
}

bool resize(NetworkDraw& d) {
  const std::string x = d.pick(3, 5);
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  Ints out = in, scales(in.size(), 1), axes;
  const bool by_sizes = d.chance(40), some_axes = d.opset() >= 18 && d.chance(30);
  for (std::size_t i = 2; i < in.size(); ++i) {
    scales[i] = d.between(1, 2);
    out[i] = by_sizes ? d.between(1, 2 * in[i]) : in[i] * scales[i];
    axes.push_back(static_cast<std::int64_t>(i));
  }
  if (!moderate(out)) return false;
  std::vector<std::string> inputs{x, d.chance(50) ? "" : d.constant({0}, 1)};
  std::vector<DraftAttribute> attributes{word("mode", d.word_of({"nearest", "linear", "cubic"}))};
  if (in.size() == 5 && attributes[0].text == "cubic") attributes[0].text = "linear";
  const auto part = [&](const Ints& v) { return some_axes ? Ints(v.begin() + 2, v.end()) : v; };
  if (by_sizes) inputs.insert(inputs.end(), {"", d.integers(part(out))});
  else inputs.push_back(d.reals(part(scales)));
  if (some_axes) attributes.push_back(list("axes", axes));
  if (d.chance(50))
    attributes.push_back(word("coordinate_transformation_mode",
                              d.word_of({"half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel"})));
  d.give(d.node("Resize", out, {inputs, attributes}));
  return true;
}

constexpr std::array kOperators{
    DrawnOperator{"element-wise", unary},
    DrawnOperator{"element-wise", unary},
    DrawnOperator{"Clip", clip},
    DrawnOperator{"SiLU", silu},
    DrawnOperator{"with a constant", binary_with_constant},
    DrawnOperator{"with a constant", binary_with_constant},
    DrawnOperator{"of two", binary},
    DrawnOperator{"of two", binary},
    DrawnOperator{"broadcast", broadcast},
    DrawnOperator{"of several", several},
    DrawnOperator{"Where", select},
    DrawnOperator{"pool", pool},
    DrawnOperator{"pool", pool},
    DrawnOperator{"global pool", global_pool},
    DrawnOperator{"reduction", reduction},
    DrawnOperator{"reduction", reduction},
    DrawnOperator{"softmax", softmax},
    DrawnOperator{"layer norm", layer_norm},
    DrawnOperator{"layer norm in parts", layer_norm_in_parts},
    DrawnOperator{"skip norm", skip_norm},
    DrawnOperator{"norm of channels", norm_of_channels},
    DrawnOperator{"choice", choice},
    DrawnOperator{"CumSum", sums},
    DrawnOperator{"Resize", resize},
};

}  // namespace

std::span<const DrawnOperator> drawn_vectors() { return kOperators; }

}  // namespace tessera::tests
