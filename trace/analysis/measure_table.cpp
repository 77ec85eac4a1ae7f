// A definition reads as a phrase. What follows its first semicolon is detail that a legend on a screen leaves out.
#include "trace/analysis/measure_table.h"

namespace tessera::trace {
namespace {

using enum Aggregate;
using enum MeasureUnit;
constexpr Level kTile = Level::tile, kOperator = Level::op;

base::Value share(Ps part, Ps whole) {
  if (whole <= Ps{0}) return {};
  return static_cast<double>(part.count()) / static_cast<double>(whole.count());
}

// Six measures of one latency. `get` gives the Latency of a row; `what` says from when to when.
template <class Row, class Get>
void add_latency(MeasureTable<Row>& t, const std::string& id, Level level, const std::string& what, Get get) {
  const auto part = [get](auto member) {
    return [get, member](const Row& row) { return std::invoke(get, row).*member; };
  };
  t.add(id + ".samples", count, level, none, what + "; how many", part(&Latency::samples));
  t.add(id + ".mean_ps", ps, level, none, what + "; mean, rounded down", part(&Latency::mean));
  t.add(id + ".p50_ps", ps, level, none, what + "; 50th percentile by nearest rank", part(&Latency::p50));
  t.add(id + ".p90_ps", ps, level, none, what + "; 90th percentile by nearest rank", part(&Latency::p90));
  t.add(id + ".p99_ps", ps, level, none, what + "; 99th percentile by nearest rank", part(&Latency::p99));
  t.add(id + ".max_ps", ps, level, none, what + "; the longest", part(&Latency::max));
}

// window = busy + no_work + sum of stalls, to the picosecond. `prefix`: "" for the array, "vector_unit." for the other.
void add_unit_time(MeasureTable<CoreMeasures>& t, const std::string& prefix, const std::string& unit,
                   UnitTime CoreMeasures::*time) {
  const auto stall = [time](Reason reason) {
    return [time, reason](const CoreMeasures& c) { return (c.*time).stall[static_cast<std::size_t>(reason)]; };
  };
  t.add(prefix + "window_ps", ps, kTile, none, "length of the run; busy, no_work and all stalls add up to it",
        &CoreMeasures::window)
      .same_as = "makespan_ps";
  t.add(prefix + "busy_ps", ps, kTile, none,
        "time of the " + unit + " in its tasks; without sram_conflict and trace_buffer",
        [time](const CoreMeasures& c) { return (c.*time).busy; });
  t.add(prefix + "no_work_ps", ps, kTile, none,
        "idle time of the " + unit + " before a request came, or behind its last task", stall(Reason::no_work));
  for (int i = 0; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    if (reason == Reason::none || reason == Reason::no_work) continue;
    const std::string word(to_string(reason));
    t.add(prefix + "stall_ps." + word, ps, kTile, none,
          "time that the " + unit + " lost to " + word + "; exactly one reason holds for every picosecond",
          stall(reason));
  }
}

MeasureTable<RunName> make_names() {
  MeasureTable<RunName> t;
  t.add("network", text, kOperator, none, "name of the network", &RunName::network);
  t.add("npu", text, kOperator, none, "name of the machine", &RunName::npu);
  t.add("policy", text, kOperator, none, "scheduling policy", &RunName::policy);
  return t;
}

MeasureTable<MeasuresResult> make_run() {
  using R = MeasuresResult;
  MeasureTable<R> t;
  t.add("makespan_cycles", cycles, kOperator, none, "makespan in cycles of the core clock, rounded up",
        &R::window_cycles)
      .same_as = "makespan_ps";
  t.add("makespan_ns", ns, kOperator, none, "makespan in nanoseconds", [](const R& r) {
     return static_cast<double>(r.window.count()) / 1000.0;
   }).same_as = "makespan_ps";
  t.add("makespan_ps", ps, kOperator, none,
        "arrival of the first request to the end of the run; of a trace that was cut off, to the end of what is left",
        &R::window);
  t.add("no_request_ps", ps, kOperator, none, "time without an arrived, unfinished request", &R::no_request);
  t.add("host_tasks", count, kTile, none, "operators that the host ran, each request's counted", &R::host_tasks);
  t.add("host_busy_ps", ps, kTile, none, "time of the host in its tasks; they run one after the other", &R::host_busy);
  t.add("macs", macs, kTile, none, "multiply-accumulates, on arrays and vector units", &R::macs);
  t.add("any_overlap_ratio", ratio, kTile, none, "overlap of the whole machine: |U(all compute) n U(all dma)| / window",
        &R::any_overlap_ratio);
  t.add("dma_bytes_per_second", bytes_per_second, kTile, none,
        "bytes that all channels moved, padding included, over the whole window", &R::dma_bytes_per_second);
  t.add("dma_utilization", ratio, kTile, none,
        "dma_bytes_per_second / the interconnect's peak, both ways; the DRAM's share is dram_bandwidth_utilization",
        &R::dma_utilization);
  t.add("wasted_bytes", bytes, kOperator, none,
        "bytes moved and not used; of bursts outside the blocks, and of dropped prefetches", &R::wasted_bytes);
  add_latency(t, "load_to_compute", kTile, "end of a tile's last load to its start", &R::load_to_compute);
  add_latency(t, "compute_to_writeback", kTile, "end of a group's last task to the end of its store",
              &R::compute_to_writeback);
  add_latency(t, "request_latency", kOperator, "arrival of a request to its last store or task of the host",
              &R::request_latency);
  t.add("requests_per_second", per_second, kOperator, none, "finished requests over the whole window",
        &R::requests_per_second);
  t.add("trace_events", count, kOperator, none, "records of the trace at its level; extensions are not counted",
        &R::records);
  return t;
}

void add_overlap(MeasureTable<CoreMeasures>& t) {
  using C = CoreMeasures;
  t.add("compute_ps", ps, kTile, none, "|U(compute)|: the array or the vector unit at work; U = union", &C::compute);
  t.add("transfer_ps", ps, kTile, none, "|U(dma)|: a transfer of this core, from queueing to its last answer",
        &C::transfer);
  t.add("hidden_ps", ps, kTile, none, "|U(compute) n U(dma)| of this core", &C::hidden);
  t.add("overlap_ratio", ratio, kTile, mean, "|U(compute) n U(dma)| / window; of one core and its own transfers",
        [](const C& c) { return share(c.hidden, c.window); });
  t.add("hidden_transfer", ratio, kTile, mean, "|U(compute) n U(dma)| / |U(dma)|; under the core's own compute",
        [](const C& c) { return share(c.hidden, c.transfer); });
  t.add("exposed_transfer", ratio, kTile, mean, "the rest of |U(dma)|; not under the core's compute",
        [](const C& c) { return share(c.transfer - c.hidden, c.transfer); });
}

MeasureTable<CoreMeasures> make_cores() {
  using C = CoreMeasures;
  MeasureTable<C> t;
  t.add("name", text, kOperator, none, "which core", &C::name);
  add_unit_time(t, "", "array", &C::array);
  add_unit_time(t, "vector_unit.", "vector unit", &C::vector);
  t.add("macs", macs, kTile, none, "multiply-accumulates on the core's array", &C::macs);
  t.add("pe_time_utilization", ratio, kTile, mean, "busy / window of the array",
        [](const C& c) { return share(c.array.busy, c.window); });
  t.add("pe_mac_utilization", ratio, kTile, mean, "MACs / (PEs x array cycles of the window)", &C::mac_utilization);
  t.add("pe_time_utilization_requested", ratio, kTile, mean, "busy / (window - no_request) of the array",
        [](const C& c) { return share(c.array.busy, c.requested); });
  t.add("pe_mac_utilization_requested", ratio, kTile, mean, "MACs / (PEs x array cycles of window - no_request)",
        &C::mac_utilization_requested);
  add_overlap(t);
  add_latency(t, "tile_gap", kTile, "idle array time between two computes", &C::tile_gap);
  return t;
}

MeasureTable<OperandMeasures> make_operands() {
  MeasureTable<OperandMeasures> t;
  t.add("effectiveness", ratio, kTile, none,
        "share of the fill time (output: drain time) of an operand's slots that lies under compute of its core; per "
        "core, then the mean",
        &OperandMeasures::effectiveness);
  t.add("verdict", text, kTile, none, "working from 60 %, partly from 20 %; below: single-buffered in effect",
        [](const OperandMeasures& o) { return o.verdict ? base::value_of(to_string(*o.verdict)) : base::Value{}; });
  return t;
}

MeasureTable<ChannelMeasures> make_channels() {
  using C = ChannelMeasures;
  MeasureTable<C> t;
  t.add("name", text, kOperator, none, "which DMA channel", &C::name);
  t.add("read_bytes", bytes, kTile, sum, "bytes loaded, padding included", &C::read_bytes);
  t.add("write_bytes", bytes, kTile, sum, "bytes stored, padding included", &C::write_bytes);
  t.add("transfers", count, kTile, sum, "loads and stores", &C::transfers);
  t.add("active_ps", ps, kTile, none, "a transfer queued or on its way; union", &C::active);
  t.add("bytes_per_second", bytes_per_second, kTile, none, "bytes moved over the whole window", &C::bytes_per_second);
  t.add(
      "utilization", ratio, kTile, none,
      "bytes moved / (peak of the widest channel x window); its cap, and one packet more, or the interconnect's peak, "
      "both ways",
      &C::utilization);
  const auto wait = [&t](const char* id, const char* definition, std::size_t which) {
    t.add(id, ps, kTile, none, definition, [which](const C& c) { return c.waits[which]; });
  };
  wait("wait_channel_ps", "waits for the channel; along the packet delivered last, summed over transfers", 0);
  wait("wait_noc_ps", "waits for the interconnect; along the packet delivered last, summed over transfers", 1);
  wait("wait_dram_ps", "waits for the memory; along the packet delivered last, summed over transfers", 2);
  return t;
}

MeasureTable<OperatorMeasures> make_operators() {
  using O = OperatorMeasures;
  MeasureTable<O> t;
  t.add("operator", count, kTile, none, "number of the operator in the network", &O::op);
  t.add("name", text, kTile, none, "name of the operator in the network's file", &O::name);
  t.add("type", text, kTile, none, "type of the operator in the network's file", &O::type);
  t.add("active_ps", ps, kTile, none,
        "union of the operator's spans on arrays and vector units over all cores, or on the host", &O::active);
  t.add("first_ps", ps, kTile, none,
        "start of its first decision, or of its first task of the host; from the start of the run", &O::first);
  t.add("last_ps", ps, kTile, none, "end of its last transfer, or task of the host; from the start of the run",
        &O::last);
  t.add("array_busy_ps", ps, kTile, none, "busy time of arrays in its tiles; summed over cores", &O::array_busy);
  t.add("vector_busy_ps", ps, kTile, none, "busy time of vector units in its tiles; summed over cores",
        &O::vector_busy);
  t.add("macs", macs, kTile, none, "multiply-accumulates of the operator", &O::macs);
  t.add("read_bytes", bytes, kTile, none, "bytes loaded for it, padding included", &O::read_bytes);
  t.add("write_bytes", bytes, kTile, none, "bytes stored by it, padding included", &O::write_bytes);
  t.add("tiles", count, kTile, none, "tiles dispatched, or tasks of the host", &O::tiles);
  return t;
}

template <class Row>
void visit_aggregates(const MeasureTable<Row>& table, std::span<const Row> rows, Level level,
                      const std::function<void(const MeasureInfo&, const base::Value&)>& visit) {
  for (const Measure<Row>& m : table.list()) {
    if (m.aggregate != none) visit(m, aggregate(m, rows, level));
  }
}

}  // namespace

RunName run_name(const TraceHeader& header) {
  const auto meta = [&header](const char* key) {
    const auto it = header.meta.find(key);
    return it == header.meta.end() ? std::string{} : it->second;
  };
  return {meta("network"), meta("npu"), meta("policy")};
}

const MeasureTable<RunName>& name_measures() {
  static const auto table = make_names();
  return table;
}
const MeasureTable<MeasuresResult>& run_measures() {
  static const auto table = make_run();
  return table;
}
const MeasureTable<CoreMeasures>& core_measures() {
  static const auto table = make_cores();
  return table;
}
const MeasureTable<OperandMeasures>& operand_measures() {
  static const auto table = make_operands();
  return table;
}
const MeasureTable<ChannelMeasures>& channel_measures() {
  static const auto table = make_channels();
  return table;
}
const MeasureTable<OperatorMeasures>& operator_measures() {
  static const auto table = make_operators();
  return table;
}

void for_each_run_value(const MeasuresResult& m,
                        const std::function<void(const MeasureInfo&, const base::Value&)>& visit) {
  for (const auto& measure : run_measures().list()) visit(measure, measure.value(m, m.level));
  visit_aggregates<CoreMeasures>(core_measures(), m.cores, m.level, visit);
  visit_aggregates<ChannelMeasures>(channel_measures(), m.channels, m.level, visit);
}

base::Value run_value(const MeasuresResult& m, std::string_view id) {
  base::Value found;
  [[maybe_unused]] bool exists = false;
  for_each_run_value(m, [&](const MeasureInfo& info, const base::Value& value) {
    if (info.id != id) return;
    found = value;
    exists = true;
  });
  assert(exists && "no measure of the run has this id");
  return found;
}

std::vector<ListedMeasure> listed_measures() {
  std::vector<ListedMeasure> all;
  list_measures(all, "", name_measures());
  list_measures(all, "", run_measures());
  list_measures(all, std::string(kCoresKey) + "[].", core_measures());
  list_measures(all, std::string(kOperandsKey) + ".OPERAND.", operand_measures());
  list_measures(all, std::string(kChannelsKey) + "[].", channel_measures());
  list_measures(all, std::string(kOperatorsKey) + "[].", operator_measures());
  list_measures(all, std::string(kPathKey) + '.', path_measures());
  return all;
}

}  // namespace tessera::trace
