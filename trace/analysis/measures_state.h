// What Measures keeps while records come in. Private to measures.cpp (collecting) and measures_finish.cpp (the end).
#pragma once

#include "trace/analysis/intervals.h"
#include "trace/analysis/measures.h"

namespace tessera::trace {

struct TileState {
  Ps last_load{-1}, work_end{-1}, store_end{-1};
};
struct CoreState {
  CoreMeasures measures;
  IntervalSet compute, transfer, fill[3];
  std::uint64_t computes = 0;
  Ps last_compute_end{0}, last_vector_end{0};
  std::vector<Ps> gaps;
};
struct ChannelState {
  ChannelMeasures measures;
  IntervalSet active;
};
struct OperatorState {
  OperatorMeasures measures;
  IntervalSet active;
};

struct Measures::State {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  State(std::vector<UnitInfo> u, const TileTable& t, RunFacts f);
  void add(const Record& r, const Waits& waits);
  void finish(Ps end);

  std::vector<UnitInfo> units;
  const TileTable& tiles;
  RunFacts facts;
  std::vector<std::size_t> channel_of;  // by unit
  std::vector<CoreState> cores;
  std::vector<ChannelState> channels;
  std::vector<OperatorState> operators;
  std::vector<TileState> tile_state;
  IntervalSet requests;
  std::vector<bool> decided;  // by tile: a tile that was taken back is decided on again
  [[nodiscard]] bool first_decision(std::uint32_t tile) {
    if (tile >= decided.size()) return true;
    const bool first = !decided[tile];
    decided[tile] = true;
    return first;
  }
  std::vector<Ps> request_latency, load_to_compute;
  MeasuresResult out;

 private:
  TileState& tile(std::uint32_t id);
  OperatorState* op(std::uint16_t id);
  void add_work(const Record& r);
  void add_stall(const Record& r);
  void add_transfer(const Record& r, const Waits& waits);
  void finish_core(CoreState& core, std::size_t index);
  void finish_operands();
  void finish_channels();
  void finish_operators();
};

}  // namespace tessera::trace
