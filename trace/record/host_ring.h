// The simulator's way out for records: a ring between the simulation and whoever writes the trace file.
//
// Single producer (the sink's block flush), single consumer (a thread of its own, or the producer itself). When the
// ring is full the simulator waits in wall time, never in simulated time, so tracing cannot disturb the model. This
// is not the modelled trace buffer of the hardware: that is DeviceRing.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <thread>
#include <vector>

#include "trace/record/sink.h"

namespace tessera::trace {

class HostRing : public Consumer {
 public:
  // `thread`: encoding runs beside the simulation. `in_place`: it runs in the simulation's own thread whenever the
  // ring is full and at the end (sweeps, which keep every core busy with a simulation of its own).
  enum class Drain : std::uint8_t { thread, in_place };
  static constexpr std::size_t kDefaultCapacity = 1 << 14;  // records; 1 MiB

  // `next` outlives the ring and is called by the draining thread only. Capacity is rounded up to a power of two >= 8.
  HostRing(Consumer& next, Drain drain, std::size_t capacity = kDefaultCapacity);
  ~HostRing() override;
  HostRing(const HostRing&) = delete;
  HostRing& operator=(const HostRing&) = delete;

  void consume(std::span<const Record> records, std::uint64_t first_id) override;
  // Drains what is left, ends the thread, then finishes `next`. Rethrows what `next` threw.
  void finish(base::Ps end) override;

  [[nodiscard]] std::uint64_t producer_waits() const { return producer_waits_; }  // times the ring was found full
  [[nodiscard]] std::size_t capacity() const { return ring_.size(); }

 private:
  static constexpr std::size_t kBatch = 1024;
  // Control records travel in the ring among the others.
  static constexpr Name kJump{0xfe};   // the next record's id is in `cause`
  static constexpr Name kClose{0xff};  // nothing follows
  static constexpr std::uint8_t kFirstControl = 0xfe;

  void push_pair(const Record* records, std::size_t count);  // published together: a span and its extension
  void publish();
  void make_room(std::size_t count);
  bool drain_batch();  // false once closed
  void drain_loop();
  void close();
  void pass_on();

  Consumer& next_;
  Drain drain_;
  std::vector<Record> ring_;
  std::uint64_t mask_ = 0;
  // Producer side.
  std::uint64_t write_ = 0;  // next position to fill, not yet published
  std::uint64_t known_tail_ = 0;
  std::uint64_t expected_id_ = 1;
  std::uint64_t producer_waits_ = 0;
  bool closed_ = false;
  // Consumer side.
  std::vector<Record> batch_;
  std::uint64_t read_id_ = 1;  // id of the next span that leaves the ring
  std::uint64_t batch_id_ = 1;
  std::exception_ptr failure_;
  // Shared, on lines of their own.
  alignas(64) std::atomic<std::uint64_t> head_{0};  // published
  alignas(64) std::atomic<std::uint64_t> tail_{0};  // freed
  std::thread thread_;
};

}  // namespace tessera::trace
