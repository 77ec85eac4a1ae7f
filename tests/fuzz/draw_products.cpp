// Operators that multiply and accumulate, each with its count: one for each output and each of the products that it is
// the sum of; products with padding count, as they always have.
#include <algorithm>
#include <array>

#include "tests/fuzz/network_draw.h"

namespace tessera::tests {

namespace {

constexpr std::int64_t kMostMacs = 60'000;  // of one step

std::int64_t divisor(NetworkDraw& d, std::int64_t of) {
  Ints all;
  for (std::int64_t i = 1; i <= of; ++i)
    if (of % i == 0) all.push_back(i);
  return d.chance(40) ? 1 : d.one_of(all);
}

Ints spatial_of(const Ints& image) { return {image.begin() + 2, image.end()}; }

std::vector<std::string> with_bias(NetworkDraw& d, std::vector<std::string> inputs, std::int64_t channels) {
  if (d.chance(50)) inputs.push_back(d.weight({channels}));
  return inputs;
}

bool convolution(NetworkDraw& d) {
  const std::string x = d.pick(3, 5);
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  DrawnWindow w;
  if (!draw_window(d, spatial_of(in), false, w)) return false;
  const std::int64_t groups = divisor(d, in[1]), out_channels = groups * d.between(1, groups > 1 ? 2 : 10);
  Ints out{in[0], out_channels}, weight{out_channels, in[1] / groups};
  out.insert(out.end(), w.out.begin(), w.out.end());
  weight.insert(weight.end(), w.kernel.begin(), w.kernel.end());
  const std::int64_t macs = elements_of(out) * elements_of(weight) / out_channels;
  if (!moderate(out) || macs > kMostMacs) return false;
  if (groups > 1 || d.chance(30)) w.attributes.push_back(number("group", groups));
  if (d.chance(60)) w.attributes.push_back(list("kernel_shape", w.kernel));
  d.give(d.node("Conv", out, {with_bias(d, {x, d.weight(weight)}, out_channels), w.attributes}));
  d.macs(macs);
  return true;
}

// One axis of a transposed convolution.
struct Transposed {
  std::int64_t kernel, stride, dilation, extra, out, begin = 0, end = 0;
  std::int64_t macs(std::int64_t in) const {
    // Every input meets every tap, as in the convolution that this one transposes. Where the pads cut much off, fewer:
    // the taps that fall on each output's place in the strides, or one pass that writes zeros.
    std::int64_t meet = 0;
    for (std::int64_t o = 0; o < out; ++o) {
      std::int64_t taps = 0;
      for (std::int64_t k = 0; k < kernel; ++k) taps += (o + begin - k * dilation) % stride == 0;
      meet += std::max<std::int64_t>(taps, 1);
    }
    return std::min(meet, in * kernel);
  }
};

bool transposed_convolution(NetworkDraw& d) {
  const std::string x = d.pick(3, 4);
  if (x.empty()) return false;
  const Ints in = d.shape(x), spatial = spatial_of(in);
  const std::int64_t groups = divisor(d, in[1]), each = d.between(1, 5);
  const int form = static_cast<int>(d.between(0, 9));  // 0: output_shape; 1, 2: auto_pad; else pads
  std::vector<Transposed> axes;
  Ints out{in[0], groups * each}, weight{in[1], each}, strides, dilations, extras, pads, ends;
  std::int64_t macs = in[0] * in[1] * each;
  for (const std::int64_t extent : spatial) {
    Transposed a{d.between(1, 4), d.between(1, 3), d.chance(80) ? 1 : 2, 0, 0};
    if (form > 2 && a.stride > 1 && d.chance(30)) a.extra = d.between(0, a.stride - 1);
    const std::int64_t all = a.stride * (extent - 1) + a.extra + (a.kernel - 1) * a.dilation + 1;
    if (form == 0 || form == 1 || form == 2) {
      a.out = form == 0 ? std::max<std::int64_t>(1, all - d.between(0, a.kernel - 1)) : extent * a.stride;
      const std::int64_t cut = all - a.out;
      if (cut < 0) return false;
      a.begin = form == 1 ? cut / 2 : cut - cut / 2;
      a.end = cut - a.begin;
    } else {
      a.begin = d.between(0, a.kernel - 1), a.end = d.between(0, a.kernel - 1);
      a.out = all - a.begin - a.end;
      if (a.out < 1) return false;
    }
    out.push_back(a.out), weight.push_back(a.kernel), strides.push_back(a.stride), dilations.push_back(a.dilation);
    extras.push_back(a.extra), pads.push_back(a.begin), ends.push_back(a.end);
    macs *= a.macs(extent);
  }
  if (!moderate(out) || macs > kMostMacs) return false;
  std::vector<DraftAttribute> attributes{list("strides", strides), list("dilations", dilations),
                                         number("group", groups)};
  if (form == 0) attributes.push_back(list("output_shape", spatial_of(out)));
  if (form == 1) attributes.push_back(word("auto_pad", "SAME_UPPER"));
  if (form == 2) attributes.push_back(word("auto_pad", "SAME_LOWER"));
  if (form > 2) {
    pads.insert(pads.end(), ends.begin(), ends.end());
    attributes.push_back(list("pads", pads));
    attributes.push_back(list("output_padding", extras));
  }
  d.give(d.node("ConvTranspose", out, {with_bias(d, {x, d.weight(weight)}, groups * each), attributes}));
  d.macs(macs);
  return true;
}

bool deformed_convolution(NetworkDraw& d) {
  const std::string x = d.pick(4, 4);
  if (x.empty() || d.opset() < 19) return false;
  const Ints in = d.shape(x);
  const std::int64_t k = d.between(1, 2), oh = in[2] - k + 1, ow = in[3] - k + 1, channels = d.between(1, 4);
  const std::int64_t groups = divisor(d, in[1]);
  if (oh < 1 || ow < 1) return false;
  const Ints out{in[0], channels, oh, ow}, offset{in[0], 2 * groups * k * k, oh, ow};
  const std::int64_t macs = elements_of(out) * in[1] * k * k;
  if (!moderate(out) || !moderate(offset) || macs > kMostMacs) return false;
  // The offsets are what a convolution of the image finds.
  const std::string found = d.node("Conv", offset, {{x, d.weight({offset[1], in[1], k, k})}});
  d.give(d.node("DeformConv", out, {{x, d.weight({channels, in[1], k, k}), found}, {number("offset_group", groups)}}));
  d.macs(macs + elements_of(offset) * in[1] * k * k);
  return true;
}

// A Gemm's C in one of the forms that broadcast to [rows, columns]; an activation now and then.
std::string summand(NetworkDraw& d, std::int64_t rows, std::int64_t columns) {
  const std::string like = d.pick_like({rows, columns}, "");
  if (!like.empty() && d.chance(30)) return like;
  const std::vector<Ints> forms{{columns}, {columns}, {1, columns}, {rows, 1}, {rows, columns}, {}, {1}};
  return d.weight(d.one_of(forms));
}

bool gemm(NetworkDraw& d) {
  std::string x = d.pick(2, 5);
  if (x.empty()) return false;
  Ints in = d.shape(x);
  if (in.size() > 2) {
    if (elements_of(in) / in[0] > 600) return false;
    in = {in[0], elements_of(in) / in[0]};
    x = d.node("Flatten", in, {{x}});
  }
  const bool turned = d.chance(20), turned_b = d.chance(50);
  const std::int64_t rows = turned ? in[1] : in[0], depth = turned ? in[0] : in[1], columns = d.between(1, 20);
  if (rows * depth * columns > kMostMacs) return false;
  const Ints out{rows, columns}, weight = turned_b ? Ints{columns, depth} : Ints{depth, columns};
  std::vector<std::string> inputs{x, d.weight(weight)};
  if (d.chance(60)) inputs.push_back(summand(d, rows, columns));
  std::vector<DraftAttribute> attributes;
  if (turned || d.chance(20)) attributes.push_back(number("transA", turned));
  if (turned_b || d.chance(20)) attributes.push_back(number("transB", turned_b));
  if (d.chance(20)) attributes.push_back({"alpha", DraftAttribute::Form::real, {}, {0.5}, {}, 1});
  if (d.chance(20)) attributes.push_back({"beta", DraftAttribute::Form::real, {}, {2}, {}, 1});
  d.give(d.node("Gemm", out, {inputs, attributes}));
  d.macs(rows * depth * columns);
  return true;
}

// MatMul by numpy's rule: a vector on the left is a row and one on the right a column, whose axis is gone afterwards.
bool matrix_product(NetworkDraw& d, const std::string& a, const std::string& b) {
  const Ints left = d.shape(a), right = d.shape(b);
  Ints x = left, y = right;
  if (x.size() == 1) x.insert(x.begin(), 1);
  if (y.size() == 1) y.push_back(1);
  const std::int64_t rows = x[x.size() - 2], depth = x.back(), columns = y.back();
  x.resize(x.size() - 2), y.resize(y.size() - 2);
  Ints out = broadcast_of(x, y);
  const std::int64_t macs = elements_of(out) * rows * depth * columns;
  if (left.size() > 1) out.push_back(rows);
  if (right.size() > 1) out.push_back(columns);
  if (!moderate(out) || macs > kMostMacs) return false;
  d.give(d.node("MatMul", out, {{a, b}}));
  d.macs(macs);
  return true;
}

bool product_with_weights(NetworkDraw& d) {
  const std::string x = d.pick(1, 5);
  if (x.empty() || elements_of(d.shape(x)) > 1500) return false;
  const Ints in = d.shape(x);
  Ints weight{in.back(), d.between(1, 16)};
  if (d.chance(15)) weight.pop_back();
  // Leading axes: a matrix for each, or for some of them.
  if (weight.size() == 2 && in.size() > 2 && d.chance(25))
    for (std::size_t i = in.size() - 2; i-- > 0;) weight.insert(weight.begin(), d.chance(50) ? in[i] : 1);
  if (weight.size() == 2 && in.size() < 3 && d.chance(8)) weight.insert(weight.begin(), d.between(1, 3));
  if (in.size() > 1 && d.chance(8)) {  // the constant on the left
    Ints left{d.between(1, 9), in[in.size() - 2]};
    return matrix_product(d, d.weight(left), x);
  }
  return matrix_product(d, x, d.weight(weight));
}

bool product_of_activations(NetworkDraw& d) {
  const std::string x = d.pick(2, 5);
  if (x.empty() || elements_of(d.shape(x)) > 1500) return false;
  Ints turned = d.shape(x);
  if (turned.back() > 64 || turned[turned.size() - 2] > 64) return false;
  std::string other = d.pick_like(turned, x);
  if (other.empty()) other = x;
  Ints order(turned.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  std::swap(turned[turned.size() - 1], turned[turned.size() - 2]);
  const std::int64_t macs = elements_of(d.shape(x)) * turned.back();
  Ints out = d.shape(x);
  out.back() = turned.back();
  if (!moderate(out) || macs > kMostMacs) return false;
  const std::string t = d.node("Transpose", turned, {{other}, {list("perm", order)}});
  return d.chance(50) ? matrix_product(d, x, t) : matrix_product(d, t, other);
}

// x [.., k] in any order of its axes, with some axes summed over, some shared and some new.
bool einsum(NetworkDraw& d) {
  const std::string x = d.pick(2, 4);
  if (x.empty() || elements_of(d.shape(x)) > 1500) return false;
  const Ints in = d.shape(x);
  std::string left, right, out_labels;
  Ints weight, out;
  std::int64_t macs = elements_of(in);
  std::vector<std::pair<char, std::int64_t>> of_right, of_out;
  const auto summed = static_cast<std::size_t>(d.between(0, static_cast<std::int64_t>(in.size()) - 1));
  for (std::size_t i = 0; i < in.size(); ++i) {
    const char label = static_cast<char>('a' + i);
    left += label;
    const bool sums = i == summed || d.chance(15), shared = !sums && d.chance(30);
    if (sums || shared) of_right.emplace_back(label, in[i]);
    if (!sums) of_out.emplace_back(label, in[i]);
  }
  for (std::int64_t i = d.between(1, 2); i > 0; --i) {
    const std::pair<char, std::int64_t> fresh{static_cast<char>('m' + i), d.between(1, 6)};
    of_right.push_back(fresh), of_out.push_back(fresh);
    macs *= fresh.second;
  }
  const auto spell = [&](const std::vector<std::pair<char, std::int64_t>>& axes, std::string& labels, Ints& dims) {
    const Ints order = d.chance(50) ? d.permutation(axes.size()) : Ints{};
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const auto& axis = axes[order.empty() ? i : static_cast<std::size_t>(order[i])];
      labels += axis.first, dims.push_back(axis.second);
    }
  };
  spell(of_right, right, weight);
  spell(of_out, out_labels, out);
  if (!moderate(out) || !moderate(weight) || macs > kMostMacs) return false;
  std::string equation = left;
  equation += "," + right + "->" + out_labels;
  d.give(d.node("Einsum", out, {{x, d.weight(weight)}, {word("equation", equation.c_str())}}));
  d.macs(macs);
  return true;
}

// x [steps, batch, inputs] as ONNX lays it out: `gates` products of the inputs and of the state for each step.
bool recurrent(NetworkDraw& d) {
  const std::string x = d.pick(3, 3);
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  const bool batch_first = d.opset() >= 14 && d.chance(25);
  const std::int64_t steps = in[batch_first ? 1 : 0], batch = in[batch_first ? 0 : 1], hidden = d.between(1, 6);
  const std::array<const char*, 3> types{"LSTM", "GRU", "RNN"};
  const auto kind = static_cast<std::size_t>(d.between(0, 2));
  const std::int64_t gates = kind == 0 ? 4 : kind == 1 ? 3 : 1;
  const char* direction = d.word_of({"forward", "forward", "reverse", "bidirectional"});
  const std::int64_t directions = direction[0] == 'b' ? 2 : 1;
  const std::int64_t macs = directions * steps * batch * gates * hidden * (in[2] + hidden);
  if (steps > 12 || macs > kMostMacs) return false;
  std::vector<std::string> inputs{x, d.weight({directions, gates * hidden, in[2]}),
                                  d.weight({directions, gates * hidden, hidden})};
  if (d.chance(50)) inputs.push_back(d.weight({directions, 2 * gates * hidden}));
  std::vector<DraftAttribute> attributes{number("hidden_size", hidden), word("direction", direction)};
  if (batch_first) attributes.push_back(number("layout", 1));
  if (kind == 1 && d.chance(50)) attributes.push_back(number("linear_before_reset", 1));
  const Ints all = batch_first ? Ints{batch, steps, directions, hidden} : Ints{steps, directions, batch, hidden};
  const Ints last = batch_first ? Ints{batch, directions, hidden} : Ints{directions, batch, hidden};
  std::vector<Ints> outs{all, last};
  if (kind == 0) outs.push_back(last);
  const auto made = d.nodes(types[kind], outs, {inputs, attributes});
  if (d.chance(70)) d.give(made[0]);
  else d.give(made[1]);
  if (d.chance(30)) d.give(made[1]);
  if (kind == 0 && d.chance(30)) d.give(made[2]);
  d.macs(macs);
  return true;
}

// x [batch, rows, columns] as queries, keys and values of some heads: scores, then their sums of the values.
bool attention(NetworkDraw& d) {
  const std::string x = d.pick(3, 3);
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  const std::int64_t heads = divisor(d, in[2]);
  std::string y = d.pick_like(in, x);
  if (y.empty()) y = x;
  const std::int64_t products = 2 * in[0] * in[1] * in[1] * in[2];
  if (d.opset() >= 23 && d.chance(60)) {
    d.give(d.node(
        "Attention", in,
        {{x, y, x}, {number("q_num_heads", heads), number("kv_num_heads", heads), number("is_causal", d.chance(50))}}));
    d.macs(products);
  } else if (d.chance(50)) {
    d.give(d.node("MultiHeadAttention", in, {{x, y, x}, {number("num_heads", heads)}, "com.microsoft"}));
    d.macs(products);
  } else {
    if (in[2] > 40) return false;
    d.give(d.node(
        "Attention", in,
        {{x, d.weight({in[2], 3 * in[2]}), d.weight({3 * in[2]})}, {number("num_heads", heads)}, "com.microsoft"}));
    d.macs(products + in[0] * in[1] * in[2] * 3 * in[2]);
  }
  return true;
}

bool fused_product(NetworkDraw& d) {
  const std::string x = d.pick(2, 4);
  if (x.empty() || elements_of(d.shape(x)) > 1500) return false;
  const Ints in = d.shape(x);
  const std::int64_t columns = d.between(1, 12);
  const bool turned = d.chance(50);
  Ints out = in;
  out.back() = columns;
  if (!moderate(out)) return false;
  d.give(d.node("FusedMatMul", out,
                {{x, d.weight(turned ? Ints{columns, in.back()} : Ints{in.back(), columns})},
                 {number("transB", turned)},
                 "com.microsoft"}));
  d.macs(elements_of(in) * columns);
  return true;
}

constexpr std::array kOperators{
    DrawnOperator{"Conv", convolution},
    DrawnOperator{"Conv", convolution},
    DrawnOperator{"Conv", convolution},
    DrawnOperator{"ConvTranspose", transposed_convolution},
    DrawnOperator{"DeformConv", deformed_convolution},
    DrawnOperator{"Gemm", gemm},
    DrawnOperator{"MatMul", product_with_weights},
    DrawnOperator{"MatMul", product_with_weights},
    DrawnOperator{"MatMul of activations", product_of_activations},
    DrawnOperator{"Einsum", einsum},
    DrawnOperator{"recurrent", recurrent},
    DrawnOperator{"attention", attention},
    DrawnOperator{"FusedMatMul", fused_product},
};

}  // namespace

std::span<const DrawnOperator> drawn_products() { return kOperators; }

// By ONNX: without pads given, SAME pads so that there is an output for every stride, the odd one behind (UPPER) or
// before; a window never lies wholly in the padding behind the input.
bool draw_window(NetworkDraw& d, const Ints& spatial, bool of_pool, DrawnWindow& w) {
  const std::int64_t form = d.between(0, 9);  // 0, 1: SAME; 2: VALID; else pads
  const bool ceil = of_pool && form > 2 && d.chance(40), dilates = d.chance(20);
  for (const std::int64_t in : spatial) {
    const std::int64_t k = d.between(1, d.chance(15) ? 5 : 3), s = d.between(1, 3), t = dilates ? d.between(1, 2) : 1;
    const std::int64_t reach = t * (k - 1) + 1;
    std::int64_t begin = form > 2 && d.chance(60) ? d.between(0, k - 1) : 0, out = (in + s - 1) / s;
    std::int64_t end = form > 2 && d.chance(60) ? d.between(0, k - 1) : 0;
    if (form < 2) {
      const std::int64_t missing = std::max<std::int64_t>(0, (out - 1) * s + reach - in);
      begin = form == 0 ? missing / 2 : missing - missing / 2;
      end = missing - begin;
    } else {
      const std::int64_t room = in + begin + end - reach;
      if (room < 0) return false;
      out = (ceil ? (room + s - 1) / s : room / s) + 1;
      if (ceil && (out - 1) * s >= in + begin) --out;
    }
    w.kernel.push_back(k), w.stride.push_back(s), w.dilation.push_back(t);
    w.begin.push_back(begin), w.end.push_back(end), w.out.push_back(out);
  }
  const auto all = [](const Ints& v, std::int64_t n) { return std::count(v.begin(), v.end(), n) == std::ssize(v); };
  if (!all(w.stride, 1) || d.chance(50)) w.attributes.push_back(list("strides", w.stride));
  if (!all(w.dilation, 1) || (d.chance(30) && d.opset() >= 10)) w.attributes.push_back(list("dilations", w.dilation));
  if (form == 0) w.attributes.push_back(word("auto_pad", "SAME_UPPER"));
  if (form == 1) w.attributes.push_back(word("auto_pad", "SAME_LOWER"));
  if (form == 2) w.attributes.push_back(word("auto_pad", "VALID"));
  if (form > 2 && (!all(w.begin, 0) || !all(w.end, 0) || d.chance(30))) {
    Ints pads = w.begin;
    pads.insert(pads.end(), w.end.begin(), w.end.end());
    w.attributes.push_back(list("pads", pads));
  }
  if (ceil) w.attributes.push_back(number("ceil_mode", 1));
  return true;
}

}  // namespace tessera::tests
