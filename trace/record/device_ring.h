// The trace buffer that the hardware would have: a ring of fixed-size records with a limited drain, in simulated time.
//
// Places are counted in records. One record at a time leaves its place for the output register, which sends
// `drain` bytes per cycle from the clock edge on at which it is free: the n-th record of a busy period that began at
// edge e leaves at edge e + ceil((n - 1) x record_bytes / drain). So everything is a closed form of
// the time of asking; nothing polls. With a rate of 0 there is no register: what fits stays, and nothing leaves. Left
// out on purpose: the path behind the register never stalls, an extension takes no place of its own, and what is still
// in the ring at the end of the run is read out (post mortem) and kept.
//
// As a Consumer it passes on exactly the records that the hardware would have kept: at once (drop_newest), or when they
// leave the ring (overwrite_oldest). A record arrives at its end, or with the record before it if that came later.
// Policy `stall` loses nothing: the units wait, by admit().
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "base/clock.h"
#include "trace/record/sink.h"
#include "trace/record/trace_buffer_spec.h"
#include "trace/record/unit_count.h"

namespace tessera::trace {

// Occupancy of the ring over time; the pure part. Times never go back.
class DrainQueue {
 public:
  DrainQueue(std::int64_t record_bytes, base::ByteRate drain, base::Clock clock)
      : bytes_(record_bytes * 1000), rate_(drain.thousandths), clock_(clock) {}
  // Lets leave what leaves at or before t; returns how many.
  std::int64_t advance(base::Ps t);
  void push(base::Ps t, std::int64_t records);  // after advance(t)
  void drop_oldest() { --held_; }               // overwritten before it left; held() > 0
  [[nodiscard]] std::int64_t held() const { return held_; }
  // When the n-th record from now leaves (n >= 1, at most held()).
  [[nodiscard]] base::Ps departure(std::int64_t n) const;

 private:
  std::int64_t bytes_, rate_;  // thousandths of a byte
  base::Clock clock_;
  std::int64_t held_ = 0;
  std::int64_t first_edge_ = 0;  // of the busy period
  std::int64_t left_ = 0;        // records that left in it
};

class DeviceRing : public Consumer {
 public:
  // `clock`: the cores'. `next` gets the kept records, with gaps in their ids; it outlives the ring. `units`: size of
  // the unit table.
  DeviceRing(const TraceBufferSpec& spec, base::Clock clock, Consumer& next, std::size_t units);

  // Policy stall: `records` of a task that ends at `now` enter the ring; the time at which the last one fits, >= now.
  // Until then the unit stays busy (stall reason trace_buffer). Calls in order of time.
  [[nodiscard]] base::Ps admit(base::Ps now, std::int64_t records);

  void consume(std::span<const Record> records, std::uint64_t first_id) override;
  void finish(base::Ps end) override;
  // By unit. Complete before `next` is finished, so that a file writer can be given them: see on_finish.
  [[nodiscard]] const std::vector<UnitCount>& counts() const { return counts_; }
  // Called with the final counts just before next.finish().
  void on_finish(std::function<void(const std::vector<UnitCount>&)> f) { on_finish_ = std::move(f); }

 private:
  struct Item {
    std::uint64_t id;
    std::uint32_t records;  // 2 with an extension
    Record record[2];
  };
  void arrive(const Item& item);
  void keep(const Item& item);
  void lose(const Item& item);

  TraceBufferSpec spec_;
  Consumer& next_;
  DrainQueue queue_;
  std::deque<Item> items_;  // overwrite_oldest: what is in the ring
  std::vector<UnitCount> counts_;
  std::vector<bool> losing_;  // by unit: the last record decided on was lost
  base::Ps now_{0};
  std::function<void(const std::vector<UnitCount>&)> on_finish_;
};

}  // namespace tessera::trace
