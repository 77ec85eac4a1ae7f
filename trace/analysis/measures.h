// Where the time went, from records alone. Fed by the run's sink directly (at any level, even off) or by a trace file
// of level tile or above. Definitions stand beside each number; an empty denominator gives no value.
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
  std::int64_t macs = 0;
  Ratio time_utilization, mac_utilization;                      // over the window: busy / window; MACs / (PEs x cycles)
  Ratio time_utilization_requested, mac_utilization_requested;  // over window - no_request
  Ps compute{0};                                                // |U(compute)|: array or vector unit at work
  Ps transfer{0};                           // |U(dma)|: a transfer of this core queued or on its way
  Ps hidden{0};                             // |U(compute) n U(dma)|
  Ratio overlap_ratio;                      // hidden / window
  Ratio hidden_transfer, exposed_transfer;  // hidden / |U(dma)|, the rest
  Latency tile_gap;                         // idle time of the array between two computes; 0 counts
};

struct OperandMeasures {             // double-buffer effectiveness, by operand over all cores
  Ratio effectiveness;               // share of U(fill) (output: U(draining)) under U(compute), per core then averaged
  std::optional<Buffering> verdict;  // working >= 0.6, partly >= 0.2
};

struct ChannelMeasures {
  std::string name;  // "dma.channel[0]"
  std::int64_t read_bytes = 0, write_bytes = 0;
  std::uint64_t transfers = 0;
  Ps active{0};               // union of its transfers
  std::array<Ps, 4> waits{};  // channel, noc, dram, port: summed over its transfers
  Ratio bytes_per_second;     // over the window
  Ratio utilization;          // bytes / (peak x window)
};

struct OperatorMeasures {
  std::uint32_t op = 0;
  std::string name, type;
  Ps active{0};                      // union of its computes, vector tasks and posts over all cores
  Ps first{0}, last{0};              // first decision, last store
  Ps array_busy{0}, vector_busy{0};  // summed over cores
  std::int64_t macs = 0, read_bytes = 0, write_bytes = 0;
  std::uint64_t tiles = 0;  // decisions
};

struct MeasuresResult {
  Ps window{0};      // [0, end of the run)
  Ps no_request{0};  // time without an arrived, unfinished request
  std::vector<CoreMeasures> cores;
  std::array<OperandMeasures, 3> operands;  // input, weight, output
  std::vector<ChannelMeasures> channels;
  std::vector<OperatorMeasures> operators;  // by active time, longest first
  // Means over cores.
  Ratio time_utilization, mac_utilization, overlap_ratio, hidden_transfer, exposed_transfer;
  Ratio any_overlap_ratio;       // |U(all compute) n U(all dma)| / window
  Latency load_to_compute;       // end of a tile's last load to the start of its task
  Latency compute_to_writeback;  // end of a group's last task to the end of its store
  Latency request_latency;
  Ratio requests_per_second;
  std::int64_t macs = 0, read_bytes = 0, write_bytes = 0;
  std::optional<std::int64_t> wasted_bytes;
  Ratio dma_bytes_per_second, dma_utilization;  // all channels
  std::uint64_t records = 0;
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
