#include "arch/engine/transfer_engine.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace tessera::arch {
namespace {

// The index under which `value` is kept: one that was given back, or a new one.
template <class T>
std::uint32_t keep(std::vector<T>& all, std::vector<std::uint32_t>& given_back, const T& value) {
  if (given_back.empty()) {
    all.push_back(value);
    return static_cast<std::uint32_t>(all.size() - 1);
  }
  const std::uint32_t index = given_back.back();
  given_back.pop_back();
  all[index] = value;
  return index;
}

}  // namespace

TransferEngine::TransferEngine(const NpuSpec& spec, std::unique_ptr<Memory> memory, PortObserver* ports)
    : clock_(spec.interconnect_clock),
      dma_(spec.dma),
      noc_(spec.interconnect),
      burst_(memory_burst_bytes(spec.dram)),
      read_latency_min_(memory_read_latency_min(spec.dram)),
      write_latency_min_(memory_write_latency_min(spec.dram)),
      peak_(memory_peak_bytes_per_second(spec.dram)),
      memory_(std::move(memory)),
      works_ahead_(memory_->works_ahead()),
      ports_(ports),
      arbiter_(spec.dma),
      channels_(spec.dma.channels.size()),
      credits_(spec.dma.outstanding) {
  assert(!channels_.empty() && channels_.size() <= 64 && credits_ > 0);
}

// --- transfers enter, change class and leave -------------------------------------------------------------------

void TransferEngine::submit(base::Ps now, const TransferRequest& request) {
  Transfer fresh{request, PacketCutter(request, burst_, dma_.max_packet.count()), 0, 0, false, now, {}, false};
  fresh.done.id = request.id;
  const std::uint32_t index = keep(transfers_, free_transfers_, fresh);
  if (index_by_id_.size() <= request.id) index_by_id_.resize(request.id + 1);
  index_by_id_[request.id] = index;
  auto& channel = channels_[request.channel];
  if (channel.empty()) joined(request.channel);
  (request.cls == TransferClass::demand ? channel.demand : channel.prefetch).push_back(index);
  channel.unissued_bytes += request.bytes;
  wake_arbiter(now);
}

void TransferEngine::joined(std::uint32_t channel) {
  waiting_ |= std::uint64_t{1} << channel;
  arbiter_.joined(channel);
}

void TransferEngine::promote(base::Ps now, std::uint32_t id) {
  const std::uint32_t index = index_of(id);
  auto& transfer = transfers_[index];
  if (transfer.request.id != id || transfer.request.cls == TransferClass::demand || transfer.cutter.empty()) return;
  auto& channel = channels_[transfer.request.channel];
  std::erase(channel.prefetch, index);
  channel.demand.push_back(index);
  transfer.request.cls = TransferClass::demand;
  wake_arbiter(now);
}

void TransferEngine::cancel(base::Ps, std::uint32_t id) {
  const std::uint32_t index = index_of(id);
  auto& transfer = transfers_[index];
  assert(transfer.request.id == id);
  transfer.cancelled = true;
  auto& channel = channels_[transfer.request.channel];
  if (!transfer.cutter.empty()) {
    channel.unissued_bytes -= transfer.request.bytes - transfer.offset;
    std::erase(channel.demand, index);
    std::erase(channel.prefetch, index);
    if (channel.empty()) waiting_ &= ~(std::uint64_t{1} << transfer.request.channel);
  }
  dropped_bytes_ += transfer.offset;
  if (transfer.in_flight == 0) release(index);
}

// --- time -------------------------------------------------------------------------------------------------------

base::Ps TransferEngine::next_completion() const {
  base::Ps t = memory_->next();
  if (!read_return_.empty()) t = std::min(t, read_return_.front().time);
  if (!write_return_.empty()) t = std::min(t, write_return_.front().time);
  if (!write_way_.empty()) t = std::min(t, write_way_.front().arrival);
  return t;
}

// A read granted behind a write overtakes its data on the way, and the memory wants its arrivals in order: a write is
// submitted when it arrives, or just before the first read that arrives no earlier.
void TransferEngine::submit_writes_until(base::Ps arrival) {
  while (!write_way_.empty() && write_way_.front().arrival <= arrival) {
    memory_->submit(write_way_.front());
    write_way_.pop_front();
  }
}

base::Ps TransferEngine::run(base::Ps until) {
  for (;;) {
    const base::Ps horizon = std::min(until, memory_->barrier());  // a grant of this very run may move it
    const base::Ps completion = next_completion();
    if (completion <= arbiter_at_) {
      if (completion > horizon || completion == base::kNever) return base::kNever;
      // Completions of one instant create others of the same instant (a path without latency): take them all.
      while (next_completion() == completion) complete(completion);
      ++events_;
      if (!done_.empty()) return completion;
    } else {
      if (arbiter_at_ >= horizon) return base::kNever;
      arbitrate(arbiter_at_);
      ++events_;
    }
  }
}

