#include "scheduler/tiling/build_tile_graph.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/checked.h"
#include "scheduler/tiles/requests.h"
#include "scheduler/tiles/tile_graph_build.h"
#include "scheduler/tiling/draft.h"
#include "scheduler/tiling/run_size.h"
#include "scheduler/tiling/tile_rules.h"

namespace tessera::scheduler {

namespace {

std::optional<std::string> count_refusal(const TileGraph& graph, std::int64_t requests) {
  constexpr std::int64_t kMost = kMostTilesOfRun;
  const auto of_one = static_cast<std::int64_t>(std::max(graph.tiles.size(), graph.blocks.size()));
  if (of_one == 0 || requests <= kMost / of_one) return std::nullopt;
  return "requests.count: " + std::to_string(requests) + " requests of " + std::to_string(of_one) +
         " tiles and blocks each are more than the " + std::to_string(kMost) + " that can be told apart; at most " +
         std::to_string(kMost / of_one) + " requests";
}

}  // namespace

base::Result<TileGraph> build_tile_graph(const models::Network& network, const arch::NpuSpec& npu,
                                         const arch::MachineLimits& limits, const ScheduleSpec& schedule,
                                         const RequestSpec& requests, const Building& building) {
  if (auto without_effect = check_tile_rules(schedule, network); !without_effect.empty()) return without_effect;
  const RunSize size = least_size(network, npu, schedule, requests);
  if (auto problem = over_limit(size, building.limits)) return base::failure(std::move(*problem));
  if (building.on_size) building.on_size(size);
  const auto progress = [&building](std::string_view step, std::uint64_t done, std::uint64_t total) {
    if (building.on_progress) building.on_progress(step, done, total);
  };
  Draft draft = cheapest_draft(network, npu, limits, schedule, requests, building);
  if (draft.refusal) return base::failure(*draft.refusal);
  if (!draft.problems.empty()) return draft.problems;
  TileGraph graph = std::move(draft.graph);
  if (const auto too_many = count_refusal(graph, requests.count)) return base::failure(*too_many);
  graph.requests = requests_of(requests);
  for (const auto& op : network.operators)
    if (op.unit == models::Unit::pe)
      graph.macs = base::saturating_sum(graph.macs, base::saturating_product(op.pe.macs(), requests.count));
  graph.dram_bytes_end = draft.end;
  progress("requests made", 0, static_cast<std::uint64_t>(requests.count));
  repeat_requests(graph, static_cast<std::uint32_t>(requests.count), draft.request_bytes);
  count_loads(graph);
  progress("tiles linked", 0, graph.tiles.size());
  return link_tile_graph(std::move(graph), network);
}

}  // namespace tessera::scheduler
