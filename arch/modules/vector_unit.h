// SystemC shell of a vector unit: one task at a time, a given number of core cycles.
#pragma once

#include "arch/modules/interfaces.h"
#include "sim/base/clock.h"

namespace tessera::arch {

class VectorUnit : public sc_core::sc_module, public VectorUnitIf {
 public:
  sc_core::sc_port<CompletionIf> completion;

  VectorUnit(sc_core::sc_module_name name, std::uint32_t core, base::Clock clock)
      : sc_module(name), core_(core), clock_(clock) {
    SC_HAS_PROCESS(VectorUnit);
    SC_METHOD(end);
    dont_initialize();
    sensitive << end_;
  }

  void start(base::Ps start, base::Cycles cycles) override { sim::notify_at(end_, clock_.after(start, cycles)); }

 private:
  void end() { completion->vector_done(core_); }

  std::uint32_t core_;
  base::Clock clock_;
  sc_core::sc_event end_;
};

}  // namespace tessera::arch
