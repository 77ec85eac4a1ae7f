// Every measure that records give: what it is called, its unit, its definition, the level that it needs, and how a
// run's value follows from its rows. A new measure is an entry in measure_table.cpp and, if nothing counts it yet, its
// accumulator in measures.h and measures.cpp; screens, documents and the reference (tessera params measures) follow.
//
// Keys of documents are given here and nowhere else. What only a run knows: sim/results/summary_measures.h.
#pragma once

#include "trace/analysis/critical_path.h"
#include "trace/analysis/measure.h"
#include "trace/analysis/measures.h"

namespace tessera::trace {

// What ran, where, and how; a trace carries them in its meta.
struct RunName {
  std::string network, npu, policy;
};
[[nodiscard]] RunName run_name(const TraceHeader&);  // empty texts where the trace does not say

[[nodiscard]] const MeasureTable<RunName>& name_measures();
[[nodiscard]] const MeasureTable<MeasuresResult>& run_measures();
[[nodiscard]] const MeasureTable<CoreMeasures>& core_measures();
[[nodiscard]] const MeasureTable<OperandMeasures>& operand_measures();
[[nodiscard]] const MeasureTable<ChannelMeasures>& channel_measures();
[[nodiscard]] const MeasureTable<OperatorMeasures>& operator_measures();
[[nodiscard]] const MeasureTable<CriticalPath>& path_measures();

// Where the rows of each table stand in a document: three lists, and an object with one key per operand.
inline constexpr std::string_view kCoresKey = "cores", kChannelsKey = "dma_channels",
                                  kOperatorsKey = "operators_by_time", kOperandsKey = "double_buffering",
                                  kPathKey = "critical_path";

// All measures of the run as a whole: run_measures(), then the sums and means over cores and channels.
void for_each_run_value(const MeasuresResult&, const std::function<void(const MeasureInfo&, const base::Value&)>&);
// One of them; nothing if it has no value. `id` must exist.
[[nodiscard]] base::Value run_value(const MeasuresResult&, std::string_view id);

// What a reference lists: a measure and where it stands in a document ("cores[].busy_ps").
struct ListedMeasure {
  std::string path;
  MeasureInfo info;
};
template <class Row>
void list_measures(std::vector<ListedMeasure>& all, std::string_view place, const MeasureTable<Row>& table) {
  for (const Measure<Row>& m : table.list()) all.push_back({std::string(place) + m.id, m});
}
[[nodiscard]] std::vector<ListedMeasure> listed_measures();

}  // namespace tessera::trace
