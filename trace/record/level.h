// How much of a run is recorded. A level keeps the spans of all levels below it; makespan never depends on it.
#pragma once

#include <optional>
#include <string_view>

#include "trace/record/sink.h"

namespace tessera::trace {

// off: nothing. operator: arrivals, operators, requests. tile: every span of scheduler, DMA, slots, array, vector unit
// and their stalls. fold: also each pass over the array. burst: also each packet that DRAM serves.
enum class Level : std::uint8_t { off, op, tile, fold, burst };

[[nodiscard]] std::string_view to_string(Level);
[[nodiscard]] std::optional<Level> level_of(std::string_view word);  // "off", "operator", "tile", "fold", "burst"

// The lowest level at which records of this name are kept.
[[nodiscard]] constexpr Level level_of(Name name) {
  switch (name) {
    case Name::arrival:
    case Name::op:
    case Name::request: return Level::op;
    case Name::fold: return Level::fold;
    case Name::burst: return Level::burst;
    default: return Level::tile;
  }
}

// Stands in front of a consumer and passes what its level keeps, with the sink's ids: a dropped record leaves a gap.
// At level operator the records that causes name are gone, so causes are 0; at the others no cause names a dropped
// record, because only spans of level tile and below are causes. An extension passes with the span it extends.
class LevelFilter : public Consumer {
 public:
  LevelFilter(Level level, Consumer& next) : level_(level), next_(next) {}
  void consume(std::span<const Record> records, std::uint64_t first_id) override;
  void finish(base::Ps end) override { next_.finish(end); }

 private:
  [[nodiscard]] bool keeps(const Record& r) const { return level_ != Level::off && level_of(r.name) <= level_; }
  void pass_copy(const Record& r, std::uint64_t id);
  Level level_;
  Consumer& next_;
};

}  // namespace tessera::trace
