// The columns of a block, derived from the record schema: which a scope has, and how each is written.
//
// Encoder and decoder share this page. A new field needs its column in trace.proto and its line in column() below; an
// assertion of the compiler names a field that has none.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "trace.pb.h"
#include "trace/record/field_value.h"

namespace tessera::trace {

inline constexpr std::size_t kScopeCount = kScopeWords.size();

// Deltas wrap around: any two values have one, and adding it gives the value back.
constexpr std::int64_t delta(std::int64_t value, std::int64_t previous) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(previous));
}
constexpr std::int64_t plus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

// What the deltas of one scope's columns are against: the values of its last record in the block.
struct Previous {
  std::uint64_t id = 0;
  std::int64_t end = 0, unit = 0, name = 0;
  std::int64_t next_address = 0;                  // Coding::running
  std::array<std::int64_t, kFieldCount> value{};  // Coding::delta
};

// The column of a field. Its numbers are uint64 where the coding is plain or back, else sint64.
template <Field F>
auto& column(proto::Columns& c) {
  if constexpr (F == Field::request) return *c.mutable_request();
  else if constexpr (F == Field::op) return *c.mutable_op();
  else if constexpr (F == Field::tile) return *c.mutable_tile();
  else if constexpr (F == Field::task) return *c.mutable_task();
  else if constexpr (F == Field::cause) return *c.mutable_cause();
  else if constexpr (F == Field::reason) return *c.mutable_reason();
  else if constexpr (F == Field::link) return *c.mutable_link();
  else if constexpr (F == Field::bytes) return *c.mutable_bytes();
  else if constexpr (F == Field::address) return *c.mutable_address();
  else if constexpr (F == Field::macs) return *c.mutable_macs();
  else if constexpr (F == Field::channel) return *c.mutable_channel();
  else if constexpr (F == Field::slot) return *c.mutable_slot();
  else if constexpr (F == Field::operand) return *c.mutable_operand();
  else if constexpr (F == Field::rows) return *c.mutable_rows();
  else if constexpr (F == Field::columns) return *c.mutable_columns();
  else if constexpr (F == Field::core) return *c.mutable_core();
  else if constexpr (F == Field::write) return *c.mutable_write();
  else if constexpr (F == Field::lack) return *c.mutable_lack();
  else if constexpr (F == Field::moved) return *c.mutable_moved_bytes();
  else if constexpr (F == Field::value) return *c.mutable_value();
  else if constexpr (F == Field::wait_channel) return *c.mutable_wait_channel_ps();
  else if constexpr (F == Field::wait_noc) return *c.mutable_wait_noc_ps();
  else if constexpr (F == Field::wait_dram) return *c.mutable_wait_dram_ps();
  else if constexpr (F == Field::answer) return *c.mutable_answer();
  else if constexpr (F == Field::refusal) return *c.mutable_refusal();
  else if constexpr (F == Field::argument) return *c.mutable_argument();
  else if constexpr (F == Field::weighed) return *c.mutable_weighed();
  else if constexpr (F == Field::backlog) return *c.mutable_backlog_bytes();
  else if constexpr (F == Field::score) return *c.mutable_score();
  else if constexpr (F == Field::busy) return *c.mutable_busy_ps();
  else if constexpr (F == Field::queued) return *c.mutable_queued();
  else if constexpr (F == Field::input_state) return *c.mutable_input_state();
  else if constexpr (F == Field::weight_state) return *c.mutable_weight_state();
  else if constexpr (F == Field::free_outputs) return *c.mutable_free_output_slots();
  else if constexpr (F == Field::rate) return *c.mutable_bytes_per_1000_cycles();
}

// A block's content: the sum over its records of mixed(sum over the columns of their scope of value x weight(column)).
// The value is that of the record, not the number stored for it.
constexpr std::uint64_t weight(std::uint32_t column) { return (2 * column + 1) * 0x9e3779b97f4a7c15u; }
constexpr std::uint64_t mixed(std::uint64_t sum) { return (sum ^ sum >> 32) * 0xd6e8feb86659fd93u; }
constexpr std::uint64_t weighed(std::int64_t value, std::uint32_t column) {
  return static_cast<std::uint64_t>(value) * weight(column);
}
// What every record has: id, end, length, unit, name (columns 3 to 7) and whether it has waits (29).
inline std::uint64_t common_content(std::uint64_t id, const Record& r, std::int64_t name, bool waits) {
  return weighed(static_cast<std::int64_t>(id), 3) + weighed(r.end.count(), 4) +
         weighed(delta(r.end.count(), r.start.count()), 5) + weighed(r.unit, 6) + weighed(name, 7) +
         weighed(waits ? 1 : 0, 29);
}
inline std::uint64_t waits_content(const Waits& w) {
  return weighed(w.channel.count(), spec(Field::wait_channel).column) +
         weighed(w.noc.count(), spec(Field::wait_noc).column) + weighed(w.dram.count(), spec(Field::wait_dram).column);
}

namespace columns {

// Whether a record of the scope may have the field, and whether every record of it has.
constexpr bool some_has(std::size_t scope, Field f) {
  for (const RecordSpec& r : kRecords) {
    if (allowed_on(r.name, static_cast<Scope>(scope)) && r.fields.has(f)) return true;
  }
  return false;
}
constexpr std::size_t count(std::size_t scope) {
  std::size_t n = 0;
  for (const FieldSpec& f : kFields) n += some_has(scope, f.field) ? 1 : 0;
  return n;
}

// The fields of a scope, in the schema's order.
template <std::size_t S>
inline constexpr std::array<Field, count(S)> kOf = [] {
  std::array<Field, count(S)> fields{};
  std::size_t n = 0;
  for (const FieldSpec& f : kFields) {
    if (some_has(S, f.field)) fields[n++] = f.field;
  }
  return fields;
}();

}  // namespace columns

// Calls visit.operator()<F>() for every field of scope S.
template <std::size_t S, class Visit>
void for_each_field(Visit&& visit) {
  [&]<std::size_t... I>(std::index_sequence<I...>) { (visit.template operator()<columns::kOf<S>[I]>(), ...); }
  (std::make_index_sequence<columns::kOf<S>.size()>{});
}

// visit.operator()<S>() for the scope of that number.
template <class Visit>
decltype(auto) with_scope(std::size_t scope, Visit&& visit) {
  using Result = decltype(visit.template operator()<0>());
  using Call = Result (*)(Visit&);
  static constexpr auto kCalls = []<std::size_t... S>(std::index_sequence<S...>) {
    return std::array<Call, kScopeCount>{+[](Visit& v) -> Result { return v.template operator()<S>(); }...};
  }
  (std::make_index_sequence<kScopeCount>{});
  return kCalls[scope](visit);
}

inline constexpr Field kWaits[] = {Field::wait_channel, Field::wait_noc, Field::wait_dram};

}  // namespace tessera::trace
