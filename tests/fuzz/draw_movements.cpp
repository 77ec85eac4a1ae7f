// Operators that move elements, or only give them another shape.
#include <algorithm>
#include <array>

#include "tests/fuzz/network_draw.h"

namespace tessera::tests {

namespace {

bool concat(NetworkDraw& d) {
  const std::string x = d.pick();
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  const std::int64_t axis = d.between(0, std::ssize(in) - 1);
  const auto a = static_cast<std::size_t>(axis);
  Ints out = in;
  std::vector<std::string> parts{x};
  for (std::int64_t i = d.between(1, 2); i > 0; --i) {
    Ints dims = in;
    std::string part = d.pick_like(in, "");
    if (part.empty() || d.chance(30)) {
      dims[a] = d.between(1, 4);
      part = d.weight(dims);
    }
    parts.insert(d.chance(50) ? parts.begin() : parts.end(), part);
    out[a] += dims[a];
  }
  if (!moderate(out)) return false;
  d.give(d.node("Concat", out, {parts, {number("axis", d.chance(50) ? axis : axis - std::ssize(in))}}));
  return true;
}

bool split(NetworkDraw& d) {
  const std::string x = d.pick();
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  const std::int64_t axis = d.between(0, std::ssize(in) - 1), extent = in[static_cast<std::size_t>(axis)];
  if (extent < 2) return false;
  const std::int64_t count = d.between(2, std::min<std::int64_t>(extent, 4));
  const bool even = d.chance(50) &&
                    (extent % count == 0 || (d.opset() >= 18 && (count - 1) * ((extent + count - 1) / count) < extent));
  Ints sizes;
  std::int64_t rest = extent;
  for (std::int64_t i = count; i > 0; --i) {
    const std::int64_t whole = (extent + count - 1) / count;
    sizes.push_back(even ? std::min(whole, rest) : i == 1 ? rest : d.between(1, rest - (i - 1)));
    rest -= sizes.back();
  }
  std::vector<std::string> inputs{x};
  std::vector<DraftAttribute> attributes{number("axis", axis)};
  if (even && d.opset() >= 18) attributes.push_back(number("num_outputs", count));
  if (!even && d.opset() >= 13) inputs.push_back(d.integers(sizes));
  if (!even && d.opset() < 13) attributes.push_back(list("split", sizes));
  std::vector<Ints> outs;
  for (const std::int64_t s : sizes) {
    outs.push_back(in);
    outs.back()[static_cast<std::size_t>(axis)] = s;
  }
  const auto made = d.nodes("Split", outs, {inputs, attributes});
  for (std::size_t i = 0; i < made.size(); ++i)
    if (i == 0 || d.chance(80)) d.give(made[i]);
  return true;
}

bool slice(NetworkDraw& d) {
  const std::string x = d.pick();
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  Ints out = in, starts, ends, axes, steps;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (d.chance(50)) continue;
    std::int64_t from = d.between(0, in[i] - 1), to = d.between(from + 1, in[i]), step = d.chance(70) ? 1 : 2;
    out[i] = (to - from + step - 1) / step;
    if (d.chance(15)) {  // backwards: the same elements from the other end
      const std::int64_t last = from + (out[i] - 1) * step;
      to = from - 1 < 0 ? -in[i] - 1 : from - 1, from = last, step = -step;
    } else if (to == in[i] && d.chance(40)) {
      to = (std::int64_t{1} << 31) - 1;
    } else if (d.chance(30)) {
      from -= in[i];
    }
    starts.push_back(from), ends.push_back(to), axes.push_back(static_cast<std::int64_t>(i)), steps.push_back(step);
  }
  if (axes.empty()) return false;
  d.give(d.node("Slice", out, {{x, d.integers(starts), d.integers(ends), d.integers(axes), d.integers(steps)}}));
  return true;
}

Ints factors(NetworkDraw& d, std::int64_t all) {
  Ints out;
  while (all > 1 && out.size() < 4) {
    Ints divisors;
    for (std::int64_t i = 2; i <= all; ++i)
      if (all % i == 0) divisors.push_back(i);
    out.push_back(d.one_of(divisors));
    all /= out.back();
  }
  if (all > 1) out.push_back(all);
  return out;
}

// To a shape of the same elements: by numbers, with 0 and -1, or computed from the input's own shape.
bool reshape(NetworkDraw& d) {
  const std::string x = d.pick();
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  Ints out;
  if (d.chance(60)) {  // the first axis stays
    out = factors(d, elements_of(in) / in[0]);
    out.insert(out.begin(), in[0]);
  } else {
    out = factors(d, elements_of(in));
  }
  if (out.empty() || out.size() > 5 || d.chance(10)) out = {in[0], elements_of(in) / in[0]};
  if (d.chance(15)) out.insert(out.begin() + d.between(0, std::ssize(out)), 1);
  Ints to = out;
  if (out[0] == in[0] && d.chance(40)) to[0] = 0;
  if (d.chance(40)) to.back() = -1;
  if (out[0] == in[0] && out.size() > 1 && d.chance(30)) {
    const std::string all = d.node("Shape", {std::ssize(in)}, {{x}});
    const std::string first = d.node("Gather", {1}, {{all, d.integers({0})}, {number("axis", 0)}});
    const std::string rest = d.integers(Ints(to.begin() + 1, to.end()));
    const std::string shape = d.node("Concat", {std::ssize(out)}, {{first, rest}, {number("axis", 0)}});
    d.give(d.node("Reshape", out, {{x, shape}}));
    return true;
  }
  d.give(d.node("Reshape", out, {{x, d.integers(to)}}));
  return true;
}

bool transpose(NetworkDraw& d) {
  const std::string x = d.pick(2, 6);
  if (x.empty()) return false;
  const Ints in = d.shape(x), order = d.permutation(in.size());
  Ints out;
  for (const std::int64_t a : order) out.push_back(in[static_cast<std::size_t>(a)]);
  d.give(d.node("Transpose", out, {{x}, {list("perm", order)}}));
  return true;
}

bool ones(NetworkDraw& d) {
  const std::string x = d.pick();
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  Ints out = in;
  std::vector<std::int64_t> squeezed;
  for (std::size_t i = 0; i < in.size(); ++i)
    if (in[i] == 1) squeezed.push_back(static_cast<std::int64_t>(i));
  const bool squeezes = !squeezed.empty() && in.size() > 1 && d.chance(50);
  const std::int64_t axis = squeezes ? d.one_of(squeezed) : d.between(0, std::ssize(in));
  if (squeezes) out.erase(out.begin() + axis);
  else out.insert(out.begin() + axis, 1);
  if (!moderate(out)) return false;
  const char* type = squeezes ? "Squeeze" : "Unsqueeze";
  if (d.opset() >= 13) d.give(d.node(type, out, {{x, d.integers({axis})}}));
  else d.give(d.node(type, out, {{x}, {list("axes", {axis})}}));
  return true;
}

bool pad(NetworkDraw& d) {
  const std::string x = d.pick(1, 5);
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  const bool images = in.size() > 2 && d.chance(60), zero = d.chance(60);
  const char* mode = zero              ? "constant"
                     : d.opset() >= 19 ? d.word_of({"reflect", "edge", "wrap"})
                                       : d.word_of({"reflect", "edge"});
  Ints begin(in.size(), 0), end(in.size(), 0), out = in;
  for (std::size_t i = images ? 2 : 0; i < in.size(); ++i) {
    const std::int64_t most = zero ? 2 : std::min<std::int64_t>(2, in[i] - 1);
    if (!images && d.chance(50)) continue;
    begin[i] = d.between(0, most), end[i] = d.between(0, most);
    if (zero && d.chance(10) && in[i] > 1) end[i] = -1;
    out[i] += begin[i] + end[i];
  }
  if (!moderate(out)) return false;
  std::vector<DraftAttribute> attributes{word("mode", mode)};
  std::vector<std::string> inputs{x};
  if (images && d.opset() >= 18 && d.chance(40)) {
    Ints pads(begin.begin() + 2, begin.end()), axes;
    pads.insert(pads.end(), end.begin() + 2, end.end());
    for (std::int64_t i = 2; i < std::ssize(in); ++i) axes.push_back(i);
    inputs.insert(inputs.end(), {d.integers(pads), "", d.integers(axes)});
  } else {
    Ints pads = begin;
    pads.insert(pads.end(), end.begin(), end.end());
    inputs.push_back(d.integers(pads));
    if (zero && d.chance(30)) inputs.push_back(d.constant({}, 1, {0}));
  }
  d.give(d.node("Pad", out, {inputs, attributes}));
  return true;
}

bool center_crop_pad(NetworkDraw& d) {
  const std::string x = d.pick(1, 4);
  if (x.empty() || d.opset() < 18) return false;
  const Ints in = d.shape(x);
  Ints out = in, axes, extents;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (d.chance(50)) continue;
    out[i] = d.between(1, in[i] + 3);
    axes.push_back(static_cast<std::int64_t>(i)), extents.push_back(out[i]);
  }
  if (axes.empty() || !moderate(out)) return false;
  d.give(d.node("CenterCropPad", out, {{x, d.integers(extents)}, {list("axes", axes)}}));
  return true;
}

