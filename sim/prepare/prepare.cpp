#include "sim/prepare/prepare.h"

#include <fmt/format.h>

#include <chrono>

#include "arch/spec/mac_rate.h"
#include "scheduler/address/tensor_precision.h"
#include "scheduler/fitting/fit_network.h"
#include "scheduler/tiling/build_tile_graph.h"
#include "sim/config/file_kind.h"
#include "sim/prepare/assign_precision.h"
#include "sim/prepare/computer_memory.h"
#include "sim/prepare/find_prices.h"
#include "sim/prepare/run_limits.h"

namespace tessera::sim {

base::Result<models::Network> load_network(const ModelSource& source, const models::ReadOptions& options) {
  if (source.gemm) return models::gemm_network(*source.gemm);
  if (source.conv) return models::conv_network(*source.conv);
  models::ReadOptions bound = options;
  bound.bind = source.bind;
  bound.host = source.host;
  auto network = models::read_network(source.file, bound);
  if (!network) return explained(network.problems(), source.file, FileKind::network);
  return network;
}

namespace {

// The array's rate in the spec is the highest of all operators': peaks and bounds are told by it.
base::Diagnostics set_rate(PreparedRun& run) {
  arch::NpuSpec& npu = run.spec.npu;
  arch::PeArraySpec& array = npu.core.pe_array;
  std::optional<arch::MacRate> highest;
  for (const models::Operator& op : run.network.operators) {
    if (op.unit != models::Unit::pe) continue;
    const base::Precision precision = scheduler::operand_precision(run.network, npu, op);
    const arch::MacRate rate = arch::mac_rate(npu, precision);
    if (!highest || rate.thousandths > highest->thousandths) highest = rate;
    if (array.fidelity != arch::Fidelity::detailed || rate == arch::MacRate{}) continue;
    return base::failure({run.spec.npu_source, 0, 0},
                         fmt::format("core.pe_array.fidelity: detailed moves one step of an operand per cycle, so "
                                     "mac_rate.{} must be 1 with it",
                                     base::to_string(precision)));
  }
  array.rate = highest.value_or(arch::mac_rate(npu, npu.precision));
  return {};
}

}  // namespace

base::Result<PreparedRun> prepare(const RunSpec& spec, PrepareListener listener) {
  const auto start = std::chrono::steady_clock::now();
  auto network = load_network(spec.model, {.keeps_quantization = spec.keeps_file_precision()});
  if (!network) return network.problems();
  PreparedRun run{spec, {}, std::move(network).value(), {}, 0, {}, {}};
  run.spec.npu.precision = spec.used_precision();
  if (auto problems = assign_precision(run.network, run.spec); !problems.empty()) return problems;
  if (auto problems = set_rate(run); !problems.empty()) return problems;
  run.limits = arch::machine_limits(run.spec.npu);
  run.network = scheduler::fit_network(std::move(run.network), run.spec.npu, run.spec.schedule);
  auto prices = find_prices(run.spec.npu, spec.npu_source);
  if (!prices) return prices.problems();
  run.prices = std::move(prices).value();
  run.time_limit = longest_run(run.prices);
  if (auto problems = check_limits(run.spec, run.network, run.time_limit); !problems.empty()) return problems;
  scheduler::Building building{spec.limits, std::move(listener.on_size), std::move(listener.on_progress)};
  if (building.limits.memory == 0) building.limits.memory = computer_memory() / 2;
  auto graph = scheduler::build_tile_graph(run.network, run.spec.npu, run.limits, run.spec.schedule, run.spec.requests,
                                           building);
  if (!graph) return graph.problems();
  run.graph = std::move(graph).value();
  if (auto problems = check_limits(run); !problems.empty()) return problems;
  run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return run;
}

}  // namespace tessera::sim
