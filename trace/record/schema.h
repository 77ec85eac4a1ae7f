// What a trace records, as one table: the kinds of record, each with its fields.
//
// Every part that reads or writes records takes its knowledge from here and from the lists that this table names
// (fields.h, reasons.h, words.h): the file's columns, the exporters' keys and arguments, the invariants, the measures,
// the collector of the tests and docs/trace.md (`tessera params trace`).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "trace/record/fields.h"

namespace tessera::trace {

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
  host_task,
  answer,
  candidate,
  undispatch,
  cap,
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

inline constexpr std::array<RecordSpec, 25> kRecords{{
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
     FieldSet{Field::wait_channel, Field::wait_noc, Field::wait_dram},
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
     FieldSet{Field::address, Field::bytes, Field::channel, Field::write, Field::moved},
     "one packet (a run of bursts) at the DRAM, from its arrival to its answer"},
    {Name::host_task, "host_task", schema::on(Scope::host), Level::tile, Nesting::never, PathPart::host,
     schema::kOffPath, schema::kTile | schema::kCaused,
     "an operator that the host runs, once all that it reads is stored"},
    {Name::answer, "answer", schema::on(Scope::scheduler), Level::tile, Nesting::always, schema::kOffPath,
     schema::kOffPath,
     schema::kTile | FieldSet{Field::core, Field::operand, Field::answer, Field::refusal, Field::argument,
                              Field::weighed, Field::backlog, Field::channel},
     "what the policy answered when it was asked (trace.decisions); no length; its candidates follow"},
    {Name::candidate, "candidate", schema::on(Scope::scheduler), Level::tile, Nesting::always, schema::kOffPath,
     schema::kOffPath,
     schema::kTile | FieldSet{Field::core, Field::refusal, Field::score, Field::busy, Field::queued, Field::input_state,
                              Field::weight_state, Field::free_outputs},
     "a choice that was weighed for the answer before it, the one taken first, then by score; no length"},
    {Name::undispatch, "undispatch", schema::on(Scope::scheduler), Level::tile, Nesting::never, PathPart::dispatch,
     PathPart::policy, schema::kTile | schema::kCaused | FieldSet{Field::core},
     "Undispatch of the group of a tile from a core, from the start of the decision to its end"},
    {Name::cap, "cap", schema::on(Scope::scheduler), Level::tile, Nesting::never, PathPart::dispatch, PathPart::policy,
     schema::kCaused | FieldSet{Field::channel, Field::rate},
     "Cap of a DMA channel at a rate, or the end of one, from the start of the decision to its end; it holds from then "
     "on"},
}};
inline constexpr std::size_t kNameCount = kRecords.size();

[[nodiscard]] constexpr const RecordSpec& spec(Name n) { return kRecords[static_cast<std::size_t>(n)]; }
[[nodiscard]] constexpr bool carries(Name n, Field f) { return spec(n).fields.has(f); }
[[nodiscard]] constexpr bool allowed_on(Name n, Scope s) {
  return (spec(n).scopes >> static_cast<unsigned>(s) & 1u) != 0;
}
// A decision of a scheduler on an action of its policy.
[[nodiscard]] constexpr bool is_action(Name n) { return spec(n).path == PathPart::dispatch; }
// An extension belongs to the span before it and has no id.
[[nodiscard]] constexpr bool is_extension(Name n) { return spec(n).scopes == 0; }
// Candidates that are kept of one answer.
inline constexpr std::uint32_t kMostCandidates = 5;
// What the simulator says of its policy: no unit of the machine makes such records, so no trace buffer holds them.
[[nodiscard]] constexpr bool is_of_policy(Name n) { return n == Name::answer || n == Name::candidate; }
[[nodiscard]] constexpr std::string_view to_string(Name v) {
  return static_cast<std::size_t>(v) < kNameCount ? spec(v).word : std::string_view{"?"};
}

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
