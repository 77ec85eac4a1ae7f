// What can happen at one time, in the order of docs/semantics.md 1.8: (time, unit id, kind, sequence). Completions that
// the machine reports and the dispatcher's own timers are the same kind of thing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/units.h"

namespace tessera::scheduler {

struct Event {
  enum class Kind : std::uint8_t {
    arrival,        // a: request
    decision_end,   // a: scheduler, sequence: decision
    wake,           // a: scheduler, after Wait(until)
    edge,           // a: core; an edge of the core clock at which a unit may start
    compute_done,   // a: core
    result_done,    // a: core, b: tile
    vector_done,    // a: core
    post_start,     // a: core, b: tile; start of its last reduction step
    post_result,    // a: core, b: tile; last result + pipeline latency
    transfer_done,  // a: index of its answer
    host_done,      // a: tile
  };
  base::Ps at{0};
  std::uint32_t unit = 0;
  std::uint64_t sequence = 0;
  Kind kind = Kind::arrival;
  std::uint32_t a = 0, b = 0;
  base::Ps conflict{0}, trace_wait{0};  // compute_done; vector_done: trace_wait

  [[nodiscard]] bool before(const Event& o) const {
    if (at != o.at) return at < o.at;
    if (unit != o.unit) return unit < o.unit;
    if (kind != o.kind) return kind < o.kind;
    return sequence < o.sequence;
  }
};

// Binary heap; the earliest event on top.
class EventHeap {
 public:
  void push(const Event& e) {
    heap_.push_back(e);
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  Event pop() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const Event e = heap_.back();
    heap_.pop_back();
    return e;
  }
  [[nodiscard]] base::Ps next() const { return heap_.empty() ? base::kNever : heap_.front().at; }

 private:
  static bool later(const Event& a, const Event& b) { return b.before(a); }
  std::vector<Event> heap_;
};

}  // namespace tessera::scheduler
