#include "tests/fuzz/network_draw.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace tessera::tests {

std::int64_t elements_of(const Ints& dims) {
  return std::accumulate(dims.begin(), dims.end(), std::int64_t{1}, std::multiplies<>());
}

bool moderate(const Ints& dims) { return dims.size() <= 6 && elements_of(dims) >= 1 && elements_of(dims) <= 3000; }

Ints broadcast_of(const Ints& a, const Ints& b) {
  Ints out(std::max(a.size(), b.size()), 1);
  for (const Ints* dims : {&a, &b})
    for (std::size_t i = 0; i < dims->size(); ++i)
      out[out.size() - 1 - i] = std::max(out[out.size() - 1 - i], (*dims)[dims->size() - 1 - i]);
  return out;
}

NetworkDraw::NetworkDraw(std::uint64_t seed) : random_(seed) {
  result_.draft.opset = one_of(std::vector<std::int64_t>{11, 13, 17, 18, 21, 23});
  const std::int64_t batch = between(1, 2), inputs = between(1, 2);
  const bool named = chance(20);
  if (named) result_.bind = "batch=" + std::to_string(batch);
  for (std::int64_t i = 0; i < inputs; ++i) {
    Ints dims{batch};
    switch (between(0, 5)) {
      case 0:
      case 1: dims.insert(dims.end(), {between(1, 9), between(3, 12), between(3, 12)}); break;
      case 2:
      case 3: dims.insert(dims.end(), {between(1, 12), between(2, 24)}); break;
      case 4: dims.push_back(between(2, 40)); break;
      default: dims.insert(dims.end(), {between(1, 4), between(2, 5), between(3, 6), between(3, 6)}); break;
    }
    const std::string input = name("in");
    result_.draft.inputs.push_back(
        {input, dims, 1, {}, named ? std::vector<std::string>{"batch"} : std::vector<std::string>{}});
    result_.shapes[input] = dims;
    give(input);
  }
}

Ints NetworkDraw::permutation(std::size_t count) {
  Ints order(count);
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = count; i > 1; --i)
    std::swap(order[i - 1], order[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(i) - 1))]);
  return order;
}

std::string NetworkDraw::pick(std::size_t least_axes, std::size_t most_axes) {
  std::vector<std::string> fit;
  for (const std::string& f : floats_)
    if (shape(f).size() >= least_axes && shape(f).size() <= most_axes) fit.push_back(f);
  if (fit.empty()) return {};
  return chance(60) ? fit.back() : one_of(fit);
}

std::string NetworkDraw::pick_like(const Ints& dims, const std::string& but) {
  std::vector<std::string> fit;
  for (const std::string& f : floats_)
    if (f != but && shape(f) == dims) fit.push_back(f);
  return fit.empty() ? std::string() : one_of(fit);
}

std::string NetworkDraw::input(const Ints& dims) {
  const std::string x = name("in");
  result_.draft.inputs.push_back({x, dims, 1, {}});
  result_.shapes[x] = dims;
  return x;
}

std::string NetworkDraw::constant(const Ints& dims, std::int64_t type, Ints numbers) {
  const std::string c = name("c");
  result_.draft.constants.push_back({c, dims, type, std::move(numbers)});
  result_.shapes[c] = dims;
  return c;
}

std::string NetworkDraw::integers(const Ints& numbers) {
  return constant({static_cast<std::int64_t>(numbers.size())}, 7, numbers);
}
std::string NetworkDraw::integer(std::int64_t number) { return constant({}, 7, {number}); }
std::string NetworkDraw::reals(const Ints& numbers) {
  return constant({static_cast<std::int64_t>(numbers.size())}, 1, numbers);
}

// Some weights are made by nodes, as exports of training graphs and of half-precision networks have it.
std::string NetworkDraw::weight(const Ints& dims) {
  if (dims.empty() || !chance(25)) return constant(dims, 1);
  switch (between(0, 3)) {
    case 0: {
      const Ints order = permutation(dims.size());
      Ints before(dims.size());
      for (std::size_t i = 0; i < dims.size(); ++i) before[static_cast<std::size_t>(order[i])] = dims[i];
      return node("Transpose", dims, {{constant(before, 1)}, {list("perm", order)}});
    }
    case 1: return node("Reshape", dims, {{constant({elements_of(dims)}, 1), integers(dims)}});
    case 2: return node("Cast", dims, {{constant(dims, 10)}, {number("to", 1)}});
    default: return node("Mul", dims, {{constant(dims, 1), constant({}, 1, {3})}});
  }
}

std::vector<std::string> NetworkDraw::nodes(const std::string& type, const std::vector<Ints>& outs, Given given) {
  DraftNode n{name("n"), type, given.domain, std::move(given.inputs), {}, std::move(given.attributes)};
  for (const Ints& dims : outs) {
    n.outputs.push_back(name("v"));
    result_.shapes[n.outputs.back()] = dims;
  }
  result_.draft.nodes.push_back(n);
  return n.outputs;
}

void NetworkDraw::step() {
  for (int tries = 0; tries < 40; ++tries) {
    const std::int64_t family = between(0, 99);
    const auto operators = family < 30   ? drawn_products()
                           : family < 60 ? drawn_vectors()
                           : family < 88 ? drawn_movements()
                                         : drawn_constructs();
    const DrawnOperator& o =
        operators[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(operators.size()) - 1))];
    result_.last = o.name;
    const std::size_t nodes = result_.draft.nodes.size(), inputs = result_.draft.inputs.size(), floats = floats_.size(),
                      others = others_.size();
    if (o.draw(*this)) return;
    result_.draft.nodes.resize(nodes), result_.draft.inputs.resize(inputs);
    floats_.resize(floats), others_.resize(others);
  }
}

namespace {

// What nodes read, those of their bodies among them.
void collect_read(const Draft& draft, std::set<std::string>& read) {
  for (const DraftNode& n : draft.nodes) {
    read.insert(n.inputs.begin(), n.inputs.end());
    for (const DraftAttribute& a : n.attributes)
      if (a.graph != nullptr) {
        collect_read(*a.graph, read);
        read.insert(a.graph->outputs.begin(), a.graph->outputs.end());
      }
  }
}

}  // namespace

// What nobody reads leaves the network, and now and then what others read, too.
DrawnNetwork NetworkDraw::finish() && {
  std::set<std::string> read, made;
  collect_read(result_.draft, read);
  for (const DraftNode& n : result_.draft.nodes) made.insert(n.outputs.begin(), n.outputs.end());
  floats_.insert(floats_.end(), others_.begin(), others_.end());
  for (const std::string& v : floats_) {
    const bool leaves = !read.contains(v) || random_() % 12 == 0;
    if (leaves && made.contains(v)) result_.draft.outputs.push_back(v);
  }
  return std::move(result_);
}

DrawnNetwork draw_network(std::uint64_t seed, std::size_t steps) {
  NetworkDraw draw(seed);
  for (std::size_t i = 0; i < steps; ++i) draw.step();
  return std::move(draw).finish();
}

}  // namespace tessera::tests
