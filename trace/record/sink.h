// The narrow way by which every model records: emit() copies 64 bytes into a block and numbers the record.
//
// Full blocks go to consumers (measures, the host ring, a test's collector) in the order in which they were
// added. A sink without consumers costs one branch per record. Ids count every span from 1, whatever the
// consumers keep; extension records have no id.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "trace/record/record.h"

namespace tessera::trace {

class Consumer {
 public:
  virtual ~Consumer() = default;
  // Records in the order of their ids; extension records stand behind the span they extend, in the same call.
  virtual void consume(std::span<const Record> records, std::uint64_t first_id) = 0;
  virtual void finish(base::Ps end) = 0;  // the run is over; called once, after the last block
};

class Sink {
 public:
  static constexpr std::size_t kBlock = 1024;
  Sink() { block_.reserve(kBlock); }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  void add(Consumer& consumer) { consumers_.push_back(&consumer); }
  [[nodiscard]] bool on() const { return !consumers_.empty(); }

  // Returns the id that a later record may name as its cause.
  std::uint64_t emit(const Record& record) {
    if (on()) {
      if (block_.size() + 2 > kBlock) flush();
      block_.push_back(record);
    }
    return next_id_++;
  }
  // Directly after the emit() of the transfer that it extends.
  void emit_waits(const Waits& waits) {
    if (!on()) return;
    block_.push_back(Record::extension(waits));
  }
  [[nodiscard]] std::uint64_t emitted() const { return next_id_ - 1; }
  void finish(base::Ps end) {
    flush();
    for (auto* c : consumers_) c->finish(end);
  }

 private:
  void flush() {
    if (block_.empty()) return;
    for (auto* c : consumers_) c->consume(block_, first_id_);
    first_id_ = next_id_;
    block_.clear();
  }
  std::vector<Record> block_;
  std::vector<Consumer*> consumers_;
  std::uint64_t next_id_ = 1;
  std::uint64_t first_id_ = 1;
};

}  // namespace tessera::trace
