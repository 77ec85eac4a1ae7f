// Stall reasons of the record schema. A new one is an enumerator and its row here, and the rule that says when it holds
// (scheduler/dispatch/stalls.cpp).
#pragma once

#include "trace/record/words.h"

namespace tessera::trace {

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
inline constexpr std::array<std::string_view, kReasonCount> kReasonWords = [] {
  std::array<std::string_view, kReasonCount> words{};
  for (std::size_t i = 0; i < kReasonCount; ++i) words[i] = kReasons[i].word;
  return words;
}();

[[nodiscard]] constexpr const ReasonSpec& spec(Reason r) { return kReasons[static_cast<std::size_t>(r)]; }
[[nodiscard]] constexpr std::string_view to_string(Reason v) {
  return word_of(kReasonWords, static_cast<std::size_t>(v));
}

}  // namespace tessera::trace
