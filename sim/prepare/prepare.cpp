#include "sim/prepare/prepare.h"

#include <fmt/format.h>

#include <chrono>

#include "arch/spec/mac_rate.h"
#include "scheduler/address/tensor_precision.h"
#include "scheduler/fitting/fit_network.h"
#include "scheduler/program/program.h"
#include "scheduler/replay/action_table.h"
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

// The plan of the policy `static`, of which the tiles are now known.
base::Diagnostics read_plan(PreparedRun& run) {
  scheduler::PolicySpec& policy = run.spec.schedule.policy;
  const std::string file = scheduler::plan_file(policy);
  if (file.empty()) return {};
  auto plan = scheduler::read_action_table(file, run.network, run.graph, run.spec.npu, plan_is_per_core(policy));
  if (!plan) return plan.problems();
  policy.plan = std::make_shared<const scheduler::ActionPlan>(std::move(plan).value());
  return {};
}

// What a run's machine is, and what may not be exceeded: the network is known.
base::Diagnostics set_limits(PreparedRun& run) {
  if (auto problems = set_rate(run); !problems.empty()) return problems;
  run.limits = arch::machine_limits(run.spec.npu);
  auto prices = find_prices(run.spec.npu, run.spec.npu_source);
  if (!prices) return prices.problems();
  run.prices = std::move(prices).value();
  run.time_limit = longest_run(run.prices);
  return {};
}

base::Diagnostics build_network(PreparedRun& run, PrepareListener& listener) {
  auto network = load_network(run.spec.model, {.keeps_quantization = run.spec.keeps_file_precision()});
  if (!network) return network.problems();
  run.network = std::move(network).value();
  if (auto problems = assign_precision(run.network, run.spec); !problems.empty()) return problems;
  if (auto problems = set_limits(run); !problems.empty()) return problems;
  run.network = scheduler::fit_network(std::move(run.network), run.spec.npu, run.spec.schedule);
  if (auto problems = check_limits(run.spec, run.network, run.time_limit); !problems.empty()) return problems;
  scheduler::Building building{run.spec.limits, std::move(listener.on_size), std::move(listener.on_progress)};
  if (listener.trial) {
    building.trial = [&](const scheduler::TileGraph& graph, base::Ps limit) {
      PreparedRun tried = run;
      tried.graph = graph;
      return listener.trial(tried, limit);
    };
  }
  if (building.limits.memory == 0) building.limits.memory = computer_memory() / 2;
  auto graph = scheduler::build_tile_graph(run.network, run.spec.npu, run.limits, run.spec.schedule, run.spec.requests,
                                           building);
  if (!graph) return graph.problems();
  run.graph = std::move(graph).value();
  return {};
}

base::Diagnostics build_program(PreparedRun& run) {
  auto program = scheduler::read_program(run.spec.model.program, run.spec.npu, run.spec.requests, run.spec.limits);
  if (!program) return explained(program.problems(), run.spec.model.program, FileKind::program);
  run.network = std::move(program->network);
  run.graph = std::move(program->graph);
  if (auto problems = set_limits(run); !problems.empty()) return problems;
  return check_limits(run.spec, run.network, run.time_limit);
}

}  // namespace

base::Result<PreparedRun> prepare(const RunSpec& spec, PrepareListener listener) {
  const auto start = std::chrono::steady_clock::now();
  PreparedRun run;
  run.spec = spec;
  run.spec.npu.precision = spec.used_precision();
  auto built = spec.model.program.empty() ? build_network(run, listener) : build_program(run);
  if (!built.empty()) return built;
  if (auto problems = check_limits(run); !problems.empty()) return problems;
  if (auto problems = read_plan(run); !problems.empty()) return problems;
  run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return run;
}

}  // namespace tessera::sim
