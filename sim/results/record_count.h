// The end of a trace that nobody keeps: how many records there would have been.
#pragma once

#include <algorithm>
#include <cstdint>

#include "trace/record/sink.h"

namespace tessera::sim {

class RecordCount : public trace::Consumer {
 public:
  void consume(std::span<const trace::Record> records, std::uint64_t) override {
    count_ += static_cast<std::uint64_t>(
        std::count_if(records.begin(), records.end(), [](const auto& r) { return r.name != trace::Name::waits; }));
  }
  void finish(base::Ps) override {}
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  std::uint64_t count_ = 0;
};

}  // namespace tessera::sim
