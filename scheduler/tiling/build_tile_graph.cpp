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

// Of a run with more tiles than this the ends count for little, and trials would take long.
constexpr double kMostTried = 1024;

std::optional<std::string> count_refusal(const TileGraph& graph, std::int64_t requests) {
  constexpr std::int64_t kMost = kMostTilesOfRun;
  const auto of_one = static_cast<std::int64_t>(std::max(graph.tiles.size(), graph.blocks.size()));
  if (of_one == 0 || requests <= kMost / of_one) return std::nullopt;
  return "requests.count: " + std::to_string(requests) + " requests of " + std::to_string(of_one) +
         " tiles and blocks each are more than the " + std::to_string(kMost) + " that can be told apart; at most " +
         std::to_string(kMost / of_one) + " requests";
}

// What all drafts of a run share.
struct Run {
  const models::Network& network;
  const arch::NpuSpec& npu;
  const arch::MachineLimits& limits;
  const ScheduleSpec& schedule;
  const RequestSpec& requests;
  const Building& building;
  void progress(std::string_view what, std::uint64_t total) const {
    if (building.on_progress) building.on_progress(what, 0, total);
  }
};

// All requests, linked.
base::Result<TileGraph> finished(const Run& run, Draft draft) {
  if (draft.refusal) return base::failure(*draft.refusal);
  if (!draft.problems.empty()) return draft.problems;
  TileGraph graph = std::move(draft.graph);
  const auto& requests = run.requests;
  if (const auto too_many = count_refusal(graph, requests.count)) return base::failure(*too_many);
  graph.requests = requests_of(requests);
  for (const auto& op : run.network.operators)
    if (op.unit == models::Unit::pe)
      graph.macs = base::saturating_sum(graph.macs, base::saturating_product(op.pe.macs(), requests.count));
  graph.dram_bytes_end = draft.end;
  run.progress("requests made", static_cast<std::uint64_t>(requests.count));
  repeat_requests(graph, static_cast<std::uint32_t>(requests.count), draft.request_bytes);
  count_loads(graph);
  run.progress("tiles linked", graph.tiles.size());
  return link_tile_graph(std::move(graph), run.network);
}

// Of a single operator the engine decides between what rehearsals cannot tell apart. It runs the machine's own tiling
// first, then the others, those that the rehearsal finds best first. Of equal ones the first.
class Trials {
 public:
  Trials(const Run& run, const Draft& own, TileGraph graph) : run_(run), own_(own), best_(std::move(graph)) {}

  TileGraph best() && {
    const auto tilings = pe_tilings(run_.network, run_.npu, run_.limits, run_.schedule, run_.requests.count,
                                    run_.network.operators.front(), slot_counts(run_.npu, run_.schedule));
    PeTiling own{own_.sizes.begin()->second.sizes};
    std::ranges::copy(own_.graph.slots, own.slots.begin());
    std::vector<PeTiling> tried;
    double work = 0;
    for (const PeTiling& tiling : tilings) {
      if (tiling.same_tiles(own)) continue;
      work += work_of(tiling);
      if (work > kMostWork) break;
      tried.push_back(tiling);
    }
    if (tried.empty()) return std::move(best_);
    least_ = run_.building.trial(best_, base::kNever);
    for (const PeTiling& tiling : tried) consider(tiling);
    return std::move(best_);
  }

 private:
  // Of a trial, in packets: those that the engine moves, and what a core and a tile cost in place of that.
  [[nodiscard]] double work_of(const PeTiling& t) const {
    const auto of_request = static_cast<double>(t.packets + kTileWork * t.tiles);
    return static_cast<double>(run_.requests.count) * of_request + static_cast<double>(kCoreWork * run_.npu.cores);
  }

  void consider(const PeTiling& tiling) {
    Draft draft = draft_with(tiling, own_, run_.network, run_.npu, run_.limits, run_.schedule, run_.requests, quiet_);
    if (!draft.ok()) return;
    auto graph = finished(run_, std::move(draft));
    if (!graph) return;
    const base::Ps time = run_.building.trial(*graph, least_);
    if (time >= least_) return;
    least_ = time;
    best_ = std::move(graph).value();
  }

  static constexpr std::int64_t kTileWork = 150, kCoreWork = 150;
  static constexpr double kMostWork = 300'000;  // about a tenth of a second

  const Run& run_;
  Building quiet_{.limits = run_.building.limits};
  const Draft& own_;
  TileGraph best_;
  base::Ps least_ = base::kNever;
};

}  // namespace

base::Result<TileGraph> build_tile_graph(const models::Network& network, const arch::NpuSpec& npu,
                                         const arch::MachineLimits& limits, const ScheduleSpec& schedule,
                                         const RequestSpec& requests, const Building& building) {
  if (auto without_effect = check_tile_rules(schedule, network); !without_effect.empty()) return without_effect;
  const RunSize size = least_size(network, npu, schedule, requests);
  if (auto problem = over_limit(size, building.limits)) return base::failure(std::move(*problem));
  if (building.on_size) building.on_size(size);
  const Run run{network, npu, limits, schedule, requests, building};
  Draft draft = cheapest_draft(network, npu, limits, schedule, requests, building);
  const double tiles = static_cast<double>(draft.graph.tiles.size()) * static_cast<double>(requests.count);
  // In a network what stands beside an operator hides much of what the tilings differ by.
  const bool alone = network.operators.size() == 1 && draft.sizes.size() == 1;
  if (!building.trial || !alone || !draft.ok() || tiles > kMostTried) return finished(run, std::move(draft));
  auto graph = finished(run, draft);
  if (!graph) return graph;
  return Trials(run, draft, std::move(graph).value()).best();
}

}  // namespace tessera::scheduler
