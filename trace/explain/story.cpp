#include "trace/explain/story.h"

#include <algorithm>

#include "trace/record/spans.h"

namespace tessera::trace {

Story::Story(const TraceHeader& header, const TileTable& table, const Trailer* trailer)
    : header_(header), table_(table), facts_(facts_of(header, trailer)),
      clean_(trailer != nullptr && trailer->clean_end) {
  if (!header.clocks.empty()) clock_ = header.clocks[0].clock;
  if (trailer != nullptr) events_.reserve(std::min<std::uint64_t>(trailer->events, 1 << 24));
}

void Story::consume(std::span<const Record> records, std::uint64_t first_id) {
  for_each_span(records, first_id, [this](const SpanView& s) {
    const Record& r = s.record;
    walk_.add(s.id, r);
    if (r.name == Name::fold || r.name == Name::burst || r.name == Name::counter) return;
    if (r.name == Name::cap) caps_.push_back(static_cast<std::uint32_t>(events_.size()));
    events_.push_back({s.id, r, s.waits()});
  });
}

void Story::finish(base::Ps end) {
  end_ = end;
  walk_.finish(end);
  const auto index = [](std::size_t i) { return static_cast<std::uint32_t>(i); };
  by_tile_.build(
      table_.tiles.size(), events_.size(), [this](std::size_t i) { return events_[i].record.tile; }, index);
  by_unit_.build(
      header_.units.size(), events_.size(),
      [this](std::size_t i) { return static_cast<std::uint32_t>(events_[i].record.unit); }, index);
  by_to_.build(
      table_.tiles.size(), table_.edges.size(), [this](std::size_t i) { return table_.edges[i].to; },
      [this](std::size_t i) { return table_.edges[i]; });
}

const Event* Story::find(std::uint64_t id) const {
  const auto it = std::lower_bound(events_.begin(), events_.end(), id,
                                   [](const Event& e, std::uint64_t wanted) { return e.id < wanted; });
  return it != events_.end() && it->id == id ? &*it : nullptr;
}

std::uint32_t Story::last_of_group(std::uint32_t t) const {
  while (t + 1 < table_.tiles.size() && table_.tiles[t + 1].group == table_.tiles[t].group) ++t;
  return t;
}

const Event* Story::arrival(std::uint32_t request) const {
  for (const std::uint32_t i : of_unit(0)) {
    const Record& r = events_[i].record;
    if (r.name == Name::arrival && r.request == request) return &events_[i];
  }
  return nullptr;
}

}  // namespace tessera::trace
