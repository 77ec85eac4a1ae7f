// Fields of the record schema: what a record may say besides its start, end and lane.
#pragma once

#include "trace/record/reasons.h"
#include "trace/record/refusals.h"

namespace tessera::trace {

// What a record may say besides its start, end and lane.
enum class Field : std::uint8_t {
  request,
  op,
  tile,
  task,
  cause,
  reason,
  link,
  bytes,
  address,
  macs,
  channel,
  slot,
  operand,
  rows,
  columns,
  core,
  write,
  lack,
  moved,
  value,
  wait_channel,
  wait_noc,
  wait_dram,
  answer,
  refusal,
  argument,
  weighed,
  backlog,
  score,
  busy,
  queued,
  input_state,
  weight_state,
  free_outputs,
  rate,
};
inline constexpr std::size_t kFieldCount = 35;

// How the file writes a column of the field (docs/trace.md, columns).
//   plain    the value, unsigned
//   plus     the value, zigzag
//   delta    the difference to the scope's record before, zigzag
//   running  the difference to address + bytes of the scope's record before, zigzag
//   back     the record's own id minus the value; 0 = none
enum class Coding : std::uint8_t { plain, plus, delta, running, back };
inline constexpr std::array<std::string_view, 5> kCodingWords{"plain", "signed", "delta", "running", "back"};

using Words = const std::string_view*;  // of an enumerated field, by number

struct FieldSpec {
  Field field;
  std::string_view key;   // in exports, with its unit: "wait_noc_ps"
  std::uint8_t column;    // number of its column in the file's message Columns
  std::string_view unit;  // "" = a number without one
  std::uint8_t bits;
  Coding coding;
  std::int64_t absent;  // in a file, of a record that does not have the field
  bool none;            // `absent` also stands for "none" in a record that has it
  Words words;
  std::uint8_t word_count;
  std::string_view text;
};

inline constexpr std::array<FieldSpec, kFieldCount> kFields{{
    {Field::request, "request", 8, "", 32, Coding::delta, 0, false, nullptr, 0, "index of the request"},
    {Field::op, "operator", 9, "", 16, Coding::delta, -1, true, nullptr, 0,
     "index into the operators of the tile table"},
    {Field::tile, "tile", 10, "", 32, Coding::delta, -1, true, nullptr, 0, "index into the tile table"},
    {Field::task, "task", 11, "", 32, Coding::plain, 0, true, nullptr, 0,
     "number of the load, compute, vector task or store; the parts of one transfer share it, and so do a compute and "
     "its drain and folds"},
    {Field::cause, "cause", 13, "", 64, Coding::back, 0, true, nullptr, 0,
     "id of the record that this one waited for last"},
    {Field::reason, "reason", 14, "", 8, Coding::plain, 0, true, kReasonWords.data(), kReasonCount,
     "why the unit does not work"},
    {Field::link, "link", 28, "", 8, Coding::plain, 0, true, kLinkWords.data(), kLinkWords.size(),
     "how the start follows from the cause"},
    {Field::bytes, "bytes", 15, "B", 64, Coding::plus, 0, false, nullptr, 0, "moved or held, padding included"},
    {Field::address, "address", 16, "", 64, Coding::running, 0, false, nullptr, 0,
     "byte address in DRAM: of the part where its block is contiguous, else of the block"},
    {Field::macs, "macs", 22, "MAC", 64, Coding::plus, 0, false, nullptr, 0, "useful multiply-accumulates"},
    {Field::channel, "channel", 17, "", 8, Coding::plain, 0, false, nullptr, 0,
     "DMA channel of a transfer or a cap, DRAM channel of a burst"},
    {Field::slot, "slot", 18, "", 8, Coding::plain, 0, false, nullptr, 0, "slot of the core's operand region"},
    {Field::operand, "operand", 19, "", 8, Coding::plain, 3, true, kOperandWords.data(), kOperandWords.size(),
     "operand region"},
    {Field::rows, "rows", 20, "PE", 16, Coding::plain, 0, false, nullptr, 0,
     "rows of the array in use, in the largest fold"},
    {Field::columns, "columns", 21, "PE", 16, Coding::plain, 0, false, nullptr, 0, "columns of the array in use"},
    {Field::core, "core", 30, "", 16, Coding::plain, 0, false, nullptr, 0,
     "index of the core that the record is about"},
    {Field::write, "write", 31, "", 1, Coding::plain, 0, false, nullptr, 0, "1: a write to DRAM, 0: a read"},
    {Field::lack, "lack", 32, "", 8, Coding::plain, 0, true, kSlotLackWords.data(), kSlotLackWords.size(),
     "of reason operand_slot: what was missing"},
    {Field::moved, "moved_bytes", 33, "B", 32, Coding::plain, 0, false, nullptr, 0,
     "of the bytes, those that the DRAM's data bus moved for this packet; the others came with an equal read or out of "
     "a "
     "write that waited"},
    {Field::value, "value", 23, "", 64, Coding::delta, 0, false, nullptr, 0,
     "sample, in the unit that the lane's name ends with"},
    {Field::wait_channel, "wait_channel_ps", 24, "ps", 64, Coding::plus, 0, false, nullptr, 0,
     "time in the channel's queue, until the first packet is granted"},
    {Field::wait_noc, "wait_noc_ps", 25, "ps", 64, Coding::plus, 0, false, nullptr, 0,
     "wait for a grant of the interconnect"},
    {Field::wait_dram, "wait_dram_ps", 26, "ps", 64, Coding::plus, 0, false, nullptr, 0, "wait for the memory"},
    {Field::answer, "answer", 34, "", 8, Coding::plain, 0, false, kAnswerWords.data(), kAnswerWords.size(),
     "what the policy asked for"},
    {Field::refusal, "refusal", 35, "", 8, Coding::plain, 0, true, kRefusalWords.data(), kRefusalCount,
     "why that is not legal"},
    {Field::argument, "argument", 36, "", 64, Coding::plus, 0, true, nullptr, 0,
     "of wait_until the time in ps; of cap the bytes per 1000 cycles; of an unknown tile, core or channel the number "
     "that was named"},
    {Field::weighed, "weighed", 37, "", 32, Coding::plain, 0, false, nullptr, 0,
     "choices that the policy weighed for this answer"},
    {Field::backlog, "backlog_bytes", 38, "B", 64, Coding::plus, 0, false, nullptr, 0,
     "queued in all DMA channels and not yet sent for"},
    {Field::score, "score", 39, "", 64, Coding::plus, 0, false, nullptr, 0,
     "of the choice, the lower the better; what it counts is the fact `score` of the run"},
    {Field::busy, "busy_ps", 40, "ps", 64, Coding::plus, 0, false, nullptr, 0,
     "until the unit has done what it does and what is queued, without waits"},
    {Field::queued, "queued", 41, "", 16, Coding::plain, 0, false, nullptr, 0,
     "tiles in the unit's queue that have not started"},
    {Field::input_state, "input_state", 42, "", 8, Coding::plain, 0, true, kOperandStateWords.data(),
     kOperandStateWords.size(), "the tile's input on that core"},
    {Field::weight_state, "weight_state", 43, "", 8, Coding::plain, 0, true, kOperandStateWords.data(),
     kOperandStateWords.size(), "the tile's weights on that core"},
    {Field::free_outputs, "free_output_slots", 44, "", 16, Coding::plain, 0, false, nullptr, 0,
     "output slots of the core that are empty"},
    {Field::rate, "bytes_per_1000_cycles", 45, "B", 64, Coding::plus, 0, false, nullptr, 0,
     "that the channel may move, cycles of the interconnect; 0: what the machine lets it move"},
}};

// A set of fields.
class FieldSet {
 public:
  constexpr FieldSet() = default;
  template <class... F>
  constexpr explicit FieldSet(F... fields)
      : bits_(((std::uint64_t{1} << static_cast<unsigned>(fields)) | ... | std::uint64_t{0})) {}
  [[nodiscard]] constexpr bool has(Field f) const { return (bits_ >> static_cast<unsigned>(f) & 1u) != 0; }
  [[nodiscard]] constexpr FieldSet operator|(FieldSet o) const {
    o.bits_ |= bits_;
    return o;
  }

 private:
  std::uint64_t bits_ = 0;
};
static_assert(kFieldCount <= 64);

[[nodiscard]] constexpr const FieldSpec& spec(Field f) { return kFields[static_cast<std::size_t>(f)]; }

}  // namespace tessera::trace
