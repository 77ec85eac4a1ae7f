#include "arch/modules/memory_system.h"

#include <algorithm>

namespace tessera::arch {

MemorySystem::MemorySystem(sc_core::sc_module_name name, TransferEngine& engine, EngineMode mode)
    : sc_module(name), engine_(engine), mode_(mode) {
  SC_HAS_PROCESS(MemorySystem);
  SC_METHOD(wake);
  dont_initialize();
  sensitive << wake_;
}

void MemorySystem::work_added() {
  if (armed_) return;
  armed_ = true;
  wake_.cancel();
  wake_.notify(sc_core::SC_ZERO_TIME);
}

void MemorySystem::halt() {
  halted_ = true;
  if (stops_kernel_) sc_core::sc_stop();
}

void MemorySystem::report_done() {
  for (const auto& done : engine_.done()) completion->transfer_done(done);
  engine_.done().clear();
  visible_ = base::kNever;
}

void MemorySystem::wake() {
  armed_ = false;
  if (halted_) return;
  const base::Ps now = sim::now();
  if (visible_ <= now) report_done();
  if (sc_core::sc_pending_activity_at_current_time()) {
    work_added();  // the instant is not over: others still act, and may submit
    return;
  }
  if (engine_.next() == base::kNever) return;  // idle until work is added
  const base::Ps pending = sim::time_to_pending_activity();
  base::Ps horizon = pending == base::kNever ? base::kNever : now + pending;
  if (mode_ == EngineMode::stepwise) horizon = std::min(horizon, std::max(engine_.next(), now + base::Ps{1}));
  visible_ = engine_.run(horizon);
  const base::Ps next = std::min({visible_, horizon, engine_.barrier()});
  if (next != base::kNever) sim::notify_at(wake_, next);
}

}  // namespace tessera::arch
