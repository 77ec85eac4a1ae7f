#include "scheduler/optimum/plain_machine.h"

#include <algorithm>
#include <utility>

#include "base/precision.h"

namespace tessera::scheduler {

using base::Cycles;
using base::Ps;

Ps PlainMachine::Core::next() const {
  return std::min({results.empty() ? base::kNever : results.front().time, compute_end, vector_end});
}

PlainMachine::PlainMachine(const TileGraph& graph, const arch::NpuSpec& npu, const arch::MachineLimits& limits)
    : graph_(graph), npu_(npu), engine_(npu, limits.dram, make_memory(npu), this),
      started_(graph.tiles.size(), base::kNever) {
  const arch::SramSpec& sram = npu.core.sram;
  const Core core{{arch::BankPorts(sram.input, graph.slots[0]), arch::BankPorts(sram.weight, graph.slots[1]),
                   arch::BankPorts(sram.output, graph.slots[2])},
                  {},
                  kNoId,
                  {},
                  Cycles{0},
                  Cycles{0},
                  base::kNever,
                  base::kNever,
                  {}};
  cores_.assign(static_cast<std::size_t>(npu.cores), core);
}

std::unique_ptr<arch::Memory> PlainMachine::make_memory(const arch::NpuSpec& npu) {
  auto memory = arch::make_memory(npu);
  if (npu.shared_sram.capacity.count() == 0) return memory;
  auto shared = std::make_unique<arch::SharedSram>(npu.shared_sram, npu.interconnect_clock, npu.dram.burst.count(),
                                                   std::move(memory));
  shared_sram_ = shared.get();
  return shared;
}

Ps PlainMachine::next_unit() const {
  Ps next = base::kNever;
  for (const Core& core : cores_) next = std::min(next, core.next());
  return next;
}

// docs/semantics.md 8.13: the engine's completions of an instant come first, its grants when the instant is settled.
bool PlainMachine::run(Dispatcher& dispatcher) {
  dispatcher.settle(now_);
  while (dispatcher.state() == RunState::running) {
    const Ps horizon = std::min(next_unit(), dispatcher.next());
    now_ = std::min(engine_.next() == base::kNever ? base::kNever : engine_.run(horizon), horizon);
    if (now_ == base::kNever) return false;
    for (const arch::TransferDone& done : engine_.done()) dispatcher.transfer_done(now_, done);
    engine_.done().clear();
    units(dispatcher);
    dispatcher.settle(now_);
  }
  return true;
}

void PlainMachine::units(Dispatcher& dispatcher) {
  for (std::uint32_t c = 0; c < cores_.size(); ++c) {
    Core& core = cores_[c];
    for (; !core.results.empty() && core.results.front().time <= now_; core.results.pop_front())
      dispatcher.result_done(now_, c, core.results.front().tile);
    if (core.compute_end <= now_) end_compute(dispatcher, c);
    if (core.vector_end > now_) continue;
    core.vector_end = base::kNever;
    dispatcher.vector_done(now_, c);
  }
}

arch::PortCycles PlainMachine::ports_needed(const Core& core) const {
  const arch::ArrayWork& work = graph_.works[graph_.tiles[core.computing].work];
  const std::int64_t own[3] = {base::packed_bytes(work.input_reads, work.bits.input),
                               base::packed_bytes(work.weight_reads, work.bits.weight),
                               (work.output_reads + work.output_writes) * work.bits.accumulator_bytes};
  const std::uint8_t slots[3] = {core.slots.input, core.slots.weight, core.slots.output};
  arch::PortCycles most;
  for (std::size_t r = 0; r < 3; ++r) {
    const arch::PortCycles one = core.region[r].cycles_needed(core.compute_end, slots[r], core.marks[r], own[r]);
    most = {std::max(most.own, one.own), std::max(most.all, one.all)};
  }
  return most;
}

// docs/semantics.md 5.8 and 5.10.
void PlainMachine::end_compute(Dispatcher& dispatcher, std::uint32_t c) {
  Core& core = cores_[c];
  const base::Clock& clock = npu_.core_clock;
  const arch::ArrayWork& work = graph_.works[graph_.tiles[core.computing].work];
  const std::int64_t occupancy = work.occupancy.count();
  const arch::PortCycles needed = ports_needed(core);
  const std::int64_t longest = 2 * std::max(occupancy, needed.own);
  const Cycles extra{std::max<std::int64_t>(0, std::min(needed.all, longest) - occupancy)};
  if (extra > core.extension) {
    core.extension = extra;
    core.compute_end = clock.edge(core.start_edge + work.occupancy + extra);
    return;
  }
  const Ps result = std::max(now_, clock.edge(core.start_edge + work.latency + core.extension));
  dispatcher.compute_done(now_, c, now_ - clock.edge(core.start_edge + work.occupancy));
  if (result <= now_) dispatcher.result_done(now_, c, core.computing);
  else core.results.push_back({result, core.computing});
  core.computing = kNoId;
  core.compute_end = base::kNever;
}

void PlainMachine::start_compute(std::uint32_t c, TileId tile, Ps start, const OperandSlots& slots) {
  Core& core = cores_[c];
  core.computing = tile;
  core.slots = slots;
  core.start_edge = npu_.core_clock.first_edge(start);
  core.extension = Cycles{0};
  core.compute_end = npu_.core_clock.edge(core.start_edge + graph_.works[graph_.tiles[tile].work].occupancy);
  const std::uint8_t at[3] = {slots.input, slots.weight, slots.output};
  for (std::size_t r = 0; r < 3; ++r) core.region[r].mark(at[r], core.marks[r]);
  started_[tile] = start;
}

void PlainMachine::start_vector(std::uint32_t c, TileId tile, Ps start, Cycles cycles) {
  cores_[c].vector_end = npu_.core_clock.after(start, cycles);
  if (graph_.tiles[tile].kind == TileKind::vector) started_[tile] = start;
}

void PlainMachine::on_packet(Ps now, const arch::TransferRequest& transfer, std::int64_t offset, std::int64_t bytes) {
  cores_[transfer.core].region[transfer.operand].access(now, transfer.slot, offset, bytes);
}

PlainRun run_plain(const TileGraph& graph, const arch::NpuSpec& npu, const arch::MachineLimits& limits,
                   const ScheduleSpec& schedule, Policy& policy, std::function<void(const TakenAction&)> on_action) {
  const trace::Lanes lanes = lanes_of(npu, graph);
  trace::Sink sink;
  PlainMachine machine(graph, npu, limits);
  Dispatcher dispatcher(graph, npu, limits, schedule, lanes, policy, machine, sink);
  if (on_action) dispatcher.on_action(std::move(on_action));
  if (!machine.run(dispatcher) || dispatcher.state() != RunState::done) return {};
  return {true, dispatcher.makespan()};
}

}  // namespace tessera::scheduler
