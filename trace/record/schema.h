// What a trace records, as one table: the kinds of record, their fields, and the words behind the numbers.
//
// Every part that reads or writes records takes its knowledge from here: the file's columns, the exporters' keys and
// arguments, the invariants, the measures, the collector of the tests and docs/trace.md (`tessera params trace`). A new
// record, field, stall reason or link is an entry of an enumeration and a row of the table below it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tessera::trace {

// --- words -----------------------------------------------------------------------------------------------------------

// The kind of unit whose lanes hold a record.
enum class Scope : std::uint8_t { scheduler, dma, sram, pe, vector, dram, noc, host, counter };
inline constexpr std::array<std::string_view, 9> kScopeWords{"scheduler", "dma", "sram", "pe",     "vector",
                                                             "dram",      "noc", "host", "counter"};

// How much of a run is recorded. A level keeps the records of all levels below it; makespan never depends on it.
//   off       nothing
//   operator  arrivals, operators, requests
//   tile      every span of scheduler, DMA, slots, array, vector unit, and their stalls
//   fold      also each pass of a tile over the array
//   burst     also each packet that the DRAM serves
enum class Level : std::uint8_t { off, op, tile, fold, burst };
inline constexpr std::array<std::string_view, 5> kLevelWords{"off", "operator", "tile", "fold", "burst"};

// The operand region of a core's SRAM that a transfer or a slot belongs to.
enum class Operand : std::uint8_t { input, weight, output, none };
inline constexpr std::array<std::string_view, 4> kOperandWords{"input", "weight", "output", "none"};

// Stall reason operand_slot: what made every Dispatch of the tile illegal (docs/semantics.md 11.7).
enum class SlotLack : std::uint8_t { none, slot, queue, open_groups };
inline constexpr std::array<std::string_view, 4> kSlotLackWords{"none", "slot", "queue", "open_groups"};

// How the start of a record follows from its cause (links of the critical path; they have no length).
enum class Link : std::uint8_t {
  none,
  dependence,
  barrier,
  scheduler,
  operand_slot,
  queue,
  output_slot,
  array,
  start_of
};
inline constexpr std::array<std::string_view, 9> kLinkWords{
    "none", "dependence", "barrier", "scheduler", "operand_slot", "queue", "output_slot", "array", "start_of"};

// What a stretch of the critical path is: the span of a record, or the gap before it.
enum class PathPart : std::uint8_t {
  arrival,
  policy,
  dispatch,
  load,
  compute,
  drain,
  vector,
  post,
  store,
  sync,
  unexplained
};
inline constexpr std::array<std::string_view, 11> kPathPartWords{
    "arrival", "policy", "dispatch", "load", "compute", "drain", "vector", "post", "store", "sync", "unexplained"};
inline constexpr int kPathParts = kPathPartWords.size();

// Why a unit that has work to do cannot do it. The list is closed: for every idle picosecond of an array or vector unit
// exactly one reason holds, so busy time + stalls + no_work = window.
enum class Reason : std::uint8_t {
  none,
  no_work,
  pe_result,
  barrier,
  dependence,
  operand_slot,
  scheduler,
  policy,
  dispatch,
  dma_queue,
  load,
  output_slot,
  sync,
  sram_conflict,
  trace_buffer,
};

struct ReasonSpec {
  Reason reason;
  std::string_view word;
  bool inside;  // the stall lies inside the span that it lengthens, at its end, and is not busy time
  std::string_view text;
};
inline constexpr std::array kReasons{
    ReasonSpec{Reason::none, "none", false, "no stall"},
    ReasonSpec{Reason::no_work, "no_work", false, "no task is left for the unit, or its request has not arrived"},
    ReasonSpec{Reason::pe_result, "pe_result", false, "a post-operation waits for the array's last reduction step"},
    ReasonSpec{Reason::barrier, "barrier", false, "a barrier or control edge of the next tile is open"},
    ReasonSpec{Reason::dependence, "dependence", false, "a producer of the next tile is not stored yet"},
    ReasonSpec{Reason::operand_slot, "operand_slot", false, "no Dispatch of the next tile is legal on this core"},
    ReasonSpec{Reason::scheduler, "scheduler", false, "the scheduler decides on something else"},
    ReasonSpec{Reason::policy, "policy", false, "a Dispatch would be legal, and the policy has not asked for it"},
    ReasonSpec{Reason::dispatch, "dispatch", false, "the decision on the next tile is under way"},
    ReasonSpec{Reason::dma_queue, "dma_queue", false, "the operand that fills last waits in its channel's queue"},
    ReasonSpec{Reason::load, "load", false, "the operand that fills last is on its way"},
    ReasonSpec{Reason::output_slot, "output_slot", false, "no output slot is free"},
    ReasonSpec{Reason::sync, "sync", false, "everything is there; the unit waits for its next clock edge"},
    ReasonSpec{Reason::sram_conflict, "sram_conflict", true, "DMA accesses to the tile's banks prolong its compute"},
    ReasonSpec{Reason::trace_buffer, "trace_buffer", true, "the modelled trace buffer is full and its policy is stall"},
};
inline constexpr int kReasonCount = kReasons.size();

