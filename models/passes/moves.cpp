#include "models/passes/moves.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "models/operators/operators.h"

namespace tessera::models {

namespace {

bool is_transpose(const Node& node) { return node.domain.empty() && node.type == "Transpose"; }

// A new node behind what makes `input`, and its result.
ValueId append(Graph& g, std::vector<Node>& nodes, const Node& like, const char* type, ValueId input, Dims dims) {
  const std::string name = like.name + (nodes.empty() ? "#split" : nodes.size() == 1 ? "#axes" : "#join");
  const ValueId v = g.add_value(name);
  g.values[v].literal.dims = std::move(dims);
  g.values[v].literal.type = g.values[input].type();
  g.values[v].shaped = true;
  Node n;
  n.name = name;
  n.type = type;
  n.inputs = {input};
  n.outputs = {v};
  n.where = like.where;
  nodes.push_back(std::move(n));
  return v;
}

}  // namespace

std::vector<std::size_t> order_of(const Node& node, std::size_t rank) {
  std::vector<std::size_t> order;
  if (const auto perm = node.attributes.find("perm"); perm != node.attributes.end())
    order.assign(perm->second.ints.begin(), perm->second.ints.end());
  else
    for (std::size_t i = rank; i-- > 0;) order.push_back(i);
  return order;
}

Moves::Moves(const Dims& source) {
  for (std::size_t a = 0; a < source.size(); ++a) {
    axes_.emplace_back();
    if (source[a] == 1) continue;
    source_.push_back(parts_.size());
    axes_.back().push_back(parts_.size());
    parts_.push_back({source[a], a});
  }
}

bool Moves::take(const Graph& g, const Node& node) {
  if (!is_transpose(node)) return rule_of(node).is_view && reshape(g.values[node.outputs[0]].dims());
  transpose(order_of(node, axes_.size()));
  return true;
}

void Moves::transpose(const std::vector<std::size_t>& order) {
  std::vector<std::vector<std::size_t>> turned;
  for (const std::size_t a : order) turned.push_back(axes_[a]);
  axes_ = std::move(turned);
}

bool Moves::reshape(const Dims& to) {
  Moves next = *this;
  std::vector<std::size_t> rest = order();
  std::reverse(rest.begin(), rest.end());  // the next one is the last
  next.axes_.assign(to.size(), {});
  for (std::size_t a = 0; a < to.size(); ++a)
    for (std::int64_t left = to[a]; left != 1;) {
      if (rest.empty() || left == 0) return false;
      const std::size_t part = rest.back();
      Part& p = next.parts_[part];
      if (left % p.extent == 0) {
        rest.pop_back();
        left /= p.extent;
      } else if (p.extent % left == 0) {  // its outer part is all that is left
        const std::size_t inner = next.parts_.size();
        rest.back() = inner;
        const Part cut{p.extent / left, p.origin};
        p.extent = left;
        left = 1;
        next.parts_.push_back(cut);
        next.source_.insert(std::ranges::find(next.source_, part) + 1, inner);
      } else {
        return false;
      }
      next.axes_[a].push_back(part);
    }
  if (!rest.empty()) return false;
  *this = std::move(next);
  return true;
}

std::vector<std::size_t> Moves::order() const {
  std::vector<std::size_t> all;
  for (const auto& parts : axes_) all.insert(all.end(), parts.begin(), parts.end());
  return all;
}

std::vector<std::size_t> Moves::places() const {
  std::vector<std::size_t> places(parts_.size());
  for (std::size_t i = 0; i < source_.size(); ++i) places[source_[i]] = i;
  return places;
}

bool Moves::moves() const {
  const std::vector<std::size_t> place = places();
  std::vector<std::size_t> all = order();
  std::erase_if(all, [&](std::size_t part) { return parts_[part].extent == 1; });
  return !std::ranges::is_sorted(all, {}, [&](std::size_t part) { return place[part]; });
}

bool Moves::innermost_in(std::size_t a) const {
  for (auto part = source_.rbegin(); part != source_.rend(); ++part)
    if (parts_[*part].extent != 1) return std::ranges::find(axes_[a], *part) != axes_[a].end();
  return false;
}

std::vector<Node> Moves::nodes(Graph& g, const Node& like, ValueId source, ValueId result) const {
  // Parts that are neighbours in source and result alike stay one axis.
  const std::vector<std::size_t> place = places();
  std::vector<std::vector<std::size_t>> runs;  // in the order of the result
  for (const std::size_t part : order()) {
    if (parts_[part].extent == 1) continue;
    const auto follows = [&](std::size_t before) {
      for (std::size_t at = place[before] + 1; at < source_.size(); ++at) {
        if (source_[at] == part) return true;
        if (parts_[source_[at]].extent != 1) return false;
      }
      return false;
    };
    if (!runs.empty() && follows(runs.back().back())) runs.back().push_back(part);
    else runs.push_back({part});
  }
  const auto extent = [&](const std::vector<std::size_t>& run) {
    return std::accumulate(run.begin(), run.end(), std::int64_t{1},
                           [&](std::int64_t all, std::size_t part) { return all * parts_[part].extent; });
  };
  std::vector<std::size_t> in_source(runs.size());  // runs in the order of the source
  std::iota(in_source.begin(), in_source.end(), std::size_t{0});
  std::ranges::sort(in_source, {}, [&](std::size_t run) { return place[runs[run].front()]; });
  Dims seen, turned;
  std::vector<std::int64_t> perm;
  for (const std::size_t run : in_source) seen.push_back(extent(runs[run]));
  for (std::size_t run = 0; run < runs.size(); ++run) {
    turned.push_back(extent(runs[run]));
    perm.push_back(std::ranges::find(in_source, run) - in_source.begin());
  }
  std::vector<Node> made;
  ValueId v = source;
  const auto dims = [&](ValueId of) { return g.values[of].dims(); };
  const auto extents = [](Dims of) {
    std::erase(of, 1);
    return of;
  };
  // Axes of one element stay where both have as many of them and nothing is cut or joined: no reshape is needed then.
  if (!std::ranges::is_sorted(perm) && extents(dims(source)) == seen && extents(dims(result)) == turned &&
      dims(source).size() == dims(result).size()) {
    std::vector<std::int64_t> ones, counted;  // axes of the source
    const Dims from = dims(source);
    for (std::size_t a = 0; a < from.size(); ++a)
      (from[a] == 1 ? ones : counted).push_back(static_cast<std::int64_t>(a));
    std::vector<std::int64_t> all;
    std::size_t one = 0, run = 0;
    for (const std::int64_t extent : dims(result))
      all.push_back(extent == 1 ? ones[one++] : counted[static_cast<std::size_t>(perm[run++])]);
    seen = from, turned = dims(result), perm = std::move(all);
  }
  if (!std::ranges::is_sorted(perm)) {
    if (dims(v) != seen) v = append(g, made, like, "Reshape", v, seen);
    v = append(g, made, like, "Transpose", v, turned);
    made.back().attributes = {{"perm", Attribute::integers(perm)}};
  }
  if (made.empty() || dims(v) != dims(result))
    v = append(g, made, like, dims(v) == dims(result) ? "Identity" : "Reshape", v, dims(result));
  made.back().outputs = {result};
  return made;
}

}  // namespace tessera::models
