// What the SystemC modules ask of each other; every connection is a port bound to one of these.
//
// What crosses the kernel are tiles, transfers and their ends: a handful of calls per tile. Packets stay inside the
// engine that `memory_system` drives.
#pragma once

#include "arch/array/fold_plan.h"
#include "arch/engine/bank_ports.h"
#include "arch/transfer/transfer.h"
#include "sim/kernel/systemc.h"

namespace tessera::arch {

// One tile for a PE array, as the dispatcher hands it over.
struct ComputeTask {
  std::uint32_t tile = 0;
  base::Ps start{0};  // an edge of the core clock, >= now
  const ArrayWork* work = nullptr;
  std::int64_t slots[3] = {0, 0, 0};  // input, weight, output
};

class PeArrayIf : public virtual sc_core::sc_interface {
 public:
  virtual void start(const ComputeTask& task) = 0;
};

class VectorUnitIf : public virtual sc_core::sc_interface {
 public:
  virtual void start(base::Ps start, base::Cycles cycles) = 0;
};

// A core's SRAM as its array sees it: what the DMA's accesses cost.
class SramIf : public virtual sc_core::sc_interface {
 public:
  struct Marks {
    BankPorts::Mark region[3];
  };
  virtual void mark(const std::int64_t slots[3], Marks& out) const = 0;
  // What `work`, started at the marks, needs of the ports when everything before `end` is counted.
  [[nodiscard]] virtual PortCycles cycles_needed(base::Ps end, const std::int64_t slots[3], const Marks& marks,
                                                 const ArrayWork& work) const = 0;
};

class DmaIf : public virtual sc_core::sc_interface {
 public:
  virtual void submit(const TransferRequest& request) = 0;
  virtual void promote(std::uint32_t transfer) = 0;
  virtual void cancel(std::uint32_t transfer) = 0;
  virtual void set_rate(std::uint32_t channel, base::ByteRate rate) = 0;
  [[nodiscard]] virtual bool issued(std::uint32_t transfer) const = 0;
  [[nodiscard]] virtual std::int64_t unissued_bytes(std::uint32_t channel) const = 0;
};

// The modelled trace buffer, asked by a unit at the end of a task.
class TraceBufferIf : public virtual sc_core::sc_interface {
 public:
  // When everything that the machine recorded since it last asked has a place; now, unless its policy is `stall`.
  [[nodiscard]] virtual base::Ps admit(base::Ps now) = 0;
};

// Where units report what they have done; the dispatcher settles everything of one instant together.
class CompletionIf : public virtual sc_core::sc_interface {
 public:
  virtual void compute_done(std::uint32_t core, base::Ps conflict, base::Ps trace_wait) = 0;
  virtual void result_done(std::uint32_t core, std::uint32_t tile) = 0;
  virtual void vector_done(std::uint32_t core, base::Ps trace_wait) = 0;
  virtual void transfer_done(const TransferDone& done) = 0;
};

// Drives the packet engine: the DMA module tells it that there is new work.
class EngineWakeIf : public virtual sc_core::sc_interface {
 public:
  virtual void work_added() = 0;
  virtual void halt() = 0;  // the run is over: what is still on its way is dropped
};

}  // namespace tessera::arch
