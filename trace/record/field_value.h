// A record's fields by number, for everything that treats all fields alike: the file's columns, exporters, tests.
#pragma once

#include <cstdint>

#include "trace/record/record.h"

namespace tessera::trace {

// The value of a field as the file has it; spec(f).absent where the record does not have the field.
[[nodiscard]] inline std::int64_t get(const Record& r, Field f) {
  if (!r.has(f)) return spec(f).absent;
  switch (f) {
    case Field::request: return r.request;
    case Field::op: return r.op == kNoOperator ? -1 : r.op;
    case Field::tile: return r.tile == kNoTile ? -1 : static_cast<std::int64_t>(r.tile);
    case Field::task: return r.task;
    case Field::cause: return static_cast<std::int64_t>(r.cause);
    case Field::reason: return static_cast<std::int64_t>(r.reason());
    case Field::link: return static_cast<std::int64_t>(r.link);
    case Field::bytes: return r.bytes();
    case Field::address: return r.address();
    case Field::macs: return r.macs();
    case Field::channel: return r.channel();
    case Field::slot: return r.slot();
    case Field::operand: return static_cast<std::int64_t>(r.operand());
    case Field::rows: return r.rows();
    case Field::columns: return r.columns();
    case Field::core: return r.core();
    case Field::write: return r.write() ? 1 : 0;
    case Field::lack: return static_cast<std::int64_t>(r.lack());
    case Field::moved: return r.moved();
    case Field::value: return r.value();
    case Field::wait_channel: return r.waits().channel.count();
    case Field::wait_noc: return r.waits().noc.count();
    case Field::wait_dram: return r.waits().dram.count();
    case Field::answer: return static_cast<std::int64_t>(r.answer());
    case Field::refusal: return r.refusal();
    case Field::argument: return r.argument();
    case Field::weighed: return r.weighed();
    case Field::backlog: return r.backlog();
    case Field::score: return r.score();
    case Field::busy: return r.busy().count();
    case Field::queued: return r.queued();
    case Field::input_state: return static_cast<std::int64_t>(r.input_state());
    case Field::weight_state: return static_cast<std::int64_t>(r.weight_state());
    case Field::free_outputs: return r.free_outputs();
    case Field::rate: return r.rate();
  }
  return 0;
}

// Sets a field of a span (the waits of an extension are set together: Record::extension).
inline void set(Record& r, Field f, std::int64_t v) {
  switch (f) {
    case Field::request: r.request = static_cast<std::uint32_t>(v); break;
    case Field::op: r.op = v < 0 ? kNoOperator : static_cast<std::uint16_t>(v); break;
    case Field::tile: r.tile = v < 0 ? kNoTile : static_cast<std::uint32_t>(v); break;
    case Field::task: r.task = static_cast<std::uint32_t>(v); break;
    case Field::cause: r.cause = static_cast<std::uint64_t>(v); break;
    case Field::reason: r.set_reason(static_cast<Reason>(v)); break;
    case Field::link: r.link = static_cast<Link>(v); break;
    case Field::bytes: r.set_bytes(v); break;
    case Field::address: r.set_address(v); break;
    case Field::macs: r.set_macs(v); break;
    case Field::channel: r.set_channel(static_cast<std::uint32_t>(v)); break;
    case Field::slot: r.set_slot(static_cast<std::uint32_t>(v)); break;
    case Field::operand: r.set_operand(static_cast<Operand>(v)); break;
    case Field::rows: r.set_rows(v); break;
    case Field::columns: r.set_columns(v); break;
    case Field::core: r.set_core(static_cast<std::uint32_t>(v)); break;
    case Field::write: r.set_write(v != 0); break;
    case Field::lack: r.set_lack(static_cast<SlotLack>(v)); break;
    case Field::moved: r.set_moved(v); break;
    case Field::value: r.set_value(v); break;
    case Field::answer: r.set_answer(static_cast<AnswerKind>(v)); break;
    case Field::refusal: r.set_refusal(static_cast<std::uint8_t>(v)); break;
    case Field::argument: r.set_argument(v); break;
    case Field::weighed: r.set_weighed(static_cast<std::uint32_t>(v)); break;
    case Field::backlog: r.set_backlog(v); break;
    case Field::score: r.set_score(v); break;
    case Field::busy: r.set_busy(base::Ps{v}); break;
    case Field::queued: r.set_queued(static_cast<std::uint32_t>(v)); break;
    case Field::input_state: r.set_input_state(static_cast<OperandState>(v)); break;
    case Field::weight_state: r.set_weight_state(static_cast<OperandState>(v)); break;
    case Field::free_outputs: r.set_free_outputs(static_cast<std::uint32_t>(v)); break;
    case Field::rate: r.set_rate(v); break;
    case Field::wait_channel:
    case Field::wait_noc:
    case Field::wait_dram: break;
  }
}

// Whether the record has the field and says more than "none" in it.
[[nodiscard]] inline bool says(const Record& r, Field f) {
  return r.has(f) && !(spec(f).none && get(r, f) == spec(f).absent);
}

// Whether a number may stand in the field.
[[nodiscard]] constexpr bool in_range(Field f, std::int64_t v) {
  const FieldSpec& s = spec(f);
  if (s.words != nullptr) return v >= 0 && v < s.word_count;
  if (s.bits == 64) return true;
  // Fields of which the largest number means "none" are -1 in a file.
  return s.absent < 0 ? v >= -1 && v < (std::int64_t{1} << s.bits) - 1 : v >= 0 && v < std::int64_t{1} << s.bits;
}

}  // namespace tessera::trace
