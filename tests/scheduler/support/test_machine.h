// The machine of the property tests: arrays, vector units and DMA channels as a plain next-event simulation, without
// SystemC. Arrays keep their fold plans (with a random conflict extension if asked for); a channel moves one packet
// after the other, demand before prefetch, at its own rate; every answer comes a random latency after its last packet.
#pragma once

#include <deque>
#include <map>
#include <vector>

#include "scheduler/dispatch/dispatcher.h"
#include "tests/scheduler/support/random_graph.h"

namespace tessera::scheduler::testing {

struct MachineShape {
  std::uint64_t seed = 1;
  std::int64_t ps_per_byte = 20;       // of a channel
  std::int64_t least_latency = 5'000;  // ps from last packet to answer
  std::int64_t random_latency = 20'000;
  int conflict_percent = 0;    // computes that are prolonged, each at most by its own cycles
  int trace_wait_percent = 0;  // tasks that wait for a trace buffer at their end
  bool record_answers = false;
};

class TestMachine : public Machine {
 public:
  TestMachine(const TileGraph& graph, const arch::NpuSpec& npu, const MachineShape& shape)
      : graph_(graph), npu_(npu), shape_(shape), random_(shape.seed), channels_(npu.dma.channels.size()),
        array_busy_(static_cast<std::size_t>(npu.cores)), vector_busy_(array_busy_.size()) {}

  // Runs to the end; false if it stopped with tiles left.
  bool run(Dispatcher&);
  // What a machine must never be asked to do, as it was asked.
  std::vector<std::string> complaints;
  std::vector<std::uint32_t> starts;   // of each tile: how often its unit started it
  std::vector<OperandSlots> slots_of;  // of each PE tile
  [[nodiscard]] base::Ps now() const { return now_; }
  std::int64_t loaded_bytes = 0, stored_bytes = 0;  // of demand and prefetch that were answered

  void start_compute(std::uint32_t core, TileId, base::Ps start, const OperandSlots&) override;
  void start_vector(std::uint32_t core, TileId, base::Ps start, base::Cycles) override;
  void submit(const arch::TransferRequest&) override;
  void promote(std::uint32_t transfer) override;
  void cancel(std::uint32_t transfer) override;
  // Of the next packet on; channels move no faster than `ps_per_byte`.
  void set_rate(std::uint32_t channel, base::ByteRate rate) override;
  [[nodiscard]] bool issued(std::uint32_t transfer) const override {
    return flights_[transfer].first_issue >= base::Ps{0};
  }
  [[nodiscard]] std::int64_t unissued_bytes(std::uint32_t channel) const override {
    return channels_[channel].unissued;
  }

 private:
  enum class What : std::uint8_t { channel_free, answer, compute, result, vector };
  struct Entry {
    What what;
    std::uint32_t a, b;
    base::Ps conflict, trace_wait;
  };
  struct Flight {
    arch::TransferRequest request;
    std::int64_t left = 0;
    base::Ps queued{0};
    base::Ps first_issue{-1};
    bool cancelled = false;
  };
  struct Channel {
    std::deque<std::uint32_t> queue[2];  // demand, prefetch
    bool busy = false;
    std::int64_t unissued = 0;
    base::ByteRate rate{};
  };
  void note_start(base::Ps start);
  void issue(std::uint32_t channel);
  void deliver(const Entry&, Dispatcher&);
  void at(base::Ps t, What what, std::uint32_t a, std::uint32_t b = 0, base::Ps conflict = {},
          base::Ps trace_wait = {}) {
    agenda_.emplace(t, Entry{what, a, b, conflict, trace_wait});
  }
  // A wait for the trace buffer at the end of a task, up to an edge of the core clock.
  [[nodiscard]] base::Ps held_until(base::Ps end);

  const TileGraph& graph_;
  const arch::NpuSpec& npu_;
  MachineShape shape_;
  Random random_;
  base::Ps now_{0};
  std::multimap<base::Ps, Entry> agenda_;
  std::vector<Flight> flights_;
  std::vector<Channel> channels_;
  std::vector<bool> array_busy_, vector_busy_;
};

}  // namespace tessera::scheduler::testing
