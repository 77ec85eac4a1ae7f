#include "sim/run/machine.h"

#include <string>

namespace tessera::sim {

ElaboratedMachine::ElaboratedMachine(const arch::NpuSpec& spec, const scheduler::TileGraph& graph,
                                     const MachineOptions& options) {
  const auto cores = static_cast<std::size_t>(spec.cores);
  engine_ = std::make_unique<arch::TransferEngine>(spec, arch::make_memory(spec), this);
  dispatcher_ = std::make_unique<DispatcherModule>("dispatcher", graph, cores, options.on_progress);
  memory_system_ = std::make_unique<arch::MemorySystem>("memory_system", *engine_, options.engine);
  dma_ = std::make_unique<arch::Dma>("dma", *engine_);
  memory_system_->completion.bind(*dispatcher_);
  dma_->memory_system.bind(*memory_system_);
  dispatcher_->dma.bind(*dma_);
  dispatcher_->memory_system.bind(*memory_system_);
  for (std::size_t c = 0; c < cores; ++c) {
    const std::string name = "core_" + std::to_string(c);
    const auto id = static_cast<std::uint32_t>(c);
    Core core;
    core.sram = std::make_unique<arch::Sram>((name + "_sram").c_str(), spec.core.sram, graph.slots,
                                             options.operand_bytes, spec.accumulator_bytes);
    core.pe_array = std::make_unique<arch::PeArray>((name + "_pe_array").c_str(), id, spec.core_clock);
    core.vector_unit = std::make_unique<arch::VectorUnit>((name + "_vector_unit").c_str(), id, spec.core_clock);
    core.pe_array->sram.bind(*core.sram);
    core.pe_array->completion.bind(*dispatcher_);
    core.vector_unit->completion.bind(*dispatcher_);
    if (options.trace_buffer != nullptr) core.pe_array->trace_buffer.bind(*options.trace_buffer);
    dispatcher_->pe_arrays[c].bind(*core.pe_array);
    dispatcher_->vector_units[c].bind(*core.vector_unit);
    cores_.push_back(std::move(core));
  }
}

}  // namespace tessera::sim
