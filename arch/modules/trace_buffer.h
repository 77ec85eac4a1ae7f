// SystemC shell of the hardware's trace buffer. The ring itself is pure (trace/record/device_ring.h); here arrays and
// vector units ask at the end of a task when the records have a place: those of all units since somebody last asked. So
// the records of DMA, slots and scheduler fill the ring too, but only these two wait for it (a stated simplification).
#pragma once

#include "arch/modules/interfaces.h"
#include "trace/record/device_ring.h"

namespace tessera::arch {

class TraceBuffer : public sc_core::sc_module, public TraceBufferIf {
 public:
  // `sink` counts what the machine records.
  TraceBuffer(sc_core::sc_module_name name, trace::DeviceRing& ring, const trace::Sink& sink, bool stalls)
      : sc_module(name), ring_(ring), sink_(sink), stalls_(stalls) {}

  [[nodiscard]] base::Ps admit(base::Ps now) override {
    if (!stalls_) return now;
    const std::uint64_t records = sink_.emitted() - admitted_;
    admitted_ = sink_.emitted();
    return ring_.admit(now, static_cast<std::int64_t>(records));
  }

 private:
  trace::DeviceRing& ring_;
  const trace::Sink& sink_;
  std::uint64_t admitted_ = 0;
  bool stalls_;
};

}  // namespace tessera::arch