// Whatever is granted from now on reaches the memory a latency later: it may work ahead as far as that.
void TransferEngine::complete(base::Ps now) {
  const base::Ps known_until = works_ahead_ ? clock_.after(now, noc_.latency) : now;
  submit_writes_until(known_until);
  memory_->no_arrival_before(known_until);
  answers_.clear();
  memory_->advance(now, answers_);
  for (const auto& a : answers_) answer(a);
  while (!read_return_.empty() && read_return_.front().time <= now) {
    deliver(now, read_return_.front().packet);
    read_return_.pop_front();
  }
  while (!write_return_.empty() && write_return_.front().time <= now) {
    deliver(now, write_return_.front().packet);
    write_return_.pop_front();
  }
}

// The memory has done a packet: its data, or the answer to a write, starts on its way back.
void TransferEngine::answer(const MemoryAnswer& answer) {
  const std::uint32_t index = answer.tag;
  auto& packet = packets_[index];
  packet.answered = answer.time;
  packet.dram_bytes = answer.dram_bytes < 0 ? packet.bytes : answer.dram_bytes;
  const base::Ps ready = clock_.align(answer.time);
  if (transfers_[packet.transfer].request.write) {
    write_return_.push_back({clock_.after(ready, noc_.latency), index});
    return;
  }
  base::Ps& path = noc_.full_duplex ? return_free_ : request_free_;
  path = clock_.after(std::max(ready, path), Cycles{base::ceil_div(packet.bytes, noc_.bytes_per_cycle)});
  read_return_.push_back({clock_.after(path, noc_.latency), index});
}

void TransferEngine::deliver(base::Ps now, std::uint32_t index) {
  const Packet packet = packets_[index];
  free_packets_.push_back(index);
  if (credits_++ == 0) credit_at_ = now;
  if (waiting_ != 0) wake_arbiter(now);

  auto& transfer = transfers_[packet.transfer];
  const bool write = transfer.request.write;
  if (!write && ports_ != nullptr) ports_->on_packet(now, transfer.request, packet.offset, packet.bytes);
  --transfer.in_flight;
  if (transfer.cancelled) {
    if (transfer.in_flight == 0) release(packet.transfer);
    return;
  }
  transfer.done.dram_bytes += packet.dram_bytes;
  transfer.done.shared_sram_bytes += packet.bytes - packet.dram_bytes;
  if (transfer.in_flight > 0 || !transfer.cutter.empty()) return;

  const base::Ps least = write ? write_latency_min_ : read_latency_min_;
  const auto data = static_cast<std::int64_t>(static_cast<__int128>(packet.bytes) * 1'000'000'000'000 / peak_);
  const Cycles beats{write ? 0 : base::ceil_div(packet.bytes, noc_.bytes_per_cycle)};
  const base::Ps way_back = clock_.duration(noc_.latency + beats);
  transfer.done.wait_channel = packet.wait_channel;
  transfer.done.wait_dram = packet.wait_dram + std::max(base::Ps{0}, packet.answered - packet.arrival - least - base::Ps{data});
  transfer.done.wait_noc = packet.wait_noc + std::max(base::Ps{0}, now - clock_.align(packet.answered) - way_back);
  done_.push_back(transfer.done);
  release(packet.transfer);
}

// --- arbitration ------------------------------------------------------------------------------------------------

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
    base::Ps at = channel.capped_until;
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

  const bool write = transfer.request.write;
  base::Ps sent = now;
  if (write) {
    sent = request_free_ = clock_.after(now, Cycles{base::ceil_div(span.bytes, noc_.bytes_per_cycle)});
    if (ports_ != nullptr) ports_->on_packet(now, transfer.request, transfer.request.first_byte + transfer.offset, span.bytes);
  }
  const base::Ps arrival = clock_.after(sent, noc_.latency);
  const Packet packet{index, span.bytes, 0, transfer.request.first_byte + transfer.offset, arrival, {},
                      transfer.done.wait_channel, transfer.done.wait_noc, transfer.done.wait_dram};
  const std::uint32_t tag = keep(packets_, free_packets_, packet);
  const MemoryRequest request{span.address, span.bytes, write, tag, arrival, transfer.request.write_through,
                              transfer.request.keep};
  if (write) {
    write_way_.push_back(request);
  } else {
    submit_writes_until(arrival);
    memory_->submit(request);
  }

  const auto rate = dma_.channels[c].bytes_per_cycle;
  if (rate > 0) channel.capped_until = clock_.after(now, Cycles{base::ceil_div(span.bytes, rate)});
  transfer.ready = std::max({clock_.after(now, Cycles{1}), channel.capped_until, write ? sent : base::Ps{0}});
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

void TransferEngine::leave_channel(Channel& channel, std::uint32_t index) {
  if (!channel.demand.empty() && channel.demand.front() == index) {
    channel.demand.pop_front();
  } else {
    channel.prefetch.pop_front();
  }
}

EngineStatistics TransferEngine::statistics() const {
  EngineStatistics s;
  for (const auto& c : channels_) {
    s.channels.push_back(c.statistics);
    s.packets += c.statistics.packets;
  }
  s.events = events_;
  s.dropped_bytes = dropped_bytes_;
  return s;
}

}  // namespace tessera::arch
