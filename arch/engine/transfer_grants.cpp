// Grants: which channel sends the next packet into the interconnect, when, and what a packet takes with it.
#include <algorithm>
#include <bit>

#include "arch/engine/transfer_engine.h"
#include "base/keep.h"

namespace tessera::arch {

void TransferEngine::wake_arbiter(base::Ps now) {
  if (credits_ == 0) return;  // a returning credit wakes it
  arbiter_at_ = std::min(arbiter_at_, std::max(clock_.align(now), grant_free_));
}

// Channels that could send at `now`; `retry`: when the first of the others can.
std::uint64_t TransferEngine::eligible(base::Ps now, base::Ps& retry) const {
  std::uint64_t demand = 0, prefetch = 0;
  for (std::uint64_t rest = waiting_; rest != 0; rest &= rest - 1) {
    const auto c = static_cast<std::uint32_t>(std::countr_zero(rest));
    const auto& channel = channels_[c];
    base::Ps at = channel.cap.until();
    if (transfers_[channel.front()].request.write) at = std::max(at, request_free_);
    if (at > now) {
      retry = std::min(retry, at);
      continue;
    }
    (channel.demand.empty() ? prefetch : demand) |= std::uint64_t{1} << c;
  }
  return demand != 0 ? demand : prefetch;
}

void TransferEngine::arbitrate(base::Ps now) {
  arbiter_at_ = base::kNever;
  if (waiting_ == 0 || credits_ == 0) return;
  base::Ps retry = base::kNever;
  const std::uint64_t candidates = eligible(now, retry);
  if (candidates != 0) {
    grant(now, arbiter_.pick(candidates));
    grant_free_ = retry = clock_.after(now, Cycles{1});
  }
  if (waiting_ != 0 && credits_ > 0 && retry != base::kNever) arbiter_at_ = std::max(clock_.align(retry), grant_free_);
}

// What held the packet between the moment it could have gone and now: a missing place among the outstanding packets is
// the memory's slowness, the rest is the interconnect's.
void TransferEngine::charge_issue_wait(Transfer& transfer, base::Ps now) {
  if (now <= transfer.ready) return;
  const base::Ps credit = std::clamp(credit_at_, transfer.ready, now);
  transfer.done.wait_dram += credit - transfer.ready;
  transfer.done.wait_noc += now - credit;
}

void TransferEngine::grant(base::Ps now, std::uint32_t c) {
  auto& channel = channels_[c];
  const std::uint32_t index = channel.front();
  auto& transfer = transfers_[index];
  const PacketSpan span = transfer.cutter.front();
  if (!transfer.issued) {
    transfer.issued = true;
    transfer.done.first_issue = now;
    transfer.done.wait_channel = std::max(base::Ps{0}, now - transfer.ready);
  } else {
    charge_issue_wait(transfer, now);
  }
  --credits_;
  const base::Ps sent = send(now, index, span);

  const bool write = transfer.request.write;
  if (!channel.rate.none()) channel.cap.sent(now, span.bytes, channel.rate, clock_);
  transfer.paced = std::max(clock_.after(now, Cycles{1}), write ? sent : base::Ps{0});
  transfer.ready = std::max(transfer.paced, channel.cap.until());
  channel.unissued_bytes -= span.bytes;
  channel.statistics.packets += 1;
  (write ? channel.statistics.write_bytes : channel.statistics.read_bytes) += span.bytes;
  arbiter_.granted(c, span.bytes);
  ++transfer.in_flight;
  transfer.offset += span.bytes;
  transfer.cutter.pop();
  if (transfer.cutter.empty()) leave_channel(channel, index);
  if (channel.empty()) waiting_ &= ~(std::uint64_t{1} << c);
}

// Puts the packet on its way to the memory; returns when its data, if it is a write, has left the core.
base::Ps TransferEngine::send(base::Ps now, std::uint32_t index, const PacketSpan& span) {
  const auto& transfer = transfers_[index];
  const auto& request = transfer.request;
  const std::int64_t offset = request.first_byte + transfer.offset;
  base::Ps sent = now;
  if (request.write) {
    sent = request_free_ = clock_.after(now, Cycles{base::ceil_div(span.bytes, noc_.bytes_per_cycle)});
    if (ports_ != nullptr) ports_->on_packet(now, request, offset, span.bytes);
  }
  const base::Ps arrival = clock_.after(sent, noc_.latency);
  const Packet packet{index,
                      span.bytes,
                      0,
                      offset,
                      arrival,
                      {},
                      transfer.done.wait_channel,
                      transfer.done.wait_noc,
                      transfer.done.wait_dram};
  const std::uint32_t tag = base::keep(packets_, free_packets_, packet);
  const MemoryRequest to_memory{span.address,          span.bytes,  request.write, tag, arrival,
                                request.write_through, request.keep};
  if (request.write) {
    write_way_.push_back(to_memory);
  } else {
    submit_writes_until(arrival);
    memory_->submit(to_memory);
  }
  return sent;
}

void TransferEngine::leave_channel(Channel& channel, std::uint32_t index) {
  if (!channel.demand.empty() && channel.demand.front() == index) {
    channel.demand.pop_front();
  } else {
    channel.prefetch.pop_front();
  }
}

}  // namespace tessera::arch
