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

// The engine prices what this machine would choose and what machines would that are smaller by one thing; then what
// machines would that are smaller than the best of those by one more, and so on. Of equal ones the first: the machine's
// own.
class Trials {
 public:
  Trials(const Run& run, Draft chosen, TileGraph graph) : run_(run), best_(std::move(graph)) {
    least_ = run.building.trial(best_, base::kNever);
    tried_.push_back(std::move(chosen));
    open_.push_back({{run.npu, run.schedule}, least_});
  }

  TileGraph best() && {
    for (int i = 0; i < kMostLookedAt && !open_.empty(); ++i) {
      const auto next = std::ranges::min_element(open_, {}, &Open::time);
      if (next->time > least_ + margin()) break;
      const SmallerMachine from = std::move(next->machine);
      open_.erase(next);
      auto machines = smaller_machines(from.npu, from.schedule);
      for (SmallerMachine& machine : machines) consider(std::move(machine));
    }
    return std::move(best_);
  }

 private:
  // A machine with a tiling of its own, whose smaller ones were not looked at, and what that takes on this one.
  struct Open {
    SmallerMachine machine;
    base::Ps time;
  };
  // What is so much slower is given up.
  [[nodiscard]] base::Ps margin() const { return base::Ps{least_ == base::kNever ? 0 : least_.count() / 8}; }

  void consider(SmallerMachine machine) {
    auto draft = draft_of_smaller(run_.network, run_.npu, run_.limits, run_.schedule, run_.requests, quiet_, machine);
    if (!draft || std::ranges::any_of(tried_, [&](const Draft& d) { return same_tiles(*draft, d); })) return;
    tried_.push_back(*draft);
    auto graph = finished(run_, std::move(*draft));
    if (!graph) return;
    const base::Ps time = run_.building.trial(*graph, least_ + margin());
    if (time == base::kNever) return;
    open_.push_back({std::move(machine), time});
    if (time >= least_) return;
    least_ = time;
    best_ = std::move(graph).value();
  }

  static constexpr int kMostLookedAt = 4;

  const Run& run_;
  Building quiet_{.limits = run_.building.limits};
  std::vector<Draft> tried_;
  std::vector<Open> open_;
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
  const bool alone = network.operators.size() == 1;
  if (!building.trial || !alone || !draft.ok() || tiles > kMostTried) return finished(run, std::move(draft));
  auto graph = finished(run, draft);
  if (!graph) return graph;
  return Trials(run, std::move(draft), std::move(graph).value()).best();
}

}  // namespace tessera::scheduler
