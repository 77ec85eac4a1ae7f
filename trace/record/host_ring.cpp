#include "trace/record/host_ring.h"

#include <algorithm>
#include <bit>

#include "base/file/unfinished.h"
#include "trace/record/spans.h"

namespace tessera::trace {

HostRing::HostRing(Consumer& next, Drain drain, std::size_t capacity)
    : next_(next), drain_(drain), ring_(std::bit_ceil(std::max<std::size_t>(capacity, 8))), mask_(ring_.size() - 1) {
  batch_.reserve(kBatch + 1);
  // A signal that ends the program comes to the thread that makes files, never in the middle of making one.
  const base::WholeStep not_to_the_drain;
  if (drain_ == Drain::thread) thread_ = std::thread([this] { drain_loop(); });
}

HostRing::~HostRing() { close(); }

void HostRing::consume(std::span<const Record> records, std::uint64_t first_id) {
  if (records.empty()) return;
  if (first_id != expected_id_) {
    Record jump;
    jump.name = kJump;
    jump.cause = first_id;
    push_pair(&jump, 1);
    expected_id_ = first_id;
  }
  for_each_span(records, first_id, [this](const SpanView& s) {
    push_pair(&s.record, s.records().size());
    ++expected_id_;
  });
  publish();
}

void HostRing::push_pair(const Record* records, std::size_t count) {
  if (write_ + count - known_tail_ > ring_.size()) make_room(count);
  for (std::size_t i = 0; i < count; ++i) ring_[write_++ & mask_] = records[i];
}

void HostRing::publish() {
  if (head_.load(std::memory_order_relaxed) == write_) return;
  head_.store(write_, std::memory_order_release);
  if (drain_ == Drain::thread) head_.notify_one();
}

void HostRing::make_room(std::size_t count) {
  known_tail_ = tail_.load(std::memory_order_acquire);
  if (write_ + count - known_tail_ <= ring_.size()) return;
  ++producer_waits_;
  publish();
  while (write_ + count - known_tail_ > ring_.size()) {
    if (drain_ == Drain::in_place) {
      drain_batch();
    } else {
      tail_.wait(known_tail_, std::memory_order_acquire);
    }
    known_tail_ = tail_.load(std::memory_order_acquire);
  }
}

void HostRing::drain_loop() {
  while (drain_batch()) {
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    head_.wait(tail, std::memory_order_acquire);  // returns at once when there is more
  }
}

void HostRing::pass_on() {
  if (!batch_.empty() && !failure_) {
    try {
      next_.consume(batch_, batch_id_);
    } catch (...) {
      failure_ = std::current_exception();  // the simulation goes on; finish() reports it
    }
  }
  batch_.clear();
  batch_id_ = read_id_;
}

bool HostRing::drain_batch() {
  const std::uint64_t head = head_.load(std::memory_order_acquire);
  std::uint64_t at = tail_.load(std::memory_order_relaxed);
  bool open = true;
  while (at != head && open) {
    const Record& r = ring_[at & mask_];
    if (r.is_extension()) {
      batch_.push_back(r);  // never parted from its span, even when the batch is full
    } else {
      if (batch_.size() >= kBatch) break;
      if (static_cast<std::uint8_t>(r.name) >= kFirstControl) {
        pass_on();
        if (r.name == kJump) batch_id_ = read_id_ = r.cause;
        open = r.name != kClose;
      } else {
        batch_.push_back(r);
        ++read_id_;
      }
    }
    ++at;
  }
  tail_.store(at, std::memory_order_release);
  if (drain_ == Drain::thread) tail_.notify_one();
  pass_on();
  return open;
}

void HostRing::close() {
  if (closed_) return;
  closed_ = true;
  Record end;
  end.name = kClose;
  push_pair(&end, 1);
  publish();
  if (thread_.joinable()) {
    thread_.join();
  } else {
    while (drain_batch()) {
    }
  }
}

void HostRing::finish(base::Ps end) {
  close();
  if (failure_) std::rethrow_exception(failure_);
  next_.finish(end);
}

}  // namespace tessera::trace
