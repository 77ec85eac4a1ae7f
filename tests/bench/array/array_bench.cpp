// Cost of a tile's plan (it must not grow with the folds) and speed of the register model.
#include <benchmark/benchmark.h>

#include "arch/array/register_array.h"

namespace tessera::arch {
namespace {

// Argument: output channels and reduction; 16 x 16 array, so folds grow with its square.
void PlanFolds(benchmark::State& state) {
  const PeArraySpec array;
  const ArrayShape shape{196, state.range(0), state.range(0)};
  for (auto _ : state) benchmark::DoNotOptimize(plan_folds(array, shape));
  state.counters["folds"] = static_cast<double>(plan_folds(array, shape).folds);
}
BENCHMARK(PlanFolds)->Arg(16)->Arg(250)->Arg(4000);

// Argument: side of the array; cell cycles per second of the register model.
void RegisterArray(benchmark::State& state) {
  PeArraySpec array;
  array.rows = array.columns = state.range(0);
  const ArrayShape shape{64, state.range(0), 2 * state.range(0)};
  std::int64_t cycles = 0;
  for (auto _ : state) cycles += run_register_array(array, shape).latency.count();
  state.counters["cell_cycles/s"] =
      benchmark::Counter(static_cast<double>(cycles * array.rows * array.columns), benchmark::Counter::kIsRate);
}
BENCHMARK(RegisterArray)->Arg(8)->Arg(32)->Arg(128)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tessera::arch
