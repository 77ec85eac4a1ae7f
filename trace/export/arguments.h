// What a viewer shows beside a span: the record's fields, by the schema's keys and words.
#pragma once

#include <optional>
#include <string_view>

#include "trace/file/tile_table.h"
#include "trace/record/field_value.h"
#include "trace/record/spans.h"

namespace tessera::trace {

struct Argument {
  const FieldSpec& field;
  std::int64_t number;
  std::string_view text;  // not empty: the word of the number, or an operator's name
};

// The field as an argument; nothing where the record does not have it or says "none" in it.
[[nodiscard]] inline std::optional<Argument> argument(const Record& r, Field f, const TileTable& tiles) {
  if (!says(r, f)) return std::nullopt;
  const FieldSpec& s = spec(f);
  const std::int64_t number = get(r, f);
  const auto index = static_cast<std::size_t>(number);
  if (s.words != nullptr) return Argument{s, number, s.words[index]};
  if (f == Field::op && index < tiles.operators.size()) return Argument{s, number, tiles.operators[index].name};
  return Argument{s, number, {}};
}

// Calls visit(Argument) for each argument of a span, and of its waits where it has some.
template <class Visit>
void for_each_argument(const Record& record, const std::optional<Waits>& waits, const TileTable& tiles, Visit&& visit) {
  for (const FieldSpec& f : kFields) {
    if (const auto a = argument(record, f.field, tiles)) visit(*a);
  }
  if (!waits) return;
  const Record extension = Record::extension(*waits);
  for (const FieldSpec& f : kFields) {
    if (const auto a = argument(extension, f.field, tiles)) visit(*a);
  }
}

}  // namespace tessera::trace
