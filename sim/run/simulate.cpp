#include "sim/run/simulate.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "scheduler/dispatch/dispatcher.h"
#include "scheduler/dispatch/lanes.h"
#include "scheduler/plugin/open_policy.h"
#include "scheduler/policy/policies.h"
#include "scheduler/replay/plan_comparison.h"
#include "sim/kernel/context.h"
#include "sim/machine/custom_memory.h"
#include "sim/machine/machine.h"
#include "sim/results/outputs.h"
#include "sim/results/run_end.h"
#include "sim/results/run_summary.h"

namespace tessera::sim {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Runs the machine to its end inside a kernel of its own; what is left afterwards is plain data.
RunEnd run_machine(const PreparedRun& run, const trace::Lanes& lanes, scheduler::Policy& policy, trace::Sink& sink,
                   Outputs& outputs, const SimulationOptions& options) {
  const RunSpec& spec = run.spec;
  Context context;
  MachineOptions machine_options;
  machine_options.engine = spec.engine;
  machine_options.device = outputs.device();
  machine_options.dram_observer = outputs.dram_observer();
  machine_options.sink = &sink;
  const auto tiles = static_cast<std::uint32_t>(run.graph.tiles.size());
  if (options.on_progress) {
    machine_options.on_progress = [&options, tiles](std::uint32_t done) { options.on_progress(done, tiles); };
  }
  machine_options.memory = options.memory;
  ElaboratedMachine machine(spec.npu, run.limits, run.graph, machine_options);
  scheduler::Dispatcher dispatcher(run.graph, spec.npu, run.limits, spec.schedule, lanes, policy, machine.dispatcher(),
                                   sink);
  if (spec.trace.decisions) dispatcher.record_answers();
  dispatcher.stop_after(run.time_limit);
  if (options.actions != nullptr) dispatcher.on_action([&](const auto& taken) { options.actions->add(taken); });
  machine.dispatcher().attach(dispatcher);
  context.run();

  RunEnd end;
  end.own_memory = static_cast<bool>(options.memory);
  end.ok = dispatcher.state() == scheduler::RunState::done;
  end.makespan = end.ok ? dispatcher.makespan() : std::min(now(), run.time_limit);
  if (const auto failure = machine.memory_failure(); !failure.empty()) {
    end.ok = false;
    end.failure = failure;
  } else if (dispatcher.state() == scheduler::RunState::running) {
    end.failure = "deadlock: nothing is pending and " + std::to_string(tiles - dispatcher.tiles_done()) +
                  " tiles are left\n" + dispatcher.wait_chain(20);
  } else if (!end.ok) {
    end.failure = dispatcher.failure();
  }
  dispatcher.finish(end.makespan);
  end.dispatch = dispatcher.counts();
  end.request_ends = dispatcher.request_ends();
  end.port_cycles_left_behind = machine.port_cycles_left_behind();
  end.engine = machine.engine().statistics();
  end.dram = machine.engine().memory().statistics();
  end.shared_sram = machine.shared_sram_statistics();
  return end;
}

}  // namespace

base::Result<SimulationResult> simulate(const PreparedRun& run, const SimulationOptions& options) {
  const auto start = Clock::now();
  using Opened = base::Result<std::unique_ptr<scheduler::Policy>>;
  const auto policy = options.policy ? Opened(options.policy()) : scheduler::open_policy(run.spec.schedule.policy);
  if (!policy) return policy.problems();
  const trace::Lanes lanes = scheduler::lanes_of(run.spec.npu, run.graph);
  trace::Sink sink;
  using trace::HostRing;
  auto opened = Outputs::open(
      run, lanes,
      {options.out, options.inputs, options.trace_in_place ? HostRing::Drain::in_place : HostRing::Drain::thread,
       std::string((*policy)->score()), static_cast<bool>(options.memory)});
  if (!opened) return opened.problems();
  Outputs& outputs = **opened;
  if (!outputs.lost().empty()) return SimulationResult{false, {}, {outputs.lost()}, {}};
  outputs.attach(sink);
  for (auto* listener : options.listeners) sink.add(*listener);
  std::optional<scheduler::TileNames> names;
  std::optional<scheduler::PlanComparison> comparison;
  if (const auto& plan = run.spec.schedule.policy.plan) {
    names.emplace(run.network, run.graph);
    sink.add(comparison.emplace(*plan, *names));
  }

  const RunEnd end = run_machine(run, lanes, **policy, sink, outputs, options);
  outputs.set_end(end, sink.emitted() + 1);
  sink.finish(end.makespan);

  SimulationResult result{end.ok, end.failure, {}, summarize(run, end, outputs)};
  if (comparison) result.summary.plan = comparison->report();
  if (options.actions != nullptr) options.actions->done(end.makespan);
  result.summary.simulate_seconds = seconds_since(start);
  result.lost = outputs.close(result.summary);
  if (!result.lost.empty()) result.ok = false;
  return result;
}

}  // namespace tessera::sim
