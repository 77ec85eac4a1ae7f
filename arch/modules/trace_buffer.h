// SystemC shell of the hardware's trace buffer. The ring itself is pure (trace/record/device_ring.h); here units ask at
// the end of a task when its records have a place.
#pragma once

#include "arch/modules/interfaces.h"
#include "trace/record/device_ring.h"

namespace tessera::arch {

class TraceBuffer : public sc_core::sc_module, public TraceBufferIf {
 public:
  TraceBuffer(sc_core::sc_module_name name, trace::DeviceRing& ring, bool stalls)
      : sc_module(name), ring_(ring), stalls_(stalls) {}

  [[nodiscard]] base::Ps admit(base::Ps now, std::int64_t records) override {
    return stalls_ ? ring_.admit(now, records) : now;
  }

 private:
  trace::DeviceRing& ring_;
  bool stalls_;
};

}  // namespace tessera::arch
