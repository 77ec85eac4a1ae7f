// Writes the dispatcher's records, one function for each kind of span. What the fields mean stands in the record schema
// (trace/record/schema.h), what a cause may name in docs/trace.md, "Causes and links".
#pragma once

#include <cstdint>

#include "arch/transfer/transfer.h"
#include "base/byte_rate.h"
#include "scheduler/dispatch/cause.h"
#include "scheduler/policy/policy.h"
#include "scheduler/tiles/tile_graph.h"
#include "trace/record/lanes.h"
#include "trace/record/sink.h"

namespace tessera::scheduler {

struct Job;
struct OperandSlot;

class Recorder {
 public:
  struct Span {
    base::Ps start{0}, end{0};
    Cause cause{};
  };
  Recorder(const TileGraph& graph, const trace::Lanes& lanes, trace::Sink& sink)
      : graph_(graph), lanes_(lanes), sink_(sink) {}

  [[nodiscard]] std::uint32_t new_task() { return ++tasks_; }
  [[nodiscard]] const trace::Lanes& lanes() const { return lanes_; }

  std::uint64_t arrival(std::uint32_t request, base::Ps at);
  std::uint64_t decision(std::uint32_t scheduler, const Span&, TileId, std::uint32_t core);
  std::uint64_t prefetch(std::uint32_t scheduler, const Span&, TileId, std::uint8_t operand, BlockId,
                         std::uint32_t core);
  std::uint64_t undispatch(std::uint32_t scheduler, const Span&, TileId, std::uint32_t core);
  std::uint64_t cap(std::uint32_t scheduler, const Span&, std::uint32_t channel, base::ByteRate);
  // What the policy answered, and one of the choices that it weighed for that. `core`: 0 where there is none.
  struct Answer {
    trace::AnswerKind kind = trace::AnswerKind::wait;
    Illegal refusal = Illegal::none;
    TileId tile = kNoId;
    std::uint32_t core = 0;
    trace::Operand operand = trace::Operand::none;
    std::int64_t argument = 0;
    std::uint32_t channel = 0;  // of a cap, whose rate is the argument
    std::uint32_t weighed = 0;
    std::int64_t backlog = 0;
  };
  struct Choice {
    TileId tile = kNoId;
    std::uint32_t core = 0;
    std::int64_t score = 0;
    Illegal refusal = Illegal::none;
    base::Ps busy{0};
    std::uint32_t queued = 0, free_outputs = 0;
    trace::OperandState input = trace::OperandState::none, weight = trace::OperandState::none;
  };
  void answer(std::uint32_t scheduler, base::Ps at, const Answer&);
  void candidate(std::uint32_t scheduler, base::Ps at, const Choice&);
  std::uint64_t transfer(const Job&, std::uint32_t channel, std::int64_t first_byte, std::int64_t bytes, base::Ps end,
                         const arch::TransferDone&);
  std::uint64_t compute(std::uint32_t core, const Span&, TileId, std::uint32_t task);
  // Stalls inside the task that ends now: first the conflict, then the wait for the trace buffer.
  void held(std::uint32_t core, std::uint32_t unit, TileId, base::Ps now, base::Ps conflict, base::Ps trace_wait);
  std::uint64_t drain(std::uint32_t core, const Span&, TileId, std::uint32_t task);
  std::uint64_t vector(std::uint32_t core, const Span&, TileId, bool post);
  std::uint64_t host_task(const Span&, TileId);
  void stall(std::uint32_t core, std::uint32_t unit, base::Ps start, base::Ps end, trace::Reason, trace::SlotLack,
             TileId, std::uint64_t cause);
  void fill(std::uint32_t core, std::uint32_t operand, std::uint32_t slot, const OperandSlot&, base::Ps end);
  void hold(std::uint32_t core, std::uint32_t operand, std::uint32_t slot, const OperandSlot&, base::Ps end);
  void output(std::uint32_t core, std::uint32_t slot, TileId, base::Ps start, base::Ps end, bool draining);
  void finished_operator(std::uint32_t request, std::uint32_t op, base::Ps start, base::Ps end);
  void finished_request(std::uint32_t request, base::Ps start, base::Ps end);

 private:
  [[nodiscard]] trace::Record span(trace::Name, std::uint16_t lane, const Span&, TileId) const;
  void slot_span(trace::Name, std::uint32_t core, std::uint32_t operand, std::uint32_t slot, TileId, BlockId,
                 base::Ps start, base::Ps end);

  const TileGraph& graph_;
  const trace::Lanes& lanes_;
  trace::Sink& sink_;
  std::uint32_t tasks_ = 0;
};

}  // namespace tessera::scheduler
