// The end of a trace that nobody keeps: how many records there would have been.
#pragma once

#include <cstdint>

#include "trace/record/sink.h"
#include "trace/record/spans.h"

namespace tessera::sim {

class RecordCount : public trace::Consumer {
 public:
  void consume(std::span<const trace::Record> records, std::uint64_t) override {
    trace::for_each_span(records, [this](const trace::SpanView&) { ++count_; });
  }
  void finish(base::Ps) override {}
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  std::uint64_t count_ = 0;
};

}  // namespace tessera::sim