// --- fields ----------------------------------------------------------------------------------------------------------

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
  value,
  wait_channel,
  wait_noc,
  wait_dram,
  wait_port,
};
inline constexpr std::size_t kFieldCount = 23;

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
inline constexpr std::array<std::string_view, kReasonCount> kReasonWords = [] {
  std::array<std::string_view, kReasonCount> words{};
  for (std::size_t i = 0; i < kReasonCount; ++i) words[i] = kReasons[i].word;
  return words;
}();

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
     "DMA channel of a transfer, DRAM channel of a burst"},
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
    {Field::value, "value", 23, "", 64, Coding::delta, 0, false, nullptr, 0,
     "sample, in the unit that the lane's name ends with"},
    {Field::wait_channel, "wait_channel_ps", 24, "ps", 64, Coding::plus, 0, false, nullptr, 0,
     "time in the channel's queue, until the first packet is granted"},
    {Field::wait_noc, "wait_noc_ps", 25, "ps", 64, Coding::plus, 0, false, nullptr, 0,
     "wait for a grant of the interconnect"},
    {Field::wait_dram, "wait_dram_ps", 26, "ps", 64, Coding::plus, 0, false, nullptr, 0, "wait for the memory"},
    {Field::wait_port, "wait_port_ps", 27, "ps", 64, Coding::plus, 0, false, nullptr, 0,
     "wait for a port of the core's SRAM"},
}};

// A set of fields.
class FieldSet {
 public:
  constexpr FieldSet() = default;
  template <class... F>
  constexpr explicit FieldSet(F... fields) : bits_(((std::uint32_t{1} << static_cast<unsigned>(fields)) | ... | 0u)) {}
  [[nodiscard]] constexpr bool has(Field f) const { return (bits_ >> static_cast<unsigned>(f) & 1u) != 0; }
  [[nodiscard]] constexpr FieldSet operator|(FieldSet o) const {
    o.bits_ |= bits_;
    return o;
  }

 private:
  std::uint32_t bits_ = 0;
};
static_assert(kFieldCount <= 32);

// --- records ---------------------------------------------------------------------------------------------------------

// What a record is; the critical path uses the same words.
enum class Name : std::uint8_t {
  arrival,
  decision,
  prefetch,
  load,
  store,
  compute,
  drain,
  vector,
  post,
  stall,
  fill,
  hold,
  accumulate,
  draining,
  waits,
  counter,
  op,
  request,
  fold,
  burst,
};

// Whether a record lies within another span of its lane. `by_reason`: where ReasonSpec::inside says so.
enum class Nesting : std::uint8_t { never, always, by_reason };

struct RecordSpec {
  Name name;
  std::string_view word;
  std::uint16_t scopes;  // bit (1 << Scope) of each scope whose lanes may hold it; 0: an extension, on no lane
  Level level;           // the lowest that keeps it
  Nesting nesting;
  PathPart path, gap;  // on the critical path: the span, and what lies between the cause's end and the start
  FieldSet fields;
  std::string_view text;
};

