// What lies before or behind every node of a graph without cycles, summed up: the transitive closure, with each thing
// counted once however many ways lead to it.
//
// Bit sets, 512 columns at a time, so memory is 64 bytes a node. Nodes with the same neighbours share one set and one
// sum. The cost is (columns / 64) x (nodes + distinct edges) word operations; where that would be more than
// `most_steps`, the columns with the least share of the work are left out, so that sums become smaller: a lower bound
// stays one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "scheduler/bounds/work.h"

namespace tessera::scheduler {

// Lists of numbers, one for each row, one behind the other.
struct Lists {
  std::vector<std::uint32_t> begin{0}, values;

  void add(std::span<const std::uint32_t> list) {
    values.insert(values.end(), list.begin(), list.end());
    begin.push_back(static_cast<std::uint32_t>(values.size()));
  }
  [[nodiscard]] std::size_t size() const { return begin.size() - 1; }
  [[nodiscard]] std::span<const std::uint32_t> operator[](std::size_t i) const {
    return std::span(values).subspan(begin[i], begin[i + 1] - begin[i]);
  }
};

struct ReachGraph {
  Lists next;                 // by node: the nodes that it reaches directly
  bool ascending = true;      // `next` of a node are below it; false: above it
  std::vector<Work> columns;  // what is summed up
  Lists own;                  // by column: nodes that reach hands on, ascending
  Lists near;                 // by column: nodes that reach it themselves, whatever their `next`, ascending
};

inline constexpr std::uint64_t kMostReachSteps = 100'000'000;  // about a tenth of a second

// By node: the sum over its near columns and over own and near columns of every node that it reaches. Its own columns
// are not among them unless something that it reaches has them too.
[[nodiscard]] std::vector<Work> reached_work(const ReachGraph&, std::uint64_t most_steps = kMostReachSteps);

}  // namespace tessera::scheduler
