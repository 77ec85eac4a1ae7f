// One small convolution on the smallest machine, with its records: enough of everything (input and weight loads, K
// slices, stores) and short.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "sim/config/run_reader.h"
#include "sim/machine/custom_memory.h"
#include "sim/run/simulate.h"
#include "trace/record/collector.h"

namespace tessera::tests {

struct SmallExecution {
  sim::SimulationResult result;
  std::vector<trace::Collector::Item> records;
  [[nodiscard]] base::Ps makespan() const { return result.summary.makespan; }
};

template <class T>
T wanted(base::Result<T> result) {
  if (!result) throw std::runtime_error(result.problems().to_string());
  return std::move(result).value();
}

inline sim::PreparedRun small_run(const std::vector<std::string>& overrides) {
  sim::RunArguments arguments;
  arguments.npu_file = std::filesystem::path(TESSERA_SOURCE_DIR) / "configs/npu/tiny_8x8.yaml";
  arguments.conv = "w=20,h=20,c=16,k=24,kw=3,kh=3,pl=1,pr=1,pt=1,pb=1";
  arguments.overrides = overrides;
  return wanted(sim::prepare(wanted(sim::read_run(arguments))));
}

inline SmallExecution execute_small(const std::vector<std::string>& overrides, sim::SimulationOptions options = {}) {
  const auto run = small_run(overrides);
  trace::Collector collector;
  options.listeners = {&collector};
  options.trace_in_place = true;
  auto result = wanted(sim::simulate(run, options));
  return {std::move(result), collector.items()};
}

}  // namespace tessera::tests