namespace schema {

template <class... S>
constexpr std::uint16_t on(S... scopes) {
  return static_cast<std::uint16_t>(((1u << static_cast<unsigned>(scopes)) | ...));
}
using enum Field;
inline constexpr FieldSet kTile{request, op, tile}, kCaused{cause, Field::link};
inline constexpr FieldSet kTask = kTile | kCaused | FieldSet{task};
inline constexpr FieldSet kTransfer = kTask | FieldSet{bytes, address, channel, slot, operand, core};
inline constexpr FieldSet kSlot = kTile | FieldSet{operand, slot, bytes};
inline constexpr PathPart kOffPath = PathPart::unexplained;

}  // namespace schema

inline constexpr std::array<RecordSpec, 20> kRecords{{
    {Name::arrival, "arrival", schema::on(Scope::host), Level::op, Nesting::never, PathPart::arrival, schema::kOffPath,
     FieldSet{Field::request}, "a request arrives; no length, no cause"},
    {Name::decision, "decision", schema::on(Scope::scheduler), Level::tile, Nesting::never, PathPart::dispatch,
     PathPart::policy, schema::kTile | schema::kCaused | FieldSet{Field::core},
     "Dispatch of a tile to a core, from the start of the decision to its end"},
    {Name::prefetch, "prefetch", schema::on(Scope::scheduler), Level::tile, Nesting::never, PathPart::dispatch,
     PathPart::policy, schema::kTile | schema::kCaused | FieldSet{Field::core, Field::operand, Field::bytes},
     "Prefetch of a constant operand to a core, from the start of the decision to its end"},
    {Name::load, "load", schema::on(Scope::dma), Level::tile, Nesting::never, PathPart::load, schema::kOffPath,
     schema::kTransfer, "one part of an operand's load, from queueing to the last answer; a waits record follows"},
    {Name::store, "store", schema::on(Scope::dma), Level::tile, Nesting::never, PathPart::store, schema::kOffPath,
     schema::kTransfer, "one part of a result's store, from queueing to the memory's last answer; waits follow"},
    {Name::compute, "compute", schema::on(Scope::pe), Level::tile, Nesting::never, PathPart::compute, PathPart::sync,
     schema::kTask | FieldSet{Field::macs, Field::rows, Field::columns},
     "occupancy of the array by a tile; stalls sram_conflict and trace_buffer lie inside, at its end"},
    {Name::drain, "drain", schema::on(Scope::pe), Level::tile, Nesting::never, PathPart::drain, schema::kOffPath,
     schema::kTask, "from the end of a tile's occupancy to its last result, on a lane of its own"},
    {Name::vector, "vector", schema::on(Scope::vector), Level::tile, Nesting::never, PathPart::vector, PathPart::sync,
     schema::kTask | FieldSet{Field::macs}, "a vector tile on the vector unit"},
    {Name::post, "post", schema::on(Scope::vector), Level::tile, Nesting::never, PathPart::post, PathPart::sync,
     schema::kTask, "the post-operations of a PE group on the vector unit, pipeline latency included"},
    {Name::stall, "stall", schema::on(Scope::pe, Scope::vector), Level::tile, Nesting::by_reason, schema::kOffPath,
     schema::kOffPath, schema::kTile | FieldSet{Field::cause, Field::reason, Field::lack},
     "the unit does not work; tile: the task that ended the wait, none for the rest of the run"},
    {Name::fill, "fill", schema::on(Scope::sram), Level::tile, Nesting::never, schema::kOffPath, schema::kOffPath,
     schema::kSlot, "a slot from the moment its old content is given up until the operand is full"},
    {Name::hold, "hold", schema::on(Scope::sram), Level::tile, Nesting::never, schema::kOffPath, schema::kOffPath,
     schema::kSlot, "a full slot from the first reference to the last release"},
    {Name::accumulate, "accumulate", schema::on(Scope::sram), Level::tile, Nesting::never, schema::kOffPath,
     schema::kOffPath, schema::kSlot, "an output slot from its grant until it drains"},
    {Name::draining, "draining", schema::on(Scope::sram), Level::tile, Nesting::never, schema::kOffPath,
     schema::kOffPath, schema::kSlot, "an output slot from the last result until its store has ended"},
    {Name::waits, "waits", 0, Level::tile, Nesting::never, schema::kOffPath, schema::kOffPath,
     FieldSet{Field::wait_channel, Field::wait_noc, Field::wait_dram, Field::wait_port},
     "extension of the transfer before it, without an id: where that transfer waited"},
    {Name::counter, "counter", schema::on(Scope::counter), Level::tile, Nesting::never, schema::kOffPath,
     schema::kOffPath, FieldSet{Field::value}, "a sample that holds from its start on"},
    {Name::op, "operator", schema::on(Scope::host), Level::op, Nesting::never, schema::kOffPath, schema::kOffPath,
     FieldSet{Field::request, Field::op}, "an operator in a request, from its first decision to its last store"},
    {Name::request, "request", schema::on(Scope::host), Level::op, Nesting::never, schema::kOffPath, schema::kOffPath,
     FieldSet{Field::request}, "a request from its arrival to its last store"},
    {Name::fold, "fold", schema::on(Scope::pe), Level::fold, Nesting::always, schema::kOffPath, schema::kOffPath,
     schema::kTile | FieldSet{Field::task, Field::macs, Field::rows, Field::columns},
     "one pass of a tile over the array, inside its compute"},
    {Name::burst, "burst", schema::on(Scope::dram), Level::burst, Nesting::never, schema::kOffPath, schema::kOffPath,
     FieldSet{Field::address, Field::bytes, Field::channel, Field::write},
     "one packet (a run of bursts) at the DRAM, from its arrival to its answer"},
}};
inline constexpr std::size_t kNameCount = kRecords.size();

