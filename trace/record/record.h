// What a component says about itself: fixed-size records, the only thing that crosses from a model to the trace.
//
// A record is one span on one lane (a unit of the unit table), written when the span ends, so its cause is always
// older. 64 bytes, no pointers: it goes into a ring as it is. A transfer's waits do not fit and follow as an
// extension record, which has no id of its own.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/units.h"

namespace tessera::trace {

enum class Scope : std::uint8_t { scheduler, dma, sram, pe, vector, dram, noc, host, counter };

// What a span is. The critical path uses the same words.
enum class Name : std::uint8_t {
  arrival,     // host: a request arrives (no length)
  decision,    // scheduler: Dispatch of a tile, from its start to its end
  prefetch,    // scheduler: Prefetch decision
  load,        // dma: from queueing to the last answer
  store,       // dma: from queueing to the memory's last answer
  compute,     // pe: occupancy of the array by a tile (conflict extension included, see sram_conflict)
  drain,       // pe drain lane: occupancy end to last result
  vector,      // vector unit: a vector tile
  post,        // vector unit: post-operations fused behind a PE group, pipeline latency included
  stall,       // pe, vector: the unit does not work, for Record::reason
  fill,        // sram slot: from victim taken to operand full
  hold,        // sram slot: operand full and referenced
  accumulate,  // sram output slot: grant to draining
  draining,    // sram output slot: draining to empty
  waits,       // extension of the transfer before it: not a span
  counter,     // counter: a sampled value
  op,          // host: first dispatch to last store of an operator in a request (level operator and above)
  request,     // host: arrival to last store of a request
  fold,        // pe: one fold (level fold and above)
  burst,       // dram: one packet (a run of bursts), arrival to answer; slot 1 = write (level burst)
};

// Why a unit that has work to do cannot do it. Closed: exactly one holds for every idle picosecond of an array or
// vector unit (docs/semantics.md 11.1). busy + all of these = window.
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
inline constexpr int kReasonCount = 15;

// For Reason::operand_slot: what made every Dispatch illegal (Record::slot carries it).
enum class SlotLack : std::uint8_t { none, slot, queue, open_groups };

enum class Operand : std::uint8_t { input, weight, output, none };

// How a record's start follows from its cause (zero-length links of the critical path). Record::link.
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

inline constexpr std::uint32_t kNoTile = 0xffffffff;
inline constexpr std::uint16_t kNoOperator = 0xffff;
inline constexpr std::uint64_t kNoCause = 0;  // record ids count from 1

struct Record {
  base::Ps start, end;
  std::uint64_t cause = kNoCause;  // id of the record that this one waited for last
  std::int64_t payload = 0;        // dma, dram: DRAM address; pe: MACs; counter: value; waits: dram ps
  std::int64_t bytes = 0;          // dma, sram: bytes moved or held; waits: noc ps (start: channel ps, end: port ps)
  std::uint32_t tile = kNoTile;
  std::uint32_t task = 0;  // dense id of load/compute/vector/store within the run; 0 = none
  std::uint16_t unit = 0;  // lane: index into the unit table
  std::uint16_t request = 0;
  std::uint16_t op = kNoOperator;
  Name name = Name::stall;
  Reason reason = Reason::none;
  std::uint8_t channel = 0;
  std::uint8_t slot = 0;
  Operand operand = Operand::none;
  Link link = Link::none;
  std::uint16_t rows = 0,
                columns = 0;  // pe: rows and columns in use (of the largest fold); dma, scheduler: rows = core
};
static_assert(sizeof(Record) == 64);

// One unit of the unit table. Spans of an exclusive unit never overlap: it is one lane. The others (DMA channels, whose
// spans run from queueing to the last answer; the host) need a sub-lane for each span that is open at one time.
struct Unit {
  std::uint16_t id = 0;
  std::string_view path;  // instance path: "core[0].pe_array", "dma.channel[2]"; the same in errors and statistics
  Scope scope = Scope::host;
  std::uint16_t core = 0xffff;  // 0xffff = belongs to no core
  std::uint16_t index = 0;      // among the units of its kind
  bool exclusive = true;
};

[[nodiscard]] std::string_view to_string(Scope);
[[nodiscard]] std::string_view to_string(Name);
[[nodiscard]] std::string_view to_string(Reason);
[[nodiscard]] std::string_view to_string(Operand);
[[nodiscard]] std::string_view to_string(Link);

}  // namespace tessera::trace
