// SystemC shell of the DMA engine: the place where transfers enter the packet engine.
#pragma once

#include "arch/engine/transfer_engine.h"
#include "arch/modules/interfaces.h"

namespace tessera::arch {

class Dma : public sc_core::sc_module, public DmaIf {
 public:
  sc_core::sc_port<EngineWakeIf> memory_system;

  Dma(sc_core::sc_module_name name, TransferEngine& engine) : sc_module(name), engine_(engine) {}

  void submit(const TransferRequest& request) override {
    engine_.submit(sim::now(), request);
    memory_system->work_added();
  }
  void promote(std::uint32_t transfer) override { engine_.promote(sim::now(), transfer); }
  void cancel(std::uint32_t transfer) override { engine_.cancel(sim::now(), transfer); }
  void set_rate(std::uint32_t channel, base::ByteRate rate) override {
    engine_.set_rate(sim::now(), channel, rate);
    memory_system->work_added();
  }
  [[nodiscard]] bool issued(std::uint32_t transfer) const override { return engine_.issued(transfer); }
  [[nodiscard]] std::int64_t unissued_bytes(std::uint32_t channel) const override {
    return engine_.unissued_bytes(channel);
  }

 private:
  TransferEngine& engine_;
};

}  // namespace tessera::arch
