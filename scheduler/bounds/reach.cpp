#include "scheduler/bounds/reach.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <unordered_map>

namespace tessera::scheduler {
namespace {

constexpr std::size_t kWords = 8, kColumns = 64 * kWords;
using Set = std::array<std::uint64_t, kWords>;

// From lists by column to lists by node.
Lists inverted(const Lists& lists, std::size_t nodes) {
  Lists result;
  std::vector<std::uint32_t> count(nodes);
  for (const std::uint32_t node : lists.values) ++count[node];
  result.begin.resize(nodes + 1);
  std::inclusive_scan(count.begin(), count.end(), result.begin.begin() + 1);
  result.values.resize(lists.values.size());
  std::vector<std::uint32_t> at(result.begin.begin(), result.begin.end() - 1);
  for (std::uint32_t c = 0; c < lists.size(); ++c)
    for (const std::uint32_t node : lists[c]) result.values[at[node]++] = c;
  return result;
}

// Nodes that reach the same: one set is made for all of them.
struct Classes {
  std::vector<std::uint32_t> of;     // by node
  std::vector<std::uint32_t> first;  // by class: a node of it, in the order of the walk the first
  std::uint64_t edges = 0;           // of these nodes
};

Classes classify(const ReachGraph& graph, const Lists& near) {
  const auto nodes = static_cast<std::uint32_t>(graph.next.size());
  Classes classes;
  classes.of.resize(nodes);
  std::unordered_multimap<std::uint64_t, std::uint32_t> known;
  for (std::uint32_t i = 0; i < nodes; ++i) {
    const std::uint32_t node = graph.ascending ? i : nodes - 1 - i;
    std::uint64_t hash = 1469598103934665603u;
    const auto mix = [&](std::uint64_t v) { hash = (hash ^ v) * 1099511628211u; };
    for (const std::uint32_t v : graph.next[node]) mix(v);
    mix(~std::uint64_t{0});
    for (const std::uint32_t v : near[node]) mix(v);
    const auto same = known.equal_range(hash);
    const auto found = std::find_if(same.first, same.second, [&](const auto& entry) {
      const std::uint32_t other = classes.first[entry.second];
      return std::ranges::equal(graph.next[node], graph.next[other]) && std::ranges::equal(near[node], near[other]);
    });
    if (found != same.second) {
      classes.of[node] = found->second;
      continue;
    }
    classes.of[node] = static_cast<std::uint32_t>(classes.first.size());
    known.emplace(hash, classes.of[node]);
    classes.first.push_back(node);
    classes.edges += graph.next[node].size();
  }
  return classes;
}

// The columns that are worth their cost, in their order.
std::vector<std::uint32_t> chosen_columns(const ReachGraph& graph, const Classes& classes, std::uint64_t most_steps) {
  std::vector<std::uint32_t> columns(graph.columns.size());
  std::iota(columns.begin(), columns.end(), 0u);
  const std::uint64_t each_64 = classes.edges + graph.next.size() + 1;
  const std::uint64_t most = std::max<std::uint64_t>(1, most_steps / each_64) * 64;
  if (columns.size() <= most) return columns;
  Work all;
  for (const Work& work : graph.columns) all += work;
  std::vector<double> share;
  for (const Work& work : graph.columns) share.push_back(work.largest_share(all));
  std::ranges::nth_element(columns, columns.begin() + static_cast<std::ptrdiff_t>(most),
                           [&](auto a, auto b) { return share[a] != share[b] ? share[a] > share[b] : a < b; });
  columns.resize(most);
  std::ranges::sort(columns);
  return columns;
}

class Sweep {
 public:
  Sweep(const ReachGraph& graph, const Classes& classes)
      : graph_(graph), classes_(classes), handed_(graph.next.size()), near_(graph.next.size()),
        reached_(classes.first.size()), sums_(classes.first.size()) {}

  void run(std::span<const std::uint32_t> columns) {
    mark(columns);
    const std::size_t nodes = graph_.next.size();
    for (std::size_t i = 0; i < nodes; ++i) visit(static_cast<std::uint32_t>(graph_.ascending ? i : nodes - 1 - i));
  }
  [[nodiscard]] std::vector<Work> sums() const {
    std::vector<Work> result;
    for (const std::uint32_t c : classes_.of) result.push_back(sums_[c]);
    return result;
  }

 private:
  void mark(std::span<const std::uint32_t> columns) {
    std::ranges::fill(handed_, Set{});
    std::ranges::fill(near_, Set{});
    columns_ = columns;
    totals_ = {};
    full_ = {};
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::uint64_t bit = std::uint64_t{1} << (i % 64);
      for (const std::uint32_t node : graph_.own[columns[i]]) handed_[node][i / 64] |= bit;
      for (const std::uint32_t node : graph_.near[columns[i]]) near_[node][i / 64] |= bit;
      totals_[i / 64] += graph_.columns[columns[i]];
      full_[i / 64] |= bit;
    }
  }
  void visit(std::uint32_t node) {
    const std::uint32_t c = classes_.of[node];
    Set& reached = reached_[c];
    if (classes_.first[c] == node) {
      reached = near_[node];
      for (const std::uint32_t next : graph_.next[node])
        for (std::size_t w = 0; w < kWords; ++w) reached[w] |= handed_[next][w];
      add(reached, sums_[c]);
    }
    for (std::size_t w = 0; w < kWords; ++w) handed_[node][w] |= reached[w];
  }
  // Most words are empty or full: only the rim of what is reached is counted bit by bit.
  void add(const Set& set, Work& sum) const {
    for (std::size_t w = 0; w < kWords; ++w) {
      if (set[w] == 0) continue;
      if (set[w] == full_[w]) {
        sum += totals_[w];
        continue;
      }
      for (std::uint64_t bits = set[w]; bits != 0; bits &= bits - 1)
        sum += graph_.columns[columns_[w * 64 + static_cast<std::size_t>(std::countr_zero(bits))]];
    }
  }

  const ReachGraph& graph_;
  const Classes& classes_;
  std::vector<Set> handed_, near_, reached_;
  std::vector<Work> sums_;
  std::span<const std::uint32_t> columns_;
  std::array<Work, kWords> totals_{};
  Set full_{};
};

}  // namespace

std::vector<Work> reached_work(const ReachGraph& graph, std::uint64_t most_steps) {
  const Lists near = inverted(graph.near, graph.next.size());
  const Classes classes = classify(graph, near);
  const std::vector<std::uint32_t> columns = chosen_columns(graph, classes, most_steps);
  Sweep sweep(graph, classes);
  for (std::size_t at = 0; at < columns.size(); at += kColumns)
    sweep.run(std::span(columns).subspan(at, std::min(kColumns, columns.size() - at)));
  return sweep.sums();
}

}  // namespace tessera::scheduler
