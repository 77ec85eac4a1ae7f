// For users: your own SystemC memory in the place of the built-in DRAM.
//
// Write a module with a public TLM-2.0 target socket named `socket` (32 bits of bus width, the generic payload, the
// base protocol; b_transport alone also works, one packet at a time) and give it to a simulation:
//
//   struct MyMemory : sc_core::sc_module {
//     tlm_utils::simple_target_socket<MyMemory> socket;
//     MyMemory(sc_core::sc_module_name name, sc_core::sc_time latency);
//     ...
//   };
//   tessera::sim::SimulationOptions options;
//   options.memory = tessera::sim::tlm_memory<MyMemory>("memory", latency);
//   const auto result = tessera::sim::simulate(run, options);
//
// What arrives at the socket and when: arch/modules/tlm_memory.h. examples/tlm_memory is a whole program.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "sim/kernel/tlm.h"

namespace tessera::sim {

class CustomMemory {
 public:
  using Socket = tlm::tlm_base_target_socket_b<32, tlm::tlm_fw_transport_if<>, tlm::tlm_bw_transport_if<>>;
  virtual ~CustomMemory() = default;
  [[nodiscard]] virtual Socket& socket() = 0;  // lives as long as this
};

// Makes a `Module` called `name` with these arguments, once for each simulation. Arguments are copied.
template <class Module, class... Arguments>
[[nodiscard]] std::function<std::unique_ptr<CustomMemory>()> tlm_memory(std::string name, Arguments... arguments) {
  class Holder final : public CustomMemory {
   public:
    Holder(const std::string& module_name, const Arguments&... a) : module_(module_name.c_str(), a...) {}
    Socket& socket() override { return module_.socket; }

   private:
    Module module_;
  };
  return [name = std::move(name), arguments...] { return std::make_unique<Holder>(name, arguments...); };
}

}  // namespace tessera::sim