bool gather(NetworkDraw& d) {
  const std::string x = d.pick(1, 5);
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  const std::int64_t axis = d.between(0, std::ssize(in) - 1), extent = in[static_cast<std::size_t>(axis)];
  const Ints shape = d.one_of(std::vector<Ints>{{}, {1}, {3}, {2, 2}});
  Ints numbers;
  for (std::int64_t i = elements_of(shape); i > 0; --i) numbers.push_back(d.between(-extent, extent - 1));
  Ints out(in.begin(), in.begin() + axis);
  out.insert(out.end(), shape.begin(), shape.end());
  out.insert(out.end(), in.begin() + axis + 1, in.end());
  if (!moderate(out)) return false;
  d.give(d.node("Gather", out, {{x, d.constant(shape, 7, numbers)}, {number("axis", axis)}}));
  return true;
}

// Rows of a table, picked by what the network finds.
bool embedding(NetworkDraw& d) {
  const std::string x = d.pick(1, 3);
  if (x.empty()) return false;
  Ints out = d.shape(x);
  const std::int64_t words = out.back(), width = d.between(1, 8);
  out.back() = width;
  if (!moderate(out)) return false;
  Ints at = d.shape(x);
  at.pop_back();
  const std::string ids = d.node("ArgMax", at, {{x}, {number("axis", -1), number("keepdims", 0)}});
  d.give(d.node("Gather", out, {{d.weight({words, width}), ids}}));
  return true;
}

