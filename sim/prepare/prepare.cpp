#include "sim/prepare/prepare.h"

#include <fmt/format.h>

#include <chrono>

#include "arch/spec/mac_rate.h"
#include "models/read_network.h"
#include "scheduler/tiling/build_tile_graph.h"
#include "sim/config/file_kind.h"
#include "sim/prepare/computer_memory.h"
#include "sim/prepare/find_prices.h"
#include "sim/prepare/run_limits.h"

namespace tessera::sim {

base::Result<models::Network> load_network(const ModelSource& source) {
  if (source.gemm) return models::gemm_network(*source.gemm);
  if (source.conv) return models::conv_network(*source.conv);
  auto network = models::read_network(source.file, source.bind);
  if (!network) return explained(network.problems(), source.file, FileKind::network);
  return network;
}

namespace {

// Addresses beyond the capacity would wrap onto others.
base::Diagnostics check_capacity(const PreparedRun& run) {
  const std::int64_t capacity = run.limits.dram.capacity_bytes, needed = run.graph.dram_bytes_end;
  if (capacity == 0 || needed <= capacity) return {};
  const arch::DramSpec& dram = run.spec.npu.dram;
  return base::failure(
      {run.spec.npu_source, 0, 0},
      fmt::format("the tensors of {} request{} take {} B of DRAM, and dram.channels: {} of {} hold {} B: it takes {} "
                  "channels, or a dram.standard with more rows",
                  run.spec.requests.count, run.spec.requests.count == 1 ? "" : "s", needed, dram.channels,
                  dram.bank_state.standard, capacity, base::ceil_div(needed, capacity / dram.channels)));
}

}  // namespace

base::Result<PreparedRun> prepare(const RunSpec& spec, PrepareListener listener) {
  const auto start = std::chrono::steady_clock::now();
  auto network = load_network(spec.model);
  if (!network) return network.problems();
  PreparedRun run{spec, {}, std::move(network).value(), {}, 0, {}, {}};
  run.spec.npu.precision = spec.used_precision();
  auto& array = run.spec.npu.core.pe_array;
  array.rate = arch::mac_rate(run.spec.npu, run.spec.npu.precision);
  if (array.fidelity == arch::Fidelity::detailed && array.rate != arch::MacRate{}) {
    return base::failure({spec.npu_source, 0, 0},
                         "core.pe_array.fidelity: detailed moves one step of an operand per cycle, so mac_rate." +
                             std::string(arch::to_string(run.spec.npu.precision)) + " must be 1 with it");
  }
  run.limits = arch::machine_limits(run.spec.npu);
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
  if (auto problems = check_capacity(run); !problems.empty()) return problems;
  if (auto problems = check_limits(run); !problems.empty()) return problems;
  run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return run;
}

}  // namespace tessera::sim
