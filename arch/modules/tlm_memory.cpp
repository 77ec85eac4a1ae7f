#include "arch/modules/tlm_memory.h"

#include <algorithm>
#include <cassert>

namespace tessera::arch {
namespace {

base::Ps to_ps(const sc_core::sc_time& t) { return base::Ps{static_cast<std::int64_t>(t.value())}; }

}  // namespace

TlmMemory::TlmMemory(sc_core::sc_module_name name, std::int64_t burst)
    : sc_module(name), socket("socket"), burst_(burst) {
  socket.register_nb_transport_bw(this, &TlmMemory::nb_transport_bw);
  SC_HAS_PROCESS(TlmMemory);
  SC_METHOD(timer);
  dont_initialize();
  sensitive << timer_;
  SC_METHOD(hand_over);
  dont_initialize();
  sensitive << handing_;
}

void TlmMemory::submit(const MemoryRequest& request) {
  assert(queue_.empty() || queue_.back().arrival <= request.arrival);
  queue_.push_back(request);
  arm();
}

// While a request waits for its END_REQ there is nothing to do here: that call comes from the kernel. Packets are
// handed over a delta cycle after the timed events of an instant, the target's own among them: their order would be the
// kernel's whim, and differ between running ahead and stepping.
void TlmMemory::arm() {
  if (queue_.empty() || requesting_ != nullptr) return;
  const base::Ps at = std::max({queue_.front().arrival, request_free_, sim::now()});
  if (at == wake_at_) return;
  wake_at_ = at;
  timer_.cancel();
  if (at > sim::now()) sim::notify_at(timer_, at);
  else handing_.notify(sc_core::SC_ZERO_TIME);
}

void TlmMemory::hand_over() {
  const base::Ps now = sim::now();
  wake_at_ = base::kNever;
  while (failure_.empty() && !queue_.empty() && requesting_ == nullptr && request_free_ <= now &&
         queue_.front().arrival <= now) {
    Packet& packet = packet_for(queue_.front());
    queue_.pop_front();
    begin_request(packet);
  }
  if (failure_.empty()) arm();
}

TlmMemory::Packet& TlmMemory::packet_for(const MemoryRequest& request) {
  if (free_.empty()) {
    pool_.push_back(std::make_unique<Packet>());
    free_.push_back(pool_.back().get());
    free_.back()->set_mm(this);
  }
  Packet& packet = *free_.back();
  free_.pop_back();
  packet.request = request;
  packet.in_flight = true;
  packet.data.assign(static_cast<std::size_t>(request.bytes), 0);
  packet.set_command(request.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  packet.set_address(static_cast<sc_dt::uint64>(request.address));
  packet.set_data_ptr(packet.data.data());
  packet.set_data_length(static_cast<unsigned>(request.bytes));
  packet.set_streaming_width(static_cast<unsigned>(request.bytes));
  packet.set_byte_enable_ptr(nullptr);
  packet.set_dmi_allowed(false);
  packet.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  packet.acquire();
  return packet;
}

void TlmMemory::begin_request(Packet& packet) {
  requesting_ = &packet;
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const auto sync = socket->nb_transport_fw(packet, phase, delay);
  const base::Ps at = sim::now() + to_ps(delay);
  if (sync == tlm::TLM_ACCEPTED) return;  // the target calls back; it may even have done so already
  if (sync == tlm::TLM_COMPLETED) return respond(packet, at);
  if (phase == tlm::END_REQ) return request_taken(at);
  if (phase != tlm::BEGIN_RESP)
    return fail("answers a request with a phase that the base protocol does not have there");
  packet.acquire();  // until END_RESP has been said
  respond(packet, at);
  phase = tlm::END_RESP;
  socket->nb_transport_fw(packet, phase, delay);
  packet.release();
}

void TlmMemory::request_taken(base::Ps at) {
  requesting_ = nullptr;
  request_free_ = at;
  arm();
}

tlm::tlm_sync_enum TlmMemory::nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                              sc_core::sc_time& delay) {
  const base::Ps at = sim::now() + to_ps(delay);
  if (phase == tlm::END_REQ) {
    if (requesting_ == nullptr || requesting_ != &payload) {
      fail("ends a request that was not begun");
    } else {
      request_taken(at);
    }
    return tlm::TLM_ACCEPTED;
  }
  if (phase != tlm::BEGIN_RESP) {
    fail("calls back with a phase that the base protocol does not have there");
    return tlm::TLM_COMPLETED;
  }
  respond(payload, at);
  return tlm::TLM_COMPLETED;
}

void TlmMemory::respond(tlm::tlm_generic_payload& payload, base::Ps at) {
  auto* const found = dynamic_cast<Packet*>(&payload);
  if (found == nullptr || !found->in_flight) return fail("answers a packet twice, or one that was never sent");
  Packet& packet = *found;
  const MemoryRequest& r = packet.request;
  if (!payload.is_response_ok()) {
    return fail("answers " + payload.get_response_string() + " to the " + (r.write ? "write" : "read") + " of " +
                std::to_string(r.bytes) + " bytes at address " + std::to_string(r.address));
  }
  packet.in_flight = false;
  answers_.push({at, answered_++, r.tag});
  const std::int64_t bursts = base::ceil_div(r.bytes, burst_);
  (r.write ? statistics_.writes : statistics_.reads) += bursts;
  (r.write ? statistics_.write_bytes : statistics_.read_bytes) += r.bytes;
  if (!r.write) statistics_.read_latency += (at - r.arrival) * bursts;
  if (requesting_ == &packet) request_taken(at);
  payload.release();
  memory_system->work_added();
}

void TlmMemory::advance(base::Ps until, std::vector<MemoryAnswer>& answers) {
  while (!answers_.empty() && answers_.top().time <= until) {
    answers.push_back({answers_.top().time, answers_.top().tag});
    answers_.pop();
  }
}

void TlmMemory::fail(std::string what) {
  if (!failure_.empty()) return;
  failure_ = "the memory at the TLM-2.0 socket " + std::move(what);
  sc_core::sc_stop();
}

void TlmMemory::free(tlm::tlm_generic_payload* payload) {
  payload->reset();
  free_.push_back(static_cast<Packet*>(payload));
}

}  // namespace tessera::arch
