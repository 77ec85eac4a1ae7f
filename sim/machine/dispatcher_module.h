// SystemC shell of the dispatcher: collects the completions of one instant, settles them once everybody has reported,
// and passes the dispatcher's commands to the units.
#pragma once

#include <functional>
#include <vector>

#include "arch/engine/shared_sram.h"
#include "arch/modules/interfaces.h"
#include "arch/spec/npu_spec.h"
#include "scheduler/dispatch/dispatcher.h"

namespace tessera::sim {

class DispatcherModule : public sc_core::sc_module, public arch::CompletionIf, public scheduler::Machine {
 public:
  sc_core::sc_vector<sc_core::sc_port<arch::PeArrayIf>> pe_arrays;        // by core
  sc_core::sc_vector<sc_core::sc_port<arch::VectorUnitIf>> vector_units;  // by core
  sc_core::sc_port<arch::DmaIf> dma;
  sc_core::sc_port<arch::EngineWakeIf> memory_system;

  // `on_progress` is called now and then with the number of tiles done.
  DispatcherModule(sc_core::sc_module_name name, const scheduler::TileGraph& graph, std::size_t cores,
                   std::function<void(std::uint32_t)> on_progress);
  // Before the simulation starts.
  void attach(scheduler::Dispatcher& dispatcher) { dispatcher_ = &dispatcher; }
  // The machine's, if it has one: hears of dead tensors. Not a port, for no simulated time or wire is behind it.
  void attach(arch::SharedSram& shared_sram) { shared_sram_ = &shared_sram; }

  void compute_done(std::uint32_t core, base::Ps conflict, base::Ps trace_wait) override;
  void result_done(std::uint32_t core, std::uint32_t tile) override;
  void vector_done(std::uint32_t core, base::Ps trace_wait) override;
  void transfer_done(const arch::TransferDone& done) override;

  void start_compute(std::uint32_t core, scheduler::TileId tile, base::Ps start,
                     const scheduler::OperandSlots& slots) override;
  void start_vector(std::uint32_t core, scheduler::TileId tile, base::Ps start, base::Cycles cycles) override;
  void submit(const arch::TransferRequest& request) override;
  void promote(std::uint32_t transfer) override;
  void cancel(std::uint32_t transfer) override;
  void set_rate(std::uint32_t channel, base::ByteRate rate) override { dma->set_rate(channel, rate); }
  [[nodiscard]] bool issued(std::uint32_t transfer) const override { return dma->issued(transfer); }
  void drop(std::int64_t begin, std::int64_t end) override {
    if (shared_sram_ != nullptr) shared_sram_->drop(begin, end);
  }
  [[nodiscard]] std::int64_t unissued_bytes(std::uint32_t channel) const override;

 private:
  void start_of_simulation() override;
  void timer();
  void settle();
  void settle_in_this_instant() { settle_.notify(sc_core::SC_ZERO_TIME); }

  const scheduler::TileGraph& graph_;
  scheduler::Dispatcher* dispatcher_ = nullptr;
  arch::SharedSram* shared_sram_ = nullptr;
  std::function<void(std::uint32_t)> on_progress_;
  sc_core::sc_event timer_, settle_;
  std::uint32_t reported_ = 0;
};

}  // namespace tessera::sim