bool gather_elements(NetworkDraw& d) {
  const std::string x = d.pick(1, 4);
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  if (d.chance(50)) {
    Ints out = in;
    const std::int64_t axis = d.between(0, std::ssize(in) - 1);
    out[static_cast<std::size_t>(axis)] = d.between(1, 4);
    d.give(
        d.node("GatherElements", out,
               {{x, d.constant(out, 7, Ints(static_cast<std::size_t>(elements_of(out)), 0))}, {number("axis", axis)}}));
    return true;
  }
  const std::int64_t taken = d.between(1, std::ssize(in)), rows = d.between(1, 4);
  Ints out{rows};
  out.insert(out.end(), in.begin() + taken, in.end());
  d.give(d.node("GatherND", out, {{x, d.constant({rows, taken}, 7, Ints(static_cast<std::size_t>(rows * taken), 0))}}));
  return true;
}

bool scatter(NetworkDraw& d) {
  const std::string x = d.pick(1, 4);
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  if (d.chance(50)) {
    const std::int64_t rows = d.between(1, in[0]);
    Ints at(static_cast<std::size_t>(rows)), updates{rows};
    for (std::size_t i = 0; i < at.size(); ++i) at[i] = static_cast<std::int64_t>(i);
    updates.insert(updates.end(), in.begin() + 1, in.end());
    d.give(d.node("ScatterND", in, {{x, d.constant({rows, 1}, 7, at), d.weight(updates)}}));
  } else {
    Ints at = in;
    at.back() = 1;
    d.give(d.node("ScatterElements", in,
                  {{x, d.constant(at, 7, Ints(static_cast<std::size_t>(elements_of(at)), 0)), d.weight(at)},
                   {number("axis", -1)}}));
  }
  return true;
}

