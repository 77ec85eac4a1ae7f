// What a component says about itself: fixed-size records, the only thing that crosses from a model to the trace.
//
// A record is one span on one lane (a unit of the unit table). It is written when the span ends, so its cause is always
// older. It holds 64 bytes and no pointer, so it goes into a ring as it is. Which of the fields a record has follows
// from its name (trace/record/schema.h): fields of one record share their bytes with fields of others, and an
// assertion refuses a field that the record does not have. A transfer's waits do not fit and follow as an extension
// record, which has no id of its own.
#pragma once

#include <cassert>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "base/units.h"
#include "trace/record/schema.h"

namespace tessera::trace {

inline constexpr std::uint32_t kNoTile = 0xffffffff;
inline constexpr std::uint16_t kNoOperator = 0xffff;
inline constexpr std::uint64_t kNoCause = 0;  // record ids count from 1

// How long a transfer waited, and for what. The three never overlap. It never waits for a port of a core's SRAM
// (docs/semantics.md 5.11).
struct Waits {
  base::Ps channel{0}, noc{0}, dram{0};
  friend bool operator==(const Waits&, const Waits&) = default;
};

class Record {
 public:
  // Every record.
  base::Ps start, end;
  std::uint64_t cause = kNoCause;

 private:
  std::int64_t wide_ = 0;   // address | macs | value | argument | score | rate | waits: dram
  std::int64_t bytes_ = 0;  // bytes | backlog | busy | waits: noc

 public:
  std::uint32_t tile = kNoTile;
  std::uint32_t task = 0;  // 0 = none; of a burst: moved; weighed | queued, free_outputs
  std::uint32_t request = 0;
  std::uint16_t unit = 0;  // lane: index into the unit table
  std::uint16_t op = kNoOperator;
  Name name = Name::stall;
  Link link = Link::none;

 private:
  std::uint8_t reason_ = 0;  // reason | refusal
  Operand operand_ = Operand::none;
  std::uint16_t narrow_ = 0;  // core | rows
  std::uint8_t first_ = 0;    // channel | input_state | columns, low byte
  std::uint8_t second_ = 0;   // slot | write | lack | answer | weight_state | columns, high byte

 public:
  [[nodiscard]] std::int64_t address() const { return of(Field::address), wide_; }
  [[nodiscard]] std::int64_t macs() const { return of(Field::macs), wide_; }
  [[nodiscard]] std::int64_t value() const { return of(Field::value), wide_; }
  [[nodiscard]] std::int64_t bytes() const { return of(Field::bytes), bytes_; }
  [[nodiscard]] Reason reason() const { return of(Field::reason), static_cast<Reason>(reason_); }
  [[nodiscard]] Operand operand() const { return of(Field::operand), operand_; }
  [[nodiscard]] std::uint16_t core() const { return of(Field::core), narrow_; }
  [[nodiscard]] std::uint16_t rows() const { return of(Field::rows), narrow_; }
  [[nodiscard]] std::uint16_t columns() const {
    return of(Field::columns), static_cast<std::uint16_t>(first_ | second_ << 8);
  }
  [[nodiscard]] std::uint8_t channel() const { return of(Field::channel), first_; }
  [[nodiscard]] std::uint8_t slot() const { return of(Field::slot), second_; }
  [[nodiscard]] bool write() const { return of(Field::write), second_ != 0; }
  [[nodiscard]] SlotLack lack() const { return of(Field::lack), static_cast<SlotLack>(second_); }
  [[nodiscard]] std::uint32_t moved() const { return of(Field::moved), task; }
  [[nodiscard]] AnswerKind answer() const { return of(Field::answer), static_cast<AnswerKind>(second_); }
  [[nodiscard]] std::uint8_t refusal() const { return of(Field::refusal), reason_; }  // a row of kRefusals
  [[nodiscard]] std::int64_t argument() const { return of(Field::argument), wide_; }
  [[nodiscard]] std::uint32_t weighed() const { return of(Field::weighed), task; }
  [[nodiscard]] std::int64_t backlog() const { return of(Field::backlog), bytes_; }
  [[nodiscard]] std::int64_t score() const { return of(Field::score), wide_; }
  [[nodiscard]] base::Ps busy() const { return of(Field::busy), base::Ps{bytes_}; }
  [[nodiscard]] std::uint32_t queued() const { return of(Field::queued), task & 0xffff; }
  [[nodiscard]] OperandState input_state() const { return of(Field::input_state), static_cast<OperandState>(first_); }
  [[nodiscard]] OperandState weight_state() const {
    return of(Field::weight_state), static_cast<OperandState>(second_);
  }
  [[nodiscard]] std::uint32_t free_outputs() const { return of(Field::free_outputs), task >> 16; }
  [[nodiscard]] std::int64_t rate() const { return of(Field::rate), wide_; }
  [[nodiscard]] Waits waits() const { return of(Field::wait_noc), Waits{start, base::Ps{bytes_}, base::Ps{wide_}}; }

