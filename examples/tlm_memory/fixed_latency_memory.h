// A user's memory: one channel that moves bytes at a fixed rate in order of arrival, and answers a fixed latency later.
// It takes a request at once and may hold any number of them.
#pragma once

#include <deque>

#include "sim/kernel/tlm.h"

class FixedLatencyMemory : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<FixedLatencyMemory> socket;

  FixedLatencyMemory(sc_core::sc_module_name name, sc_core::sc_time latency, sc_core::sc_time time_per_byte)
      : sc_module(name), socket("socket"), latency_(latency), time_per_byte_(time_per_byte) {
    socket.register_nb_transport_fw(this, &FixedLatencyMemory::nb_transport_fw);
    SC_HAS_PROCESS(FixedLatencyMemory);
    SC_METHOD(respond);
    dont_initialize();
    sensitive << done_;
  }

 private:
  struct Access {
    tlm::tlm_generic_payload* payload;
    sc_core::sc_time done;
  };

  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) {
    if (phase != tlm::BEGIN_REQ) return tlm::TLM_COMPLETED;  // END_RESP: nothing left to do
    const sc_core::sc_time arrival = sc_core::sc_time_stamp() + delay;
    if (arrival > channel_free_) channel_free_ = arrival;
    channel_free_ += time_per_byte_ * payload.get_data_length();
    payload.acquire();
    accesses_.push_back({&payload, channel_free_ + latency_});
    if (accesses_.size() == 1) done_.notify(accesses_.front().done - sc_core::sc_time_stamp());
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  }

  void respond() {
    while (!accesses_.empty() && accesses_.front().done <= sc_core::sc_time_stamp()) {
      tlm::tlm_generic_payload& payload = *accesses_.front().payload;
      accesses_.pop_front();
      payload.set_response_status(tlm::TLM_OK_RESPONSE);
      tlm::tlm_phase phase = tlm::BEGIN_RESP;
      sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
      socket->nb_transport_bw(payload, phase, delay);  // this initiator ends the response by its return value
      payload.release();
    }
    if (!accesses_.empty()) done_.notify(accesses_.front().done - sc_core::sc_time_stamp());
  }

  sc_core::sc_time latency_, time_per_byte_;
  sc_core::sc_time channel_free_;
  sc_core::sc_event done_;
  std::deque<Access> accesses_;  // in order of time
};
