// Time to build the whole tile graph, and its bounds, of a network on a machine that ships.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "arch/spec/npu_reader.h"
#include "models/read_network.h"
#include "scheduler/bounds/lower_bound.h"
#include "scheduler/tiling/build_tile_graph.h"

namespace {

using namespace tessera;

struct Case {
  const char* network;
  const char* npu;
};

// Of the zoo, or else of the shared data.
std::filesystem::path network_file(const std::string& name) {
  const auto source = std::filesystem::path(TESSERA_SOURCE_DIR);
  const auto zoo = source / "models" / "zoo" / (name + ".yaml");
  if (std::filesystem::exists(zoo)) return zoo;
  const char* named = std::getenv("TESSERA_SHARED");
  const auto shared = named != nullptr ? std::filesystem::path(named) : source.parent_path() / "shared";
  return shared / "models" / (name + ".onnx");
}

void build(benchmark::State& state, const Case& which, bool bounds) {
  const auto file = network_file(which.network);
  if (!std::filesystem::exists(file)) return state.SkipWithError("no shared data: set TESSERA_SHARED");
  const auto network = models::read_network(file);
  const auto npu = arch::read_npu_file(
      std::filesystem::path(TESSERA_SOURCE_DIR) / "configs/npu" / (std::string(which.npu) + ".yaml"), {});
  if (!network || !npu) return state.SkipWithError("network or machine cannot be read");
  const arch::MachineLimits limits = arch::machine_limits(*npu);
  const auto graph = scheduler::build_tile_graph(*network, *npu, limits, {}, {});
  if (!graph) return state.SkipWithError("no tile graph");
  for (auto _ : state) {
    if (bounds) benchmark::DoNotOptimize(scheduler::lower_bound(*graph, *npu, limits));
    else benchmark::DoNotOptimize(scheduler::build_tile_graph(*network, *npu, limits, {}, {}));
  }
  state.counters["tiles"] = static_cast<double>(graph->tiles.size());
  state.counters["tiles/s"] =
      benchmark::Counter(static_cast<double>(graph->tiles.size()), benchmark::Counter::kIsIterationInvariantRate);
}

BENCHMARK_CAPTURE(build, tiles_yolov5s_edge, {"yolov5s_640x640", "edge_8tops"}, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(build, tiles_yolov5s_tpu, {"yolov5s_640x640", "tpu_4x128"}, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(build, tiles_yolov5s_many_core, {"yolov5s_640x640", "many_core_64"}, false)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(build, tiles_bert_base_edge, {"bert_base_seq128", "edge_8tops"}, false)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(build, bounds_yolov5s_edge, {"yolov5s_640x640", "edge_8tops"}, true)->Unit(benchmark::kMillisecond);

}  // namespace
