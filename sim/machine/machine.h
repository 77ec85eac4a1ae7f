// One elaborated machine: every module of an NPU, bound, for one run. Made inside a sim::Context and destroyed before
// it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arch/dram/observed_memory.h"
#include "arch/engine/shared_sram.h"
#include "arch/engine/transfer_engine.h"
#include "arch/limits/machine_limits.h"
#include "arch/modules/dma.h"
#include "arch/modules/memory_system.h"
#include "arch/modules/pe_array.h"
#include "arch/modules/sram.h"
#include "arch/modules/tlm_memory.h"
#include "arch/modules/trace_buffer.h"
#include "arch/modules/vector_unit.h"
#include "sim/machine/custom_memory.h"
#include "sim/machine/dispatcher_module.h"

namespace tessera::sim {

struct MachineOptions {
  arch::EngineMode engine = arch::EngineMode::run_ahead;
  trace::DeviceRing* device = nullptr;  // null: no modelled trace buffer
  const trace::Sink* sink = nullptr;    // of the run's records; needed with `device`
  std::function<void(std::uint32_t)> on_progress;
  std::function<std::unique_ptr<CustomMemory>()> memory;  // empty: the machine's own DRAM
  arch::MemoryObserver* dram_observer = nullptr;          // null: nobody listens at the DRAM
};

class ElaboratedMachine : public arch::PortObserver {
 public:
  // All references outlive the machine.
  ElaboratedMachine(const arch::NpuSpec& spec, const arch::MachineLimits& limits, const scheduler::TileGraph& graph,
                    const MachineOptions& options);

  DispatcherModule& dispatcher() { return *dispatcher_; }
  [[nodiscard]] const arch::TransferEngine& engine() const { return *engine_; }
  [[nodiscard]] std::optional<arch::SharedSramStatistics> shared_sram_statistics() const;
  // Of all cores: see arch::PeArray::left_behind.
  [[nodiscard]] base::Cycles port_cycles_left_behind() const;
  // What a user's memory did wrong; empty otherwise.
  [[nodiscard]] std::string memory_failure() const {
    return tlm_memory_ == nullptr ? std::string() : tlm_memory_->failure();
  }

  void on_packet(base::Ps now, const arch::TransferRequest& transfer, std::int64_t offset,
                 std::int64_t bytes) override {
    cores_[transfer.core].sram->dma_access(now, transfer.operand, transfer.slot, offset, bytes);
  }

 private:
  struct Core {
    std::unique_ptr<arch::Sram> sram;
    std::unique_ptr<arch::PeArray> pe_array;
    std::unique_ptr<arch::VectorUnit> vector_unit;
  };
  [[nodiscard]] std::unique_ptr<arch::Memory> make_dram(const arch::NpuSpec& spec, const MachineOptions& options);

  arch::SharedSram* shared_sram_ = nullptr;  // owned by the engine
  arch::TlmMemory* tlm_memory_ = nullptr;    // likewise
  std::unique_ptr<arch::TransferEngine> engine_;
  std::unique_ptr<CustomMemory> custom_memory_;  // destroyed before the payloads that it may still hold
  std::unique_ptr<arch::TraceBuffer> trace_buffer_;
  std::unique_ptr<DispatcherModule> dispatcher_;
  std::unique_ptr<arch::MemorySystem> memory_system_;
  std::unique_ptr<arch::Dma> dma_;
  std::vector<Core> cores_;
};

}  // namespace tessera::sim
