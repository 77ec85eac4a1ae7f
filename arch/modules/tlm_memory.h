// A user's own memory at a TLM-2.0 socket, in the place of the built-in DRAM: behind the interconnect (and the shared
// SRAM, if there is one).
//
// Approximately timed, four phases, one pooled payload per packet. A packet is handed over at its arrival, in order of
// arrival, and only when the target has taken the one before (END_REQ, or a response in its place): that is the base
// protocol's exclusion rule, so a target throttles requests by END_REQ. A response is taken at once (END_RESP by
// return value); a target may answer in any order. Timing annotations of the target are added.
// A target that only has b_transport works through simple_target_socket: that adaptor gives no END_REQ, so it serves
// one packet at a time.
//
// Payloads carry addresses and lengths; this project moves no values, so data is zero on a write and ignored on a read.
// An error response ends the simulation; failure() then says which packet.
#pragma once

#include <deque>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "arch/dram/memory.h"
#include "arch/modules/interfaces.h"
#include "sim/kernel/tlm.h"

namespace tessera::arch {

class TlmMemory : public sc_core::sc_module, public Memory, private tlm::tlm_mm_interface {
 public:
  tlm_utils::simple_initiator_socket<TlmMemory> socket;
  sc_core::sc_port<EngineWakeIf> memory_system;

  // `burst`: bytes in which the statistics count.
  TlmMemory(sc_core::sc_module_name name, std::int64_t burst);

  // Memory. Arrivals may lie ahead of the kernel's time.
  void submit(const MemoryRequest& request) override;
  [[nodiscard]] base::Ps next() const override { return answers_.empty() ? base::kNever : answers_.top().time; }
  void advance(base::Ps until, std::vector<MemoryAnswer>& answers) override;
  [[nodiscard]] base::Ps barrier() const override { return wake_at_; }
  [[nodiscard]] MemoryStatistics statistics() const override { return statistics_; }

  // Empty unless the target answered with an error or broke the protocol.
  [[nodiscard]] const std::string& failure() const { return failure_; }

 private:
  // A payload with the packet that it stands for; lives in the pool for the whole run.
  struct Packet : tlm::tlm_generic_payload {
    std::vector<unsigned char> data;
    MemoryRequest request;
    bool in_flight = false;
  };
  struct Answer {
    base::Ps time{0};
    std::uint64_t order = 0;
    std::uint32_t tag = 0;
    friend bool operator>(const Answer& a, const Answer& b) {
      return a.time != b.time ? a.time > b.time : a.order > b.order;
    }
  };

  void timer() { handing_.notify(sc_core::SC_ZERO_TIME); }
  void hand_over();
  void arm();
  Packet& packet_for(const MemoryRequest& request);
  void begin_request(Packet& packet);
  void request_taken(base::Ps at);
  void respond(tlm::tlm_generic_payload& payload, base::Ps at);
  void fail(std::string what);
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay);
  void free(tlm::tlm_generic_payload* payload) override;  // tlm_mm_interface: back into the pool

  std::int64_t burst_;
  sc_core::sc_event timer_, handing_;
  base::Ps wake_at_ = base::kNever;  // when hand_over() acts next by itself
  std::deque<MemoryRequest> queue_;  // not handed over; by arrival
  Packet* requesting_ = nullptr;     // BEGIN_REQ given, END_REQ not yet
  base::Ps request_free_{0};         // when the request path is free, once requesting_ is null
  std::vector<std::unique_ptr<Packet>> pool_;
  std::vector<Packet*> free_;
  std::priority_queue<Answer, std::vector<Answer>, std::greater<>> answers_;
  std::uint64_t answered_ = 0;
  MemoryStatistics statistics_;
  std::string failure_;
};

}  // namespace tessera::arch
