#include "sim/run/simulate.h"

#include <chrono>

#include "scheduler/dispatch/dispatcher.h"
#include "scheduler/policy/policies.h"
#include "sim/kernel/context.h"
#include "sim/machine/custom_memory.h"
#include "sim/machine/machine.h"
#include "sim/results/outputs.h"
#include "sim/results/run_energy.h"

namespace tessera::sim {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

trace::Lanes::Shape lane_shape(const arch::NpuSpec& npu, const scheduler::ScheduleSpec& schedule) {
  trace::Lanes::Shape shape;
  shape.cores = static_cast<std::uint16_t>(npu.cores);
  shape.schedulers = static_cast<std::uint16_t>(npu.scheduler.count);
  shape.channels = static_cast<std::uint16_t>(npu.dma.channels.size());
  for (std::size_t r = 0; r < 3; ++r) shape.slots[r] = static_cast<std::uint16_t>(schedule.buffers[r]);
  shape.dram_channels = static_cast<std::uint16_t>(
      npu.dram.kind == arch::DramSpec::Kind::simple ? npu.dram.simple.channels : npu.dram.bank_state.channels);
  return shape;
}

// Runs the machine to its end inside a kernel of its own; what is left afterwards is plain data.
struct Finished {
  bool ok = false;
  std::string failure;
  base::Ps makespan{0};
  scheduler::DispatchCounts dispatch;
  std::int64_t dropped_bytes = 0;
  arch::EngineStatistics engine;
  arch::MemoryStatistics dram;
  std::optional<arch::SharedSramStatistics> shared_sram;
};

Finished run_machine(const PreparedRun& run, const trace::Lanes& lanes, trace::Sink& sink, Outputs& outputs,
                     const SimulationOptions& options) {
  const RunSpec& spec = run.spec;
  Context context;
  MachineOptions machine_options;
  machine_options.engine =
      spec.engine == EngineMode::run_ahead ? arch::EngineMode::run_ahead : arch::EngineMode::stepwise;
  machine_options.operand_bytes = arch::bytes_of(spec.npu.precision);
  machine_options.device = outputs.device();
  machine_options.dram_observer = outputs.dram_observer();
  machine_options.sink = &sink;
  const auto tiles = static_cast<std::uint32_t>(run.graph.tiles.size());
  if (options.on_progress) {
    machine_options.on_progress = [&options, tiles](std::uint32_t done) { options.on_progress(done, tiles); };
  }
  machine_options.memory = options.memory;
  ElaboratedMachine machine(spec.npu, run.graph, machine_options);
  const auto policy = scheduler::make_policy(spec.schedule.policy);
  scheduler::Dispatcher dispatcher(run.graph, spec.npu, spec.schedule, lanes, *policy, machine.dispatcher(), sink);
  machine.dispatcher().attach(dispatcher);
  context.run();

  Finished end;
  end.ok = dispatcher.state() == scheduler::RunState::done;
  end.makespan = end.ok ? dispatcher.makespan() : now();
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
  end.dropped_bytes = dispatcher.dropped_prefetch_bytes();
  end.engine = machine.engine().statistics();
  end.dram = machine.engine().memory().statistics();
  end.shared_sram = machine.shared_sram_statistics();
  return end;
}

}  // namespace

base::Result<SimulationResult> simulate(const PreparedRun& run, const SimulationOptions& options) {
  const auto start = Clock::now();
  const RunSpec& spec = run.spec;
  const trace::Lanes lanes(lane_shape(spec.npu, spec.schedule));
  trace::Sink sink;
  auto outputs = Outputs::open(run, lanes, options);
  if (!outputs) return outputs.problems();
  (*outputs)->attach(sink);
  for (auto* listener : options.listeners) sink.add(*listener);

  const Finished end = run_machine(run, lanes, sink, **outputs, options);
  (*outputs)->set_end(
      {end.ok, end.makespan, end.engine.dropped_bytes, memory_counts(end.dram, end.shared_sram), sink.emitted() + 1});
  sink.finish(end.makespan);

  SimulationResult result;
  result.ok = end.ok;
  result.failure = end.failure;
  RunSummary& s = result.summary;
  s.network = run.network.name;
  s.npu = spec.npu.name;
  s.policy = spec.schedule.policy.name;
  s.makespan = end.makespan;
  s.makespan_cycles = spec.npu.core_clock.first_edge(end.makespan);
  s.macs = run.graph.macs;
  s.operators = run.network.operators.size();
  s.tiles = run.graph.tiles.size();
  s.groups = run.graph.groups.size();
  s.dispatch = end.dispatch;
  s.planned_bytes = planned_bytes(run.graph);
  const TrafficMeter& traffic = (*outputs)->traffic();
  s.padding_bytes = traffic.padding_bytes();
  s.dropped_bytes = end.engine.dropped_bytes;
  s.dram = end.dram;
  s.dram_peak_bytes_per_second = arch::memory_peak_bytes_per_second(spec.npu.dram);
  s.shared_sram = end.shared_sram;
  s.engine = end.engine;
  s.measures = (*outputs)->measures();
  if (const auto& energy = (*outputs)->energy()) s.energy = summarize(*energy, run.network, spec.requests.count);
  s.trace = (*outputs)->totals();
  s.bound = scheduler::lower_bound(run.graph, spec.npu);
  s.bound_moved = scheduler::bound_with_traffic(
      s.bound, {end.dram.read_bytes, end.dram.write_bytes, traffic.load_bytes(), traffic.store_bytes()}, spec.npu);
  s.bound_network = scheduler::network_bound(run.network, spec.npu, spec.requests);
  s.lower_bound_cycles = base::Cycles{s.bound.cycles(spec.npu.core_clock)};
  s.prepare_seconds = run.seconds;
  s.simulate_seconds = seconds_since(start);
  if (const auto problems = (*outputs)->close(result); !problems.empty()) return problems;
  return result;
}

}  // namespace tessera::sim