  // The name comes first.
  void set_address(std::int64_t v) { of(Field::address), wide_ = v; }
  void set_macs(std::int64_t v) { of(Field::macs), wide_ = v; }
  void set_value(std::int64_t v) { of(Field::value), wide_ = v; }
  void set_bytes(std::int64_t v) { of(Field::bytes), bytes_ = v; }
  void set_reason(Reason v) { of(Field::reason), reason_ = static_cast<std::uint8_t>(v); }
  void set_operand(Operand v) { of(Field::operand), operand_ = v; }
  void set_core(std::uint32_t v) { of(Field::core), narrow_ = static_cast<std::uint16_t>(v); }
  void set_rows(std::int64_t v) { of(Field::rows), narrow_ = static_cast<std::uint16_t>(v); }
  void set_columns(std::int64_t v) {
    of(Field::columns), first_ = static_cast<std::uint8_t>(v), second_ = static_cast<std::uint8_t>(v >> 8);
  }
  void set_channel(std::uint32_t v) { of(Field::channel), first_ = static_cast<std::uint8_t>(v); }
  void set_slot(std::uint32_t v) { of(Field::slot), second_ = static_cast<std::uint8_t>(v); }
  void set_write(bool v) { of(Field::write), second_ = v ? 1 : 0; }
  void set_moved(std::int64_t v) { of(Field::moved), task = static_cast<std::uint32_t>(v); }
  void set_lack(SlotLack v) { of(Field::lack), second_ = static_cast<std::uint8_t>(v); }

  void set_answer(AnswerKind v) { of(Field::answer), second_ = static_cast<std::uint8_t>(v); }
  void set_refusal(std::uint8_t v) { of(Field::refusal), reason_ = v; }
  void set_argument(std::int64_t v) { of(Field::argument), wide_ = v; }
  void set_weighed(std::uint32_t v) { of(Field::weighed), task = v; }
  void set_backlog(std::int64_t v) { of(Field::backlog), bytes_ = v; }
  void set_score(std::int64_t v) { of(Field::score), wide_ = v; }
  void set_busy(base::Ps v) { of(Field::busy), bytes_ = v.count(); }
  void set_queued(std::uint32_t v) { of(Field::queued), task = (task & 0xffff0000) | (v & 0xffff); }
  void set_input_state(OperandState v) { of(Field::input_state), first_ = static_cast<std::uint8_t>(v); }
  void set_weight_state(OperandState v) { of(Field::weight_state), second_ = static_cast<std::uint8_t>(v); }
  void set_free_outputs(std::uint32_t v) { of(Field::free_outputs), task = (task & 0xffff) | v << 16; }
  void set_rate(std::int64_t v) { of(Field::rate), wide_ = v; }

  [[nodiscard]] static Record extension(const Waits& w) {
    Record r;
    r.name = Name::waits;
    r.start = r.end = w.channel;
    r.bytes_ = w.noc.count();
    r.wide_ = w.dram.count();
    return r;
  }

  [[nodiscard]] bool has(Field f) const { return carries(name, f); }
  [[nodiscard]] bool is_extension() const { return name == Name::waits; }
  [[nodiscard]] base::Ps length() const { return end - start; }
  // Whether the record lies within another span of its lane.
  [[nodiscard]] bool nests() const {
    const Nesting n = spec(name).nesting;
    return n == Nesting::always || (n == Nesting::by_reason && spec(static_cast<Reason>(reason_)).inside);
  }
  friend bool operator==(const Record&, const Record&) = default;

 private:
  void of([[maybe_unused]] Field f) const { assert(carries(name, f)); }
};
static_assert(sizeof(Record) == 64 && std::is_trivially_copyable_v<Record>);
static_assert(is_extension(Name::waits));

}  // namespace tessera::trace
