#include "tests/scheduler/support/test_machine.h"

#include <algorithm>

namespace tessera::scheduler::testing {

using base::Cycles;
using base::Ps;

namespace {
constexpr std::int64_t kPacket = 256;
}

bool TestMachine::run(Dispatcher& dispatcher) {
  starts.assign(graph_.tiles.size(), 0);
  slots_of.assign(graph_.tiles.size(), {});
  while (dispatcher.state() == RunState::running) {
    const Ps mine = agenda_.empty() ? base::kNever : agenda_.begin()->first;
    const Ps next = std::min(mine, dispatcher.next());
    if (next == base::kNever) return false;
    now_ = next;
    while (!agenda_.empty() && agenda_.begin()->first == now_) {
      const Entry e = agenda_.begin()->second;
      agenda_.erase(agenda_.begin());
      deliver(e, dispatcher);
    }
    dispatcher.settle(now_);
  }
  return true;
}

void TestMachine::deliver(const Entry& e, Dispatcher& dispatcher) {
  switch (e.what) {
    case What::channel_free: channels_[e.a].busy = false; return issue(e.a);
    case What::answer: {
      const Flight& f = flights_[e.a];
      if (f.cancelled) return;
      (f.request.write ? stored_bytes : loaded_bytes) += f.request.bytes;
      arch::TransferDone done;
      done.id = e.a;
      done.first_issue = f.first_issue;
      done.wait_channel = f.first_issue - f.queued;
      return dispatcher.transfer_done(now_, done);
    }
    case What::compute: array_busy_[e.a] = false; return dispatcher.compute_done(now_, e.a, e.conflict, e.trace_wait);
    case What::result: return dispatcher.result_done(now_, e.a, e.b);
    case What::vector: vector_busy_[e.a] = false; return dispatcher.vector_done(now_, e.a, e.trace_wait);
  }
}

void TestMachine::note_start(Ps start) {
  if (start < now_ || npu_.core_clock.align(start) != start) complaints.push_back("start off a clock edge");
}

void TestMachine::start_compute(std::uint32_t core, TileId tile, Ps start, const OperandSlots& slots) {
  note_start(start);
  ++starts[tile];
  slots_of[tile] = slots;
  if (array_busy_[core]) complaints.push_back("array started while busy");
  array_busy_[core] = true;
  const arch::ArrayWork& w = graph_.works[graph_.tiles[tile].work];
  const Cycles edge = npu_.core_clock.first_edge(start);
  const Cycles extension{chance(random_, shape_.conflict_percent) ? pick(random_, 1, w.occupancy.count()) : 0};
  const Ps end = npu_.core_clock.edge(edge + w.occupancy + extension), held = held_until(end);
  at(held, What::compute, core, 0, end - npu_.core_clock.edge(edge + w.occupancy), held - end);
  at(npu_.core_clock.edge(edge + w.latency + extension), What::result, core, tile);
}

void TestMachine::start_vector(std::uint32_t core, TileId tile, Ps start, Cycles cycles) {
  note_start(start);
  if (graph_.tiles[tile].kind == TileKind::vector) ++starts[tile];
  if (vector_busy_[core]) complaints.push_back("vector unit started while busy");
  vector_busy_[core] = true;
  const Ps end = npu_.core_clock.after(start, cycles), held = held_until(end);
  at(held, What::vector, core, 0, Ps{0}, held - end);
}

Ps TestMachine::held_until(Ps end) {
  return chance(random_, shape_.trace_wait_percent) ? npu_.core_clock.after(end, Cycles{pick(random_, 1, 60)}) : end;
}

void TestMachine::submit(const arch::TransferRequest& r) {
  if (r.id != flights_.size()) complaints.push_back("transfer ids are not dense");
  if (r.bytes <= 0 || r.bytes % npu_.dram.burst.count() != 0) complaints.push_back("transfer is not whole bursts");
  flights_.push_back({r, r.bytes, now_, Ps{-1}, false});
  Channel& c = channels_[r.channel];
  c.unissued += r.bytes;
  c.queue[r.cls == arch::TransferClass::prefetch].push_back(r.id);
  issue(r.channel);
}

void TestMachine::promote(std::uint32_t transfer) {
  Flight& f = flights_[transfer];
  if (f.request.cls != arch::TransferClass::prefetch) complaints.push_back("promoted what is demand");
  f.request.cls = arch::TransferClass::demand;
  Channel& c = channels_[f.request.channel];
  if (std::erase(c.queue[1], transfer) != 0) c.queue[0].push_back(transfer);
}

void TestMachine::cancel(std::uint32_t transfer) {
  Flight& f = flights_[transfer];
  if (f.request.write) complaints.push_back("cancelled a store");
  f.cancelled = true;
  Channel& c = channels_[f.request.channel];
  if (std::erase(c.queue[0], transfer) + std::erase(c.queue[1], transfer) != 0) c.unissued -= f.left;
}

void TestMachine::set_rate(std::uint32_t channel, base::ByteRate rate) {
  if (rate.thousandths < 0) complaints.push_back("a rate below 0");
  channels_[channel].rate = rate;
}

void TestMachine::issue(std::uint32_t i) {
  Channel& c = channels_[i];
  if (c.busy) return;
  auto& queue = c.queue[c.queue[0].empty() ? 1 : 0];
  if (queue.empty()) return;
  Flight& f = flights_[queue.front()];
  const std::int64_t bytes = std::min(kPacket, f.left);
  if (f.first_issue < Ps{0}) f.first_issue = now_;
  f.left -= bytes;
  c.unissued -= bytes;
  c.busy = true;
  Ps end = now_ + Ps{bytes * shape_.ps_per_byte};
  if (!c.rate.none()) end = std::max(end, npu_.interconnect_clock.after(now_, base::Cycles{c.rate.cycles(bytes)}));
  at(end, What::channel_free, i);
  if (f.left != 0) return;
  at(end + Ps{shape_.least_latency + pick(random_, 0, shape_.random_latency)}, What::answer, f.request.id);
  queue.pop_front();
}

}  // namespace tessera::scheduler::testing
