#include "scheduler/dispatch/recorder.h"

#include "scheduler/dispatch/operand_region.h"
#include "scheduler/dispatch/transfer_book.h"

namespace tessera::scheduler {

using base::Ps;
using trace::Name;
using trace::Operand;
using trace::Record;

Record Recorder::span(Name name, std::uint16_t lane, const Span& s, TileId tile) const {
  Record r;
  r.name = name;
  r.unit = lane;
  r.start = s.start;
  r.end = s.end;
  r.cause = s.cause.record;
  r.link = s.cause.link;
  r.tile = tile;
  if (tile != kNoId) {
    r.op = static_cast<std::uint16_t>(graph_.tiles[tile].op);
    r.request = graph_.tiles[tile].request;
  }
  return r;
}

std::uint64_t Recorder::arrival(std::uint32_t request, Ps at) {
  Record r = span(Name::arrival, lanes_.host(), {at, at}, kNoId);
  r.request = request;
  return sink_.emit(r);
}

std::uint64_t Recorder::decision(std::uint32_t scheduler, const Span& s, TileId tile, std::uint32_t core) {
  Record r = span(Name::decision, lanes_.scheduler(scheduler), s, tile);
  r.set_core(core);
  return sink_.emit(r);
}

std::uint64_t Recorder::prefetch(std::uint32_t scheduler, const Span& s, TileId tile, std::uint8_t operand,
                                 BlockId block, std::uint32_t core) {
  Record r = span(Name::prefetch, lanes_.scheduler(scheduler), s, tile);
  r.set_core(core);
  r.set_operand(static_cast<Operand>(operand));
  r.set_bytes(graph_.blocks[block].bytes);
  return sink_.emit(r);
}

std::uint64_t Recorder::undispatch(std::uint32_t scheduler, const Span& s, TileId tile, std::uint32_t core) {
  Record r = span(Name::undispatch, lanes_.scheduler(scheduler), s, tile);
  r.set_core(core);
  return sink_.emit(r);
}

std::uint64_t Recorder::cap(std::uint32_t scheduler, const Span& s, std::uint32_t channel, base::ByteRate rate) {
  Record r = span(Name::cap, lanes_.scheduler(scheduler), s, kNoId);
  r.set_channel(channel);
  r.set_rate(rate.thousandths);
  return sink_.emit(r);
}

void Recorder::answer(std::uint32_t scheduler, Ps at, const Answer& a) {
  Record r = span(Name::answer, lanes_.scheduler(scheduler), {at, at}, a.tile);
  r.set_core(a.core);
  r.set_operand(a.operand);
  r.set_answer(a.kind);
  r.set_refusal(static_cast<std::uint8_t>(a.refusal));
  r.set_argument(a.argument);
  r.set_channel(a.channel);
  r.set_weighed(a.weighed);
  r.set_backlog(a.backlog);
  sink_.emit(r);
}

void Recorder::candidate(std::uint32_t scheduler, Ps at, const Choice& c) {
  Record r = span(Name::candidate, lanes_.scheduler(scheduler), {at, at}, c.tile);
  r.set_core(c.core);
  r.set_score(c.score);
  r.set_refusal(static_cast<std::uint8_t>(c.refusal));
  r.set_busy(c.busy);
  r.set_queued(c.queued);
  r.set_free_outputs(c.free_outputs);
  r.set_input_state(c.input);
  r.set_weight_state(c.weight);
  sink_.emit(r);
}

std::uint64_t Recorder::transfer(const Job& job, std::uint32_t channel, std::int64_t first_byte, std::int64_t bytes,
                                 Ps end, const arch::TransferDone& answer) {
  Record r =
      span(job.write ? Name::store : Name::load, lanes_.channel(channel), {job.queued_at, end, job.cause}, job.tile);
  const arch::Strided& where = graph_.blocks[job.block].where;
  const bool contiguous = where.count[0] * where.count[1] * where.count[2] == 1;
  r.set_address(where.base + (contiguous ? first_byte : 0));
  r.set_bytes(bytes);
  r.task = job.task;
  r.set_channel(channel);
  r.set_slot(job.slot);
  r.set_core(job.core);
  r.set_operand(static_cast<Operand>(job.operand));
  const std::uint64_t id = sink_.emit(r);
  sink_.emit_waits({answer.wait_channel, answer.wait_noc, answer.wait_dram});
  return id;
}

std::uint64_t Recorder::compute(std::uint32_t core, const Span& s, TileId tile, std::uint32_t task) {
  Record r = span(Name::compute, lanes_.pe_array(core), s, tile);
  const arch::ArrayWork& work = graph_.works[graph_.tiles[tile].work];
  r.set_macs(work.macs);
  r.set_rows(work.rows);
  r.set_columns(work.columns);
  r.task = task;
  return sink_.emit(r);
}

void Recorder::held(std::uint32_t core, std::uint32_t unit, TileId tile, Ps now, Ps conflict, Ps trace_wait) {
  using trace::Reason;
  const Ps wait_from = now - trace_wait;
  if (conflict > Ps{0})
    stall(core, unit, wait_from - conflict, wait_from, Reason::sram_conflict, trace::SlotLack::none, tile, 0);
  if (trace_wait > Ps{0}) stall(core, unit, wait_from, now, Reason::trace_buffer, trace::SlotLack::none, tile, 0);
}

std::uint64_t Recorder::drain(std::uint32_t core, const Span& s, TileId tile, std::uint32_t task) {
  Record r = span(Name::drain, lanes_.pe_drain(core), s, tile);
  r.task = task;
  return sink_.emit(r);
}

std::uint64_t Recorder::vector(std::uint32_t core, const Span& s, TileId tile, bool post) {
  Record r = span(post ? Name::post : Name::vector, lanes_.vector_unit(core), s, tile);
  r.task = new_task();
  const std::uint32_t work = graph_.tiles[tile].work;
  if (!post && work != kNoId) r.set_macs(graph_.works[work].macs);
  return sink_.emit(r);
}

std::uint64_t Recorder::host_task(const Span& s, TileId tile) {
  return sink_.emit(span(Name::host_task, lanes_.host(), s, tile));
}

void Recorder::stall(std::uint32_t core, std::uint32_t unit, Ps start, Ps end, trace::Reason reason,
                     trace::SlotLack lack, TileId tile, std::uint64_t cause) {
  Record r = span(Name::stall, unit == 0 ? lanes_.pe_array(core) : lanes_.vector_unit(core), {start, end}, tile);
  r.set_reason(reason);
  r.set_lack(lack);
  r.cause = cause;
  sink_.emit(r);
}

void Recorder::slot_span(Name name, std::uint32_t core, std::uint32_t operand, std::uint32_t slot, TileId tile,
                         BlockId block, Ps start, Ps end) {
  if (start == end) return;
  Record r = span(name, lanes_.slot(core, static_cast<Operand>(operand), slot), {start, end}, tile);
  r.set_operand(static_cast<Operand>(operand));
  r.set_slot(slot);
  r.set_bytes(graph_.blocks[block].bytes);
  sink_.emit(r);
}

void Recorder::fill(std::uint32_t core, std::uint32_t operand, std::uint32_t slot, const OperandSlot& s, Ps end) {
  slot_span(Name::fill, core, operand, slot, s.tile, s.block, s.fill_from, end);
}

void Recorder::hold(std::uint32_t core, std::uint32_t operand, std::uint32_t slot, const OperandSlot& s, Ps end) {
  slot_span(Name::hold, core, operand, slot, s.tile, s.block, s.hold_from, end);
}

void Recorder::output(std::uint32_t core, std::uint32_t slot, TileId tile, Ps start, Ps end, bool draining) {
  slot_span(draining ? Name::draining : Name::accumulate, core, 2, slot, tile,
            graph_.groups[graph_.tiles[tile].group].output, start, end);
}

void Recorder::finished_operator(std::uint32_t request, std::uint32_t op, Ps start, Ps end) {
  Record r = span(Name::op, lanes_.host(), {start, end}, kNoId);
  r.request = request;
  r.op = static_cast<std::uint16_t>(op);
  sink_.emit(r);
}

void Recorder::finished_request(std::uint32_t request, Ps start, Ps end) {
  Record r = span(Name::request, lanes_.host(), {start, end}, kNoId);
  r.request = request;
  sink_.emit(r);
}

}  // namespace tessera::scheduler
