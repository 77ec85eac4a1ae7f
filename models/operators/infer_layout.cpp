// Shapes of operators that rearrange data: reshape, transpose, concat, split, slice, gather and the like.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "models/operators/operators.h"

namespace tessera::models::infer {

namespace {

void carry_ints(Inference& node) {
  if (const auto numbers = node.in(0).literal.ints) node.set_ints(*numbers);
  else node.result().literal.integer = node.in(0).literal.integer;
}

}  // namespace

void reshape(Inference& node) {
  const Dims in = node.dims(0);
  Dims out = node.input_count() > 1 ? node.ints(1, "shape") : node.list("shape");
  std::int64_t known = 1;
  std::size_t open = out.size();
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] == 0 && node.attribute("allowzero", 0) == 0) {
      node.require(i < in.size(), "a 0 in the shape copies an axis that the input does not have");
      out[i] = in[i];
    }
    if (out[i] == -1) {
      node.require(open == out.size(), "the shape holds -1 twice");
      open = i;
    } else {
      if (out[i] < 0 || out[i] > kMaxElements || (known *= std::max<std::int64_t>(out[i], 1)) > kMaxElements)
        node.fail(fmt::format("the shape {} is impossible", describe(out)));
    }
  }
  const std::int64_t all = elements(in);
  if (open < out.size() && known > 0 && all % known == 0) out[open] = all / known;
  if (std::count(out.begin(), out.end(), -1) != 0 || elements(out) != all)
    node.fail(fmt::format("{} elements {} do not fit the shape {}", all, describe(in), describe(out)));
  node.output(0, out);
  carry_ints(node);
}

void flatten(Inference& node) {
  const Dims& in = node.dims(0);
  const std::int64_t a = node.attribute("axis", 1);
  const auto rank = static_cast<std::int64_t>(in.size());
  const std::int64_t at = a < 0 ? a + rank : a;
  if (at < 0 || at > rank) node.fail(fmt::format("axis {} of a tensor with {} axes", a, rank));
  node.output(0, {elements(Dims(in.begin(), in.begin() + at)), elements(Dims(in.begin() + at, in.end()))});
}

void squeeze(Inference& node) {
  const Dims in = node.dims(0);
  const std::vector<std::size_t> axes = node.axes(1, in.size());
  Dims out;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const bool named = std::binary_search(axes.begin(), axes.end(), i);
    if (named && in[i] != 1) node.fail(fmt::format("axis {} of {} is not 1", i, describe(in)));
    if (!(named || (axes.empty() && in[i] == 1))) out.push_back(in[i]);
  }
  node.output(0, out);
  carry_ints(node);
}

void unsqueeze(Inference& node) {
  const Dims in = node.dims(0);
  const std::size_t named = node.has(1) ? node.ints(1, "axes").size() : node.list("axes").size();
  node.require(named <= 16, "too many axes");
  const std::vector<std::size_t> axes = node.axes(1, in.size() + named);
  Dims out;
  std::size_t next = 0;
  for (std::size_t i = 0; i < in.size() + named; ++i)
    out.push_back(std::binary_search(axes.begin(), axes.end(), i) ? 1 : in[next++]);
  node.output(0, out);
  carry_ints(node);
}

void transpose(Inference& node) {
  const Dims in = node.dims(0);
  std::vector<std::int64_t> order = node.list("perm");
  if (order.empty())
    for (std::size_t i = in.size(); i-- > 0;) order.push_back(static_cast<std::int64_t>(i));
  std::vector<std::int64_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < sorted.size(); ++i)
    if (sorted.size() != in.size() || sorted[i] != static_cast<std::int64_t>(i))
      node.fail(fmt::format("perm {} is no permutation of {} axes", describe(order), in.size()));
  node.require(order.size() == in.size(), "perm has another number of axes than the input");
  Dims out;
  for (const std::int64_t a : order) out.push_back(in[static_cast<std::size_t>(a)]);
  node.output(0, out);
}

void concat(Inference& node) {
  node.require(node.input_count() >= 1, "it has no inputs");
  Dims out = node.dims(0, 1, 8);
  const std::size_t axis = node.axis(node.attribute("axis", 1), out.size());
  bool known = node.in(0).literal.ints.has_value();
  std::vector<std::int64_t> numbers = known ? *node.in(0).literal.ints : std::vector<std::int64_t>{};
  for (std::size_t i = 1; i < node.input_count(); ++i) {
    const Dims& part = node.dims(i);
    for (std::size_t a = 0; a < out.size(); ++a)
      if (part.size() != out.size() || (a != axis && part[a] != out[a]))
        node.fail(fmt::format("input {} {} does not fit {} along axis {}", i, describe(part), describe(out), axis));
    out[axis] += part[axis];
    known = known && node.in(i).literal.ints.has_value();
    if (known) numbers.insert(numbers.end(), node.in(i).literal.ints->begin(), node.in(i).literal.ints->end());
  }
  node.output(0, out);
  if (known && out.size() == 1) node.set_ints(std::move(numbers));
}

