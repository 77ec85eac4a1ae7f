// SystemC shell of a vector unit: one task at a time, a given number of core cycles, then until its trace records have
// a place.
#pragma once

#include "arch/modules/interfaces.h"
#include "base/clock.h"

namespace tessera::arch {

class VectorUnit : public sc_core::sc_module, public VectorUnitIf {
 public:
  sc_core::sc_port<CompletionIf> completion;
  sc_core::sc_port<TraceBufferIf, 1, sc_core::SC_ZERO_OR_MORE_BOUND> trace_buffer;

  VectorUnit(sc_core::sc_module_name name, std::uint32_t core, base::Clock clock)
      : sc_module(name), core_(core), clock_(clock) {
    SC_HAS_PROCESS(VectorUnit);
    SC_METHOD(end);
    dont_initialize();
    sensitive << end_;
  }

  void start(base::Ps start, base::Cycles cycles) override {
    trace_wait_ = base::Ps{0};
    sim::notify_at(end_, clock_.after(start, cycles));
  }

 private:
  void end() {
    const base::Ps now = sim::now();
    if (trace_wait_ == base::Ps{0} && trace_buffer.size() > 0) {
      const base::Ps admitted = clock_.align(trace_buffer->admit(now));
      if (admitted > now) {
        trace_wait_ = admitted - now;
        sim::notify_at(end_, admitted);
        return;
      }
    }
    completion->vector_done(core_, trace_wait_);
  }

  std::uint32_t core_;
  base::Clock clock_;
  sc_core::sc_event end_;
  base::Ps trace_wait_{0};
};

}  // namespace tessera::arch
