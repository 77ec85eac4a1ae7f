// Every invariant that `tessera check` judges, once: its name, what a trace must hold so that it can be judged, and
// what it says. The judges stand in check_*.cpp, by subject.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tessera::trace {

enum class Invariant : std::uint8_t {
  units,
  clocks,
  facts,
  table,
  level,
  ids,
  counts,
  spans,
  lanes,
  labels,
  places,
  arrivals,
  tiles,
  macs,
  bytes,
  order,
  tasks,
  waits,
  causes,
  path,
  window,
  reasons,
  operand_slots,
  output_slots,
  operators,
  requests,
  counters,
  peaks,
  folds,
  packets,
  answers,
  caps,
  end,
};
inline constexpr std::size_t kInvariantCount = 33;

// What a trace may lack.
enum class Need : std::uint8_t { trailer, tile_level, lossless, clean, table, fold_level, burst_level, answers };
inline constexpr std::size_t kNeedCount = 8;
inline constexpr std::array<std::string_view, kNeedCount> kNeedWords{
    "whole file", "level tile", "no lost record", "run that ended",
    "tile table", "level fold", "level burst",    "policy's answers"};

class Needs {
 public:
  constexpr Needs() = default;
  template <class... N>
  constexpr explicit Needs(N... needs) : bits_(((1u << static_cast<unsigned>(needs)) | ... | 0u)) {}
  [[nodiscard]] constexpr bool has(Need n) const { return (bits_ >> static_cast<unsigned>(n) & 1u) != 0; }

 private:
  std::uint32_t bits_ = 0;
};

// An invariant of which a part can be judged in a lesser trace is judged there as far as it goes; it counts as judged
// only where all of it was.
struct InvariantSpec {
  Invariant invariant;
  std::string_view key;
  Needs needs;
  std::string_view text;
};

inline constexpr std::array<InvariantSpec, kInvariantCount> kInvariants = [] {
  using enum Need;
  constexpr Needs none{}, whole{tile_level, lossless}, all{trailer, tile_level, lossless, clean, table};
  using I = Invariant;
  return std::array<InvariantSpec, kInvariantCount>{{
      {I::units, "units", none, "the unit table is that of one machine: paths, scopes, cores, numbers, clocks"},
      {I::clocks, "clocks", none, "core, interconnect and dram; the core's is the one of the arrays"},
      {I::facts, "facts", Needs{trailer}, "every fact of the run is there, a number, and agrees with the tables"},
      {I::table, "table", Needs{table}, "groups and slices of the tile table; edges lead on from last tiles"},
      {I::level, "level", Needs{trailer, clean}, "records are of the trace's level, and its highest kind is there"},
      {I::ids, "ids", whole, "ids count up from 1 without a gap"},
      {I::counts, "counts", Needs{trailer}, "records of each unit, lost ones among them, are those of the index"},
      {I::spans, "spans", Needs{trailer}, "a span ends after it starts, and within the run"},
      {I::lanes, "lanes", Needs{tile_level}, "spans of an exclusive unit follow one another without an overlap"},
      {I::labels, "labels", Needs{tile_level, table}, "request and operator of a record are those of its tile"},
      {I::places, "places", Needs{tile_level, table}, "channel, slot, operand and core of a record are its unit's"},
      {I::arrivals, "arrivals", none, "each request arrives once, in order, before its tiles are decided on"},
      {I::tiles, "tiles", all, "each tile has its decision, its task and its post-operation once"},
      {I::macs, "macs", all, "MACs of each task are those of its tile, and add up to the network's"},
      {I::bytes, "bytes", all, "bytes of each load and store are those of its tile, and a reused operand moves none"},
      {I::order, "order", all, "no tile is decided on or run before all groups that it waits for are stored"},
      {I::tasks, "tasks", all, "task numbers are given once, in order of time, without a hole"},
      {I::waits, "waits", Needs{tile_level}, "transfers and they alone have waits, within their length"},
      {I::causes, "causes", Needs{tile_level, lossless, table}, "each cause is the record that the law names"},
      {I::path, "path", all, "the critical path adds up to the makespan"},
      {I::window, "window", all, "busy + stalls fill the window of each array and vector unit"},
      {I::reasons, "reasons", all, "each stall has the reason, the cause and the tile that the law gives it"},
      {I::operand_slots, "operand_slots", all, "fills and holds follow decisions, loads and releases"},
      {I::output_slots, "output_slots", all, "output slots are granted, drained and stored group by group"},
      {I::operators, "operators", all, "each operator of a request spans from its first decision to its last store"},
      {I::requests, "requests", all, "each request spans from its arrival to its last store"},
      {I::counters, "counters", Needs{tile_level}, "samples have no length and ascend in time; power ends at 0"},
      {I::peaks, "peaks", Needs{trailer, tile_level}, "no unit does more than its peak, in a span or in the whole run"},
      {I::folds, "folds", Needs{trailer, tile_level, lossless, clean, table, fold_level},
       "folds of a compute follow one another inside it and add up to its MACs"},
      {I::packets, "packets", Needs{trailer, tile_level, lossless, clean, table, burst_level},
       "packets at the DRAM are whole bursts and add up to what transfers and the DRAM moved"},
      {I::answers, "answers", Needs{trailer, tile_level, lossless, clean, table, answers},
       "each decision is what the policy answered; candidates follow their answer, the one taken first, then by score"},
      {I::caps, "caps", Needs{trailer, tile_level, lossless},
       "no channel moved more than the caps of the policy let it, between any two changes of them"},
      {I::end, "end", Needs{trailer, clean}, "the run ended, at the makespan that it gives"},
  }};
}();

[[nodiscard]] constexpr const InvariantSpec& spec(Invariant i) { return kInvariants[static_cast<std::size_t>(i)]; }
static_assert([] {
  for (std::size_t i = 0; i < kInvariantCount; ++i) {
    if (static_cast<std::size_t>(kInvariants[i].invariant) != i) return false;
  }
  return true;
}());

}  // namespace tessera::trace
