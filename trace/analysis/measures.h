// Where the time went, from records alone. Fed by the run's sink directly (at any level, even off) or by a trace file
// of level tile or above. What is counted stands here; what each number is called, its unit and its definition stand in
// measure_table.cpp, and screens and documents are made from there.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "trace/file/run_facts.h"
#include "trace/file/tile_table.h"
#include "trace/file/trace_header.h"
#include "trace/record/level.h"
#include "trace/record/sink.h"

namespace tessera::trace {

using base::Ps;
using Ratio = std::optional<double>;

// One array or vector unit. busy + sum of stall = window, to the picosecond.
struct UnitTime {
  Ps busy{0};                            // spans minus the stalls inside them
  std::array<Ps, kReasonCount> stall{};  // by Reason, no_work among them
  [[nodiscard]] Ps sum() const;
};

struct Latency {  // of many samples; no value without samples
  std::uint64_t samples = 0;
  std::optional<Ps> mean, p50, p90, p99, max;  // percentiles by nearest rank
};

enum class Buffering : std::uint8_t { working, partly, single };
[[nodiscard]] std::string_view to_string(Buffering);  // "working", "partly", "single-buffered in effect"

struct CoreMeasures {
  std::string name;  // "core[0]"
  UnitTime array, vector;
  Ps window{0}, requested{0};  // of the run; the part of it with an arrived, unfinished request
  std::int64_t macs = 0;       // on the array
  Ratio mac_utilization, mac_utilization_requested;
  Ps compute{0};   // |U(compute)|: array or vector unit at work
  Ps transfer{0};  // |U(dma)|: a transfer of this core queued or on its way
  Ps hidden{0};    // |U(compute) n U(dma)|
  Latency tile_gap;
};

struct OperandMeasures {  // one operand of all cores
  Ratio effectiveness;
  std::optional<Buffering> verdict;  // working >= 0.6, partly >= 0.2
};

struct ChannelMeasures {
  std::string name;  // "dma.channel[0]"
  std::int64_t read_bytes = 0, write_bytes = 0;
  std::uint64_t transfers = 0;
  Ps active{0};               // union of its transfers
  std::array<Ps, 3> waits{};  // channel, noc, dram: summed over its transfers
  Ratio bytes_per_second, utilization;
};

struct OperatorMeasures {
  std::uint32_t op = 0;
  std::string name, type;
  Ps active{0};
  Ps first{0}, last{0};              // first decision, last store
  Ps array_busy{0}, vector_busy{0};  // summed over cores
  std::int64_t macs = 0, read_bytes = 0, write_bytes = 0;
  std::uint64_t tiles = 0;  // decisions
};

// Of the run as a whole. What is a sum or a mean over cores or channels has no field: run_value() makes it of the rows.
struct MeasuresResult {
  Level level = Level::burst;  // of the trace that was read; a run that measures itself lacks nothing
  Ps window{0};                // [0, end of the run)
  std::optional<base::Cycles> window_cycles;
  Ps no_request{0};
  std::uint64_t host_tasks = 0;  // operators that the host ran, and for how long together: one after the other
  Ps host_busy{0};
  std::vector<CoreMeasures> cores;
  std::array<OperandMeasures, 3> operands;  // input, weight, output
  std::vector<ChannelMeasures> channels;
  std::vector<OperatorMeasures> operators;  // by active time, longest first
  Ratio any_overlap_ratio;                  // |U(all compute) n U(all dma)| / window
  Latency load_to_compute, compute_to_writeback, request_latency;
  Ratio requests_per_second;
  std::int64_t macs = 0;  // arrays and vector units
  std::optional<std::int64_t> wasted_bytes;
  Ratio dma_bytes_per_second, dma_utilization;  // all channels
  std::uint64_t records = 0;                    // of the trace, extensions not counted
};

class Measures : public Consumer {
 public:
  // `tiles` names operators and outlives this; may be empty.
  Measures(std::vector<UnitInfo> units, const TileTable& tiles, RunFacts facts);
  ~Measures() override;
  void consume(std::span<const Record> records, std::uint64_t first_id) override;
  void finish(Ps end) override;
  void set_wasted_bytes(std::int64_t bytes);           // before finish()
  [[nodiscard]] const MeasuresResult& result() const;  // after finish()

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tessera::trace
