// Keeps what a run's trace level asks for.
#pragma once

#include "trace/record/sink.h"

namespace tessera::trace {

// Stands in front of a consumer and passes what its level keeps, with the sink's ids: a dropped record leaves a gap.
// At level operator the records that causes name are gone, so causes are 0; at the others no cause names a dropped
// record, because only spans of level tile and below are causes. An extension passes with the span that it extends.
class LevelFilter : public Consumer {
 public:
  LevelFilter(Level level, Consumer& next) : level_(level), next_(next) {}
  void consume(std::span<const Record> records, std::uint64_t first_id) override;
  void finish(base::Ps end) override { next_.finish(end); }

 private:
  [[nodiscard]] bool keeps(const Record& r) const { return level_ != Level::off && spec(r.name).level <= level_; }
  Level level_;
  Consumer& next_;
};

}  // namespace tessera::trace
