#include "sim/machine/dispatcher_module.h"

namespace tessera::sim {

DispatcherModule::DispatcherModule(sc_core::sc_module_name name, const scheduler::TileGraph& graph, std::size_t cores,
                                   std::function<void(std::uint32_t)> on_progress)
    : sc_module(name), pe_arrays("pe_arrays", cores), vector_units("vector_units", cores), graph_(graph),
      on_progress_(std::move(on_progress)) {
  SC_HAS_PROCESS(DispatcherModule);
  SC_METHOD(timer);
  dont_initialize();
  sensitive << timer_;
  SC_METHOD(settle);
  dont_initialize();
  sensitive << settle_;
}

void DispatcherModule::start_of_simulation() { settle_in_this_instant(); }

// A timer's instant is settled one delta later, when every unit that acts at the same time has reported.
void DispatcherModule::timer() { settle_in_this_instant(); }

void DispatcherModule::settle() {
  if (dispatcher_->state() != scheduler::RunState::running) return;
  dispatcher_->settle(now());
  if (dispatcher_->state() != scheduler::RunState::running) {
    timer_.cancel();
    memory_system->halt();
    return;
  }
  const base::Ps next = dispatcher_->next();
  if (next != base::kNever) notify_at(timer_, next);
  const std::uint32_t done = dispatcher_->tiles_done();
  if (done - reported_ >= 256 && on_progress_) {
    reported_ = done;
    on_progress_(done);
  }
}

void DispatcherModule::compute_done(std::uint32_t core, base::Ps conflict, base::Ps trace_wait) {
  dispatcher_->compute_done(now(), core, conflict, trace_wait);
  settle_in_this_instant();
}
void DispatcherModule::result_done(std::uint32_t core, std::uint32_t tile) {
  dispatcher_->result_done(now(), core, tile);
  settle_in_this_instant();
}
void DispatcherModule::vector_done(std::uint32_t core, base::Ps trace_wait) {
  dispatcher_->vector_done(now(), core, trace_wait);
  settle_in_this_instant();
}
void DispatcherModule::transfer_done(const arch::TransferDone& done) {
  dispatcher_->transfer_done(now(), done);
  settle_in_this_instant();
}

void DispatcherModule::start_compute(std::uint32_t core, scheduler::TileId tile, base::Ps start,
                                     const scheduler::OperandSlots& slots) {
  const auto& work = graph_.works[graph_.tiles[tile].work];
  pe_arrays[core]->start({tile, start, &work, {slots.input, slots.weight, slots.output}});
}
void DispatcherModule::start_vector(std::uint32_t core, scheduler::TileId, base::Ps start, base::Cycles cycles) {
  vector_units[core]->start(start, cycles);
}
void DispatcherModule::submit(const arch::TransferRequest& request) { dma->submit(request); }
void DispatcherModule::promote(std::uint32_t transfer) { dma->promote(transfer); }
void DispatcherModule::cancel(std::uint32_t transfer) { dma->cancel(transfer); }
std::int64_t DispatcherModule::unissued_bytes(std::uint32_t channel) const { return dma->unissued_bytes(channel); }

}  // namespace tessera::sim