void split(Inference& node) {
  const Dims in = node.dims(0, 1, 8);
  const std::size_t axis = node.axis(node.attribute("axis", 0), in.size());
  const auto parts = static_cast<std::int64_t>(node.output_count());
  node.require(parts >= 1, "it has no outputs");
  std::vector<std::int64_t> sizes = node.has(1) ? node.ints(1, "split") : node.list("split");
  if (sizes.empty())
    for (std::int64_t rest = in[axis], size = (in[axis] + parts - 1) / parts, i = 0; i < parts;
         ++i, rest -= sizes.back())
      sizes.push_back(std::min(size, rest));
  std::int64_t sum = 0;
  for (const std::int64_t s : sizes) {
    if (s < 0 || s > in[axis]) node.fail(fmt::format("a part of {} of {} elements", s, in[axis]));
    sum += s;
  }
  if (static_cast<std::int64_t>(sizes.size()) != parts || sum != in[axis])
    node.fail(
        fmt::format("parts {} do not make up axis {} of {} in {} outputs", describe(sizes), axis, describe(in), parts));
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    Dims out = in;
    out[axis] = sizes[i];
    node.output(i, std::move(out));
  }
}

void slice(Inference& node) {
  const Dims in = node.dims(0, 1, 8);
  const bool old = node.input_count() == 1;  // operator set 9 and before: attributes
  const auto starts = old ? node.list("starts") : node.ints(1, "starts");
  const auto ends = old ? node.list("ends") : node.ints(2, "ends");
  std::vector<std::int64_t> axes = old           ? node.list("axes")
                                   : node.has(3) ? node.ints(3, "axes")
                                                 : std::vector<std::int64_t>{};
  std::vector<std::int64_t> steps = node.has(4) ? node.ints(4, "steps") : std::vector<std::int64_t>(starts.size(), 1);
  if (axes.empty())
    for (std::size_t i = 0; i < starts.size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  if (starts.size() != ends.size() || starts.size() != axes.size() || starts.size() != steps.size())
    node.fail("starts, ends, axes and steps differ in length");
  Dims out = in, begins(in.size(), 0), strides(in.size(), 1);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::size_t a = node.axis(axes[i], in.size());
    if (steps[i] < 1 || steps[i] > std::numeric_limits<std::int32_t>::max())
      node.fail(fmt::format("step {} along axis {} (only forward steps)", steps[i], a));
    const auto bound = [&](std::int64_t v) {
      return std::clamp<std::int64_t>(v < 0 && v > -kMaxElements ? v + in[a] : v, 0, in[a]);
    };
    begins[a] = bound(starts[i]);
    strides[a] = steps[i];
    out[a] = std::max<std::int64_t>((bound(ends[i]) - begins[a] + steps[i] - 1) / steps[i], 0);
  }
  node.output(0, out);
  const auto numbers = node.in(0).literal.ints;
  if (!numbers || in.size() != 1) return;
  std::vector<std::int64_t> part;
  for (std::int64_t i = 0; i < out[0]; ++i)
    part.push_back((*numbers)[static_cast<std::size_t>(begins[0] + i * strides[0])]);
  node.set_ints(std::move(part));
}

void gather(Inference& node) {
  const Dims in = node.dims(0, 1, 8);
  const Dims index = node.dims(1);
  const std::size_t axis = node.axis(node.attribute("axis", 0), in.size());
  Dims out(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(axis));
  out.insert(out.end(), index.begin(), index.end());
  out.insert(out.end(), in.begin() + static_cast<std::ptrdiff_t>(axis) + 1, in.end());
  node.output(0, out);
  const auto numbers = node.in(0).literal.ints, at = node.in(1).literal.ints;
  if (!numbers || !at || in.size() != 1) return;
  std::vector<std::int64_t> picked;
  for (const std::int64_t i : *at) picked.push_back((*numbers)[node.axis(i, numbers->size())]);
  node.set_ints(std::move(picked));
}

void expand(Inference& node) {
  const Dims to = node.ints(1, "shape");
  for (const std::int64_t d : to)
    if (d < 0) node.fail(fmt::format("the shape {} is impossible", describe(to)));
  node.output(0, broadcast(node, node.dims(0), to));
}

void tile(Inference& node) {
  Dims out = node.dims(0);
  const auto& repeats = node.ints(1, "repeats");
  node.require(repeats.size() == out.size(), "repeats has another number of axes than the input");
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (repeats[i] < 1 || repeats[i] > kMaxElements / std::max<std::int64_t>(out[i], 1))
      node.fail("a repeat is below 1 or beyond reason");
    out[i] *= repeats[i];
  }
  node.output(0, out);
}

void pad(Inference& node) {
  Dims out = node.dims(0, 1, 8);
  const std::size_t rank = out.size();
  const auto pads = node.has(1) ? node.ints(1, "pads") : node.list("pads");
  node.require(pads.size() == 2 * rank && !node.has(3), "pads must have two numbers for each axis");
  for (std::size_t i = 0; i < rank; ++i) {
    node.require(pads[i] >= 0 && pads[i + rank] >= 0 && pads[i] < kMaxElements && pads[i + rank] < kMaxElements,
                 "pads must not be negative");
    out[i] += pads[i] + pads[i + rank];
  }
  node.output(0, out);
}

}  // namespace tessera::models::infer
