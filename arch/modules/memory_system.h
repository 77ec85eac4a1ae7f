// SystemC shell of the packet engine: interconnect, shared SRAM and DRAM behind the DMA channels.
//
// `run_ahead`: whenever the kernel has nothing left to do at an instant, the engine runs to the kernel's next activity,
// or to the first completed transfer before it, without any kernel call. Legal because only kernel events can change
// the engine's input and none is pending before the horizon. `stepwise`: the same code, one wake per instant of the
// engine; the result must be the same, which tests running ahead.
#pragma once

#include "arch/engine/engine_mode.h"
#include "arch/engine/transfer_engine.h"
#include "arch/modules/interfaces.h"

namespace tessera::arch {

class MemorySystem : public sc_core::sc_module, public EngineWakeIf {
 public:
  sc_core::sc_port<CompletionIf> completion;

  MemorySystem(sc_core::sc_module_name name, TransferEngine& engine, EngineMode mode);

  void work_added() override;
  void halt() override;
  // A user's memory may have processes that never end: the end of the run then stops the kernel.
  void stop_kernel_at_halt() { stops_kernel_ = true; }

 private:
  void wake();
  void report_done();

  TransferEngine& engine_;
  EngineMode mode_;
  sc_core::sc_event wake_;
  base::Ps visible_ = base::kNever;  // when the transfers in engine_.done() are to be reported
  bool armed_ = false;               // a wake at this very instant is on its way
  bool halted_ = false;
  bool stops_kernel_ = false;
};

}  // namespace tessera::arch
