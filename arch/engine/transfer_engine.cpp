#include "arch/engine/transfer_engine.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "base/keep.h"

namespace tessera::arch {

TransferEngine::TransferEngine(const NpuSpec& spec, const DramLimits& dram, std::unique_ptr<Memory> memory,
                               PortObserver* ports)
    : clock_(spec.interconnect_clock), dma_(spec.dma), noc_(spec.interconnect), burst_(spec.dram.burst.count()),
      dram_(dram), memory_(std::move(memory)), works_ahead_(memory_->works_ahead()), ports_(ports), arbiter_(spec.dma),
      channels_(spec.dma.channels.size()), credits_(spec.dma.outstanding) {
  assert(!channels_.empty() && channels_.size() <= 64 && credits_ > 0);
  for (std::size_t c = 0; c < channels_.size(); ++c) channels_[c].rate = dma_.channels[c].bytes_per_cycle;
}

// --- transfers enter, change class and leave -------------------------------------------------------------------

void TransferEngine::submit(base::Ps now, const TransferRequest& request) {
  Transfer fresh{request, PacketCutter(request, burst_, dma_.max_packet.count()), 0, 0, false, now, {}, false, {}};
  fresh.done.id = request.id;
  const std::uint32_t index = base::keep(transfers_, free_transfers_, fresh);
  if (index_by_id_.size() <= request.id) index_by_id_.resize(request.id + 1);
  index_by_id_[request.id] = index;
  auto& channel = channels_[request.channel];
  if (channel.empty()) joined(now, request.channel);
  (request.cls == TransferClass::demand ? channel.demand : channel.prefetch).push_back(index);
  channel.unissued_bytes += request.bytes;
  wake_arbiter(now);
}

void TransferEngine::joined(base::Ps now, std::uint32_t channel) {
  if (!channels_[channel].rate.none()) channels_[channel].cap.joined(clock_.align(now));
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

// A transfer that waits for its cap alone is ready when the new one lets it go.
void TransferEngine::set_rate(base::Ps now, std::uint32_t c, ByteRate rate) {
  auto& channel = channels_[c];
  const ByteRate before = channel.rate;
  channel.rate = rate.none() ? dma_.channels[c].bytes_per_cycle : rate;
  if (before == channel.rate) return;
  channel.cap.changed(clock_.align(now), before, channel.rate, clock_);
  if (channel.empty()) return;
  auto& transfer = transfers_[channel.front()];
  if (transfer.issued && transfer.ready > now)
    transfer.ready = std::max({clock_.align(now), transfer.paced, channel.cap.until()});
  wake_arbiter(now);
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
  ++delivered_[write ? 1 : 0];
  transfer.done.dram_bytes += packet.dram_bytes;
  transfer.done.shared_sram_bytes += packet.bytes - packet.dram_bytes;
  if (transfer.in_flight > 0 || !transfer.cutter.empty()) return;

  const base::Ps least = write ? dram_.write_latency : dram_.read_latency;
  const auto data =
      static_cast<std::int64_t>(static_cast<__int128>(packet.bytes) * 1'000'000'000'000 / dram_.peak_bytes_per_second);
  const Cycles beats{write ? 0 : base::ceil_div(packet.bytes, noc_.bytes_per_cycle)};
  const base::Ps way_back = clock_.duration(noc_.latency + beats);
  transfer.done.wait_channel = packet.wait_channel;
  transfer.done.wait_dram =
      packet.wait_dram + std::max(base::Ps{0}, packet.answered - packet.arrival - least - base::Ps{data});
  transfer.done.wait_noc = packet.wait_noc + std::max(base::Ps{0}, now - clock_.align(packet.answered) - way_back);
  done_.push_back(transfer.done);
  release(packet.transfer);
}

EngineStatistics TransferEngine::statistics() const {
  EngineStatistics s;
  for (const auto& c : channels_) {
    s.channels.push_back(c.statistics);
    s.packets += c.statistics.packets;
  }
  s.events = events_;
  s.delivered_reads = delivered_[0];
  s.delivered_writes = delivered_[1];
  s.dropped_bytes = dropped_bytes_;
  for (const Transfer& t : transfers_) {
    const bool under_way = !t.cancelled && (t.in_flight > 0 || !t.cutter.empty());
    if (under_way && t.request.cls == TransferClass::prefetch) s.dropped_bytes += t.offset;
  }
  return s;
}

}  // namespace tessera::arch
