// The order in which policies take requests that have arrived: the higher priority first, of equals the earlier.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

namespace tessera::scheduler {

// The place of each request in that order, 0 first. Requests of one priority keep the order of their numbers.
template <class Requests>
[[nodiscard]] std::vector<std::uint32_t> request_ranks(const Requests& requests) {
  std::vector<std::uint32_t> order(requests.size()), ranks(requests.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&requests](std::uint32_t a, std::uint32_t b) {
    return requests[a].priority > requests[b].priority;
  });
  for (std::uint32_t rank = 0; rank < order.size(); ++rank) ranks[order[rank]] = rank;
  return ranks;
}

}  // namespace tessera::scheduler