// --- look-up ---------------------------------------------------------------------------------------------------------

[[nodiscard]] constexpr const RecordSpec& spec(Name n) { return kRecords[static_cast<std::size_t>(n)]; }
[[nodiscard]] constexpr const FieldSpec& spec(Field f) { return kFields[static_cast<std::size_t>(f)]; }
[[nodiscard]] constexpr const ReasonSpec& spec(Reason r) { return kReasons[static_cast<std::size_t>(r)]; }
[[nodiscard]] constexpr bool carries(Name n, Field f) { return spec(n).fields.has(f); }
[[nodiscard]] constexpr bool allowed_on(Name n, Scope s) {
  return (spec(n).scopes >> static_cast<unsigned>(s) & 1u) != 0;
}
// An extension belongs to the span before it and has no id.
[[nodiscard]] constexpr bool is_extension(Name n) { return spec(n).scopes == 0; }

// The word of an enumerator; "?" for a number that is none.
template <std::size_t N>
[[nodiscard]] constexpr std::string_view word_of(const std::array<std::string_view, N>& words, std::size_t i) {
  return i < N ? words[i] : std::string_view{"?"};
}
[[nodiscard]] constexpr std::string_view to_string(Scope v) {
  return word_of(kScopeWords, static_cast<std::size_t>(v));
}
[[nodiscard]] constexpr std::string_view to_string(Level v) {
  return word_of(kLevelWords, static_cast<std::size_t>(v));
}
[[nodiscard]] constexpr std::string_view to_string(Operand v) {
  return word_of(kOperandWords, static_cast<std::size_t>(v));
}
[[nodiscard]] constexpr std::string_view to_string(SlotLack v) {
  return word_of(kSlotLackWords, static_cast<std::size_t>(v));
}
[[nodiscard]] constexpr std::string_view to_string(Link v) { return word_of(kLinkWords, static_cast<std::size_t>(v)); }
[[nodiscard]] constexpr std::string_view to_string(PathPart v) {
  return word_of(kPathPartWords, static_cast<std::size_t>(v));
}
[[nodiscard]] constexpr std::string_view to_string(Reason v) {
  return word_of(kReasonWords, static_cast<std::size_t>(v));
}
[[nodiscard]] constexpr std::string_view to_string(Name v) {
  return static_cast<std::size_t>(v) < kNameCount ? spec(v).word : std::string_view{"?"};
}
// "off", "operator", "tile", "fold", "burst".
[[nodiscard]] std::optional<Level> level_of(std::string_view word);

namespace schema {

// Rows stand at the index of their enumerator.
template <class Table, class Member>
constexpr bool in_order(const Table& table, Member member) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (static_cast<std::size_t>(table[i].*member) != i) return false;
  }
  return true;
}
static_assert(in_order(kRecords, &RecordSpec::name) && in_order(kFields, &FieldSpec::field) &&
              in_order(kReasons, &ReasonSpec::reason));

}  // namespace schema
}  // namespace tessera::trace
