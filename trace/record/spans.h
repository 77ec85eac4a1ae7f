// How a block of records is read: span by span, each with its id and, where one follows, its extension.
#pragma once

#include <cstdint>
#include <span>

#include "trace/record/record.h"

namespace tessera::trace {

struct SpanView {
  const Record& record;
  std::uint64_t id;
  const Record* extension;  // null: none follows

  [[nodiscard]] bool has_waits() const { return extension != nullptr; }
  [[nodiscard]] Waits waits() const { return extension == nullptr ? Waits{} : extension->waits(); }
  // The span and its extension as they lie in memory.
  [[nodiscard]] std::span<const Record> records() const { return {&record, extension == nullptr ? 1u : 2u}; }
};

// Calls visit(SpanView) for every span; ids count up from `first_id`. An extension without a span before it is skipped.
template <class Visit>
void for_each_span(std::span<const Record> records, std::uint64_t first_id, Visit&& visit) {
  std::uint64_t id = first_id;
  for (std::size_t i = 0; i < records.size();) {
    if (records[i].is_extension()) {
      ++i;
      continue;
    }
    const bool extended = i + 1 < records.size() && records[i + 1].is_extension();
    visit(SpanView{records[i], id++, extended ? &records[i + 1] : nullptr});
    i += extended ? 2 : 1;
  }
}
template <class Visit>
void for_each_span(std::span<const Record> records, Visit&& visit) {
  for_each_span(records, 1, visit);
}

}  // namespace tessera::trace
