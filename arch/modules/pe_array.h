// SystemC shell of a PE array: turns the fold plan of a tile into two points in time, the end of its occupancy and its
// last result, and asks the SRAM at the planned end whether bank conflicts prolong it.
#pragma once

#include <deque>

#include "arch/modules/interfaces.h"
#include "base/clock.h"

namespace tessera::arch {

class PeArray : public sc_core::sc_module, public PeArrayIf {
 public:
  sc_core::sc_port<SramIf> sram;
  sc_core::sc_port<CompletionIf> completion;
  sc_core::sc_port<TraceBufferIf, 1, sc_core::SC_ZERO_OR_MORE_BOUND> trace_buffer;

  PeArray(sc_core::sc_module_name name, std::uint32_t core, base::Clock clock);

  void start(const ComputeTask& task) override;
  // Cycles of the ports that the DMA's accesses still needed when the computes which they prolonged had to end.
  [[nodiscard]] base::Cycles left_behind() const { return left_behind_; }

 private:
  enum class Phase : std::uint8_t { idle, starting, running, waiting_for_trace };
  struct Result {
    base::Ps time;
    std::uint32_t tile;
  };

  void wake();
  void begin();
  void end_planned();
  void finish();
  void arm();

  std::uint32_t core_;
  base::Clock clock_;
  sc_core::sc_event wake_;
  Phase phase_ = Phase::idle;
  ComputeTask task_;
  base::Cycles start_edge_{0};
  base::Cycles extension_{0};  // cycles by which conflicts have moved the end
  base::Cycles left_behind_{0};
  base::Ps end_{0};  // planned, moved, or the time at which its trace records have a place
  base::Ps trace_wait_{0};
  SramIf::Marks marks_;
  std::deque<Result> results_;  // of tiles that no longer occupy the array
};

}  // namespace tessera::arch
