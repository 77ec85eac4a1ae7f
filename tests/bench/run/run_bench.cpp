// Whole runs: wall time of the first example with and without a trace, cost per tile, cost of idle cores.
//
//   yolov5s/LEVEL       prepared run to files in a temporary folder; cycles/s: simulated cycles of the core clock
//   hbm2/NETWORK        the four-core machine on eight channels of banked HBM2, with its trace: DRAM bound
//   tiles/N             the same layer in N times the tiles: tiles/s should not fall
//   cores/N             the same work on one core of N: an idle core should cost nothing
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "sim/config/run_reader.h"
#include "sim/prepare/prepare.h"
#include "sim/run/simulate.h"

namespace {

using namespace tessera;

const std::filesystem::path kSource = TESSERA_SOURCE_DIR;

sim::PreparedRun prepared(const sim::RunArguments& arguments) {
  const auto spec = sim::read_run(arguments);
  if (!spec) throw std::runtime_error(spec.problems().to_string());
  auto run = sim::prepare(*spec);
  if (!run) throw std::runtime_error(run.problems().to_string());
  return std::move(run).value();
}

sim::RunArguments arguments(const char* npu, const char* network, std::vector<std::string> overrides) {
  sim::RunArguments a;
  a.npu_file = kSource / "configs/npu" / (std::string(npu) + ".yaml");
  a.model_file = kSource / "models/zoo" / (std::string(network) + ".yaml");
  a.overrides = std::move(overrides);
  return a;
}

void simulate(benchmark::State& state, const sim::RunArguments& what, bool files) {
  const auto run = prepared(what);
  const auto folder = std::filesystem::temp_directory_path() / ("tessera_bench_" + std::to_string(getpid()));
  sim::SimulationOptions options;
  if (files) options.out = folder;
  sim::RunSummary summary;
  for (auto _ : state) {
    const auto result = sim::simulate(run, options);
    if (!result || !result->ok) return state.SkipWithError("the run failed");
    summary = result->summary;
  }
  std::filesystem::remove_all(folder);
  const auto rate = [](double n) { return benchmark::Counter(n, benchmark::Counter::kIsIterationInvariantRate); };
  const auto bursts =
      static_cast<double>((summary.dram.read_bytes + summary.dram.write_bytes) / run.spec.npu.dram.burst.count());
  state.counters["tiles"] = static_cast<double>(summary.tiles);
  state.counters["tiles/s"] = rate(static_cast<double>(summary.tiles));
  state.counters["cycles/s"] = rate(static_cast<double>(summary.makespan_cycles.count()));
  state.counters["bursts/s"] = rate(bursts);
  state.counters["events"] = static_cast<double>(summary.trace.events);
}

void yolov5s(benchmark::State& state, const char* level) {
  auto what = arguments("edge_8tops", "yolov5s_640x640", {std::string("trace.level=") + level});
  what.policy = "lookahead";
  simulate(state, what, true);
}
BENCHMARK_CAPTURE(yolov5s, off, "off")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(yolov5s, tile, "tile")->Unit(benchmark::kMillisecond)->UseRealTime();

void hbm2(benchmark::State& state, const char* network) {
  simulate(state,
           arguments("tpu_4x128", network, {"dram.model=bank_state", "dram.standard=HBM2-2000", "dram.channels=8"}),
           true);
}
BENCHMARK_CAPTURE(hbm2, yolov5s, "yolov5s_640x640")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(hbm2, resnet18, "resnet18")->Unit(benchmark::kMillisecond)->UseRealTime();

// Reading, tiling and bounds: everything of `tessera run` before the first simulated picosecond.
void prepare_yolov5s(benchmark::State& state) {
  const auto what = arguments("edge_8tops", "yolov5s_640x640", {});
  for (auto _ : state) benchmark::DoNotOptimize(prepared(what));
}
BENCHMARK(prepare_yolov5s)->Unit(benchmark::kMillisecond);

// One convolution in tiles of 16, 4 and 1 output rows: 1, 4 and 16 times the tiles.
void tiles(benchmark::State& state) {
  sim::RunArguments what;
  what.npu_file = kSource / "configs/npu/edge_8tops.yaml";
  what.conv = "w=64,h=1024,c=64,k=64,kw=3,kh=3,pl=1,pr=1,pt=1,pb=1";
  what.overrides = {"tiles=[{pattern: \"*\", m: " + std::to_string(16 / state.range(0)) + ", n: 16, k: 64}]",
                    "trace.level=off"};
  simulate(state, what, false);
}
BENCHMARK(tiles)->Arg(1)->Arg(4)->Arg(16)->Unit(benchmark::kMillisecond);

// One reduction of 4096 slices: they belong on one core, so all others are idle and the traffic is the same.
void cores(benchmark::State& state) {
  sim::RunArguments what;
  what.npu_file = kSource / "configs/npu/tiny_8x8.yaml";
  what.gemm = "64x262144x64";
  what.overrides = {"cores=" + std::to_string(state.range(0)), "tiles=[{pattern: \"*\", m: 64, n: 64, k: 64}]",
                    "trace.level=off"};
  simulate(state, what, false);
}
BENCHMARK(cores)->Arg(1)->Arg(8)->Arg(64)->Unit(benchmark::kMillisecond);

}  // namespace
