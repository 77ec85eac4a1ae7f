// Words of the record schema: small closed lists, each with the words that files and screens use for its numbers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tessera::trace {

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

// What a policy asked for when it was asked.
enum class AnswerKind : std::uint8_t { dispatch, prefetch, wait, wait_until, undispatch, cap };
inline constexpr std::array<std::string_view, 6> kAnswerWords{"dispatch",   "prefetch",   "wait",
                                                              "wait_until", "undispatch", "cap"};

// An operand of a tile on a core: the tile has none such, it would have to be loaded, it is on its way, it is there.
enum class OperandState : std::uint8_t { none, absent, filling, full };
inline constexpr std::array<std::string_view, 4> kOperandStateWords{"none", "absent", "filling", "full"};

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
  start_of,
  host
};
inline constexpr std::array<std::string_view, 10> kLinkWords{
    "none", "dependence", "barrier", "scheduler", "operand_slot", "queue", "output_slot", "array", "start_of", "host"};

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
  unexplained,
  host
};
inline constexpr std::array<std::string_view, 12> kPathPartWords{"arrival", "policy", "dispatch",    "load",
                                                                 "compute", "drain",  "vector",      "post",
                                                                 "store",   "sync",   "unexplained", "host"};
inline constexpr int kPathParts = kPathPartWords.size();

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
[[nodiscard]] constexpr std::string_view to_string(AnswerKind v) {
  return word_of(kAnswerWords, static_cast<std::size_t>(v));
}
[[nodiscard]] constexpr std::string_view to_string(OperandState v) {
  return word_of(kOperandStateWords, static_cast<std::size_t>(v));
}
[[nodiscard]] constexpr std::string_view to_string(Link v) { return word_of(kLinkWords, static_cast<std::size_t>(v)); }
[[nodiscard]] constexpr std::string_view to_string(PathPart v) {
  return word_of(kPathPartWords, static_cast<std::size_t>(v));
}
// "off", "operator", "tile", "fold", "burst".
[[nodiscard]] std::optional<Level> level_of(std::string_view word);

}  // namespace tessera::trace