bool repeat(NetworkDraw& d) {
  const std::string x = d.pick(1, 4);
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  Ints out = in, times(in.size(), 1);
  if (d.chance(50)) {
    for (std::size_t i = 0; i < in.size(); ++i) times[i] = d.between(1, 2), out[i] *= times[i];
    if (!moderate(out)) return false;
    d.give(d.node("Tile", out, {{x, d.integers(times)}}));
    return true;
  }
  for (auto& e : out)
    if (e == 1) e = d.between(1, 3);
  if (d.chance(30)) out.insert(out.begin(), 2);
  if (!moderate(out)) return false;
  Ints to = out;
  if (to.size() == in.size()) to.back() = in.back() == out.back() ? 1 : out.back();
  d.give(d.node("Expand", out, {{x, d.integers(to)}}));
  return true;
}

bool blocks(NetworkDraw& d) {
  const std::string x = d.pick(4, 4);
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  if (in[1] % 4 == 0 && d.chance(70)) {
    d.give(d.node("DepthToSpace", {in[0], in[1] / 4, in[2] * 2, in[3] * 2},
                  {{x}, {number("blocksize", 2), word("mode", d.word_of({"DCR", "CRD"}))}}));
    return true;
  }
  if (in[2] % 2 != 0 || in[3] % 2 != 0) return false;
  d.give(d.node("SpaceToDepth", {in[0], in[1] * 4, in[2] / 2, in[3] / 2}, {{x}, {number("blocksize", 2)}}));
  return true;
}

bool triangle(NetworkDraw& d) {
  const std::string x = d.pick(2, 4);
  if (x.empty() || d.opset() < 14) return false;
  d.give(d.node("Trilu", d.shape(x), {{x}, {number("upper", d.chance(50))}}));
  return true;
}

bool flatten(NetworkDraw& d) {
  const std::string x = d.pick(2, 6);
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  const std::int64_t axis = d.between(0, std::ssize(in));
  const std::int64_t rows = elements_of(Ints(in.begin(), in.begin() + axis));
  d.give(d.node("Flatten", {rows, elements_of(in) / rows}, {{x}, {number("axis", axis)}}));
  return true;
}

// Heads as transformers cut them: [batch, rows, heads x width] to [batch, heads, rows, width], or channels shuffled.
bool heads(NetworkDraw& d) {
  const std::string x = d.pick(3, 4);
  if (x.empty()) return false;
  const Ints in = d.shape(x);
  if (in.size() == 3) {
    const std::int64_t h = in[2] % 3 == 0 ? 3 : in[2] % 2 == 0 ? 2 : 1, w = in[2] / h;
    const std::string cut = d.node("Reshape", {in[0], in[1], h, w}, {{x, d.integers({in[0], in[1], h, w})}});
    d.give(d.node("Transpose", {in[0], h, in[1], w}, {{cut}, {list("perm", {0, 2, 1, 3})}}));
    return true;
  }
  if (in[1] % 2 != 0) return false;
  const Ints five{in[0], 2, in[1] / 2, in[2], in[3]}, turned{in[0], in[1] / 2, 2, in[2], in[3]};
  const std::string cut = d.node("Reshape", five, {{x, d.integers(five)}});
  const std::string t = d.node("Transpose", turned, {{cut}, {list("perm", {0, 2, 1, 3, 4})}});
  d.give(d.node("Reshape", in, {{t, d.integers(in)}}));
  return true;
}

constexpr std::array kOperators{
    DrawnOperator{"Concat", concat},
    DrawnOperator{"Concat", concat},
    DrawnOperator{"Split", split},
    DrawnOperator{"Slice", slice},
    DrawnOperator{"Reshape", reshape},
    DrawnOperator{"Reshape", reshape},
    DrawnOperator{"Transpose", transpose},
    DrawnOperator{"Transpose", transpose},
    DrawnOperator{"Squeeze", ones},
    DrawnOperator{"Pad", pad},
    DrawnOperator{"CenterCropPad", center_crop_pad},
    DrawnOperator{"Gather", gather},
    DrawnOperator{"embedding", embedding},
    DrawnOperator{"GatherElements", gather_elements},
    DrawnOperator{"Scatter", scatter},
    DrawnOperator{"Tile", repeat},
    DrawnOperator{"DepthToSpace", blocks},
    DrawnOperator{"Trilu", triangle},
    DrawnOperator{"Flatten", flatten},
    DrawnOperator{"heads", heads},
};

}  // namespace

std::span<const DrawnOperator> drawn_movements() { return kOperators; }

}  // namespace tessera::tests
