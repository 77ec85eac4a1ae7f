#include "sim/machine/machine.h"

#include <string>

namespace tessera::sim {

std::unique_ptr<arch::Memory> ElaboratedMachine::make_dram(const arch::NpuSpec& spec, const MachineOptions& options) {
  if (!options.memory) return arch::make_memory(spec);
  auto port = std::make_unique<arch::TlmMemory>("tlm_memory", spec.dram.burst.count());
  tlm_memory_ = port.get();
  custom_memory_ = options.memory();
  port->socket.bind(custom_memory_->socket());
  return port;
}

ElaboratedMachine::ElaboratedMachine(const arch::NpuSpec& spec, const arch::MachineLimits& limits,
                                     const scheduler::TileGraph& graph, const MachineOptions& options) {
  const auto cores = static_cast<std::size_t>(spec.cores);
  std::unique_ptr<arch::Memory> memory = make_dram(spec, options);
  if (options.dram_observer != nullptr) {
    memory = std::make_unique<arch::ObservedMemory>(std::move(memory), *options.dram_observer);
  }
  if (spec.shared_sram.capacity.count() > 0) {
    auto shared = std::make_unique<arch::SharedSram>(spec.shared_sram, spec.interconnect_clock, spec.dram.burst.count(),
                                                     std::move(memory));
    shared_sram_ = shared.get();
    memory = std::move(shared);
  }
  engine_ = std::make_unique<arch::TransferEngine>(spec, limits.dram, std::move(memory), this);
  if (options.device != nullptr) {
    const bool stalls = spec.trace_buffer.overflow == trace::OverflowPolicy::stall;
    trace_buffer_ = std::make_unique<arch::TraceBuffer>("trace_buffer", *options.device, *options.sink, stalls);
  }
  dispatcher_ = std::make_unique<DispatcherModule>("dispatcher", graph, cores, options.on_progress);
  if (shared_sram_ != nullptr) dispatcher_->attach(*shared_sram_);
  memory_system_ = std::make_unique<arch::MemorySystem>("memory_system", *engine_, options.engine);
  dma_ = std::make_unique<arch::Dma>("dma", *engine_);
  memory_system_->completion.bind(*dispatcher_);
  dma_->memory_system.bind(*memory_system_);
  if (tlm_memory_ != nullptr) {
    tlm_memory_->memory_system.bind(*memory_system_);
    memory_system_->stop_kernel_at_halt();
  }
  dispatcher_->dma.bind(*dma_);
  dispatcher_->memory_system.bind(*memory_system_);
  for (std::size_t c = 0; c < cores; ++c) {
    const std::string name = "core_" + std::to_string(c);
    const auto id = static_cast<std::uint32_t>(c);
    Core core;
    core.sram = std::make_unique<arch::Sram>((name + "_sram").c_str(), spec.core.sram, graph.slots);
    core.pe_array = std::make_unique<arch::PeArray>((name + "_pe_array").c_str(), id, spec.core_clock);
    core.vector_unit = std::make_unique<arch::VectorUnit>((name + "_vector_unit").c_str(), id, spec.core_clock);
    core.pe_array->sram.bind(*core.sram);
    core.pe_array->completion.bind(*dispatcher_);
    core.vector_unit->completion.bind(*dispatcher_);
    if (trace_buffer_) {
      core.pe_array->trace_buffer.bind(*trace_buffer_);
      core.vector_unit->trace_buffer.bind(*trace_buffer_);
    }
    dispatcher_->pe_arrays[c].bind(*core.pe_array);
    dispatcher_->vector_units[c].bind(*core.vector_unit);
    cores_.push_back(std::move(core));
  }
}

base::Cycles ElaboratedMachine::port_cycles_left_behind() const {
  base::Cycles sum{0};
  for (const Core& core : cores_) sum += core.pe_array->left_behind();
  return sum;
}

std::optional<arch::SharedSramStatistics> ElaboratedMachine::shared_sram_statistics() const {
  if (shared_sram_ == nullptr) return std::nullopt;
  return shared_sram_->shared_statistics();
}

}  // namespace tessera::sim
