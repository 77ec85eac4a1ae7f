#include "sim/results/outputs.h"

#include <system_error>

#include "base/config/parameter.h"
#include "base/file/atomic_file.h"
#include "sim/config/run_reader.h"
#include "sim/results/run_energy.h"
#include "sim/results/trace_head.h"
#include "sim/results/trace_tiles.h"

namespace tessera::sim {

Outputs::Outputs(const PreparedRun& run, const trace::Lanes& lanes, const Options& options)
    : run_(run), options_(options), facts_(run_facts(run, options.own_memory)), head_(trace_head(run, facts_, lanes)),
      tiles_(tile_table(run.network, run.graph)), traffic_(run.graph), measures_(head_.units, tiles_, facts_),
      power_lane_(lanes.power()), dram_lane_(lanes.dram_channel(0)) {
  if (!run.prices) return;
  const arch::NpuSpec& npu = run.spec.npu;
  arch::EnergyMeter::Options metering;
  metering.operators = run.network.operators.size();
  const TileEnergy work(run.network, run.graph, arch::bytes_of(npu.precision), npu.accumulator_bytes);
  meter_.emplace(*run.prices, npu.precision, work, metering);
}

base::Result<std::unique_ptr<Outputs>> Outputs::open(const PreparedRun& run, const trace::Lanes& lanes,
                                                     const Options& options) {
  std::unique_ptr<Outputs> outputs(new Outputs(run, lanes, options));
  if (auto problems = outputs->open_files(); !problems.empty()) return problems;
  return outputs;
}

base::Diagnostics Outputs::open_files() {
  const TraceSpec& trace = run_.spec.trace;
  base::Diagnostics problems;
  if (!options_.folder.empty()) {
    std::error_code error;
    std::filesystem::create_directories(options_.folder, error);
    if (error) return base::failure(options_.folder.string() + ": the folder cannot be made: " + error.message());
    schedule_ = std::make_unique<ScheduleTable>(options_.folder / "schedule.csv", run_);
    if (!schedule_->failure().empty()) return base::failure(schedule_->failure());
    const trace::WriterOptions writing{static_cast<int>(trace.compression)};
    if (trace.level != trace::Level::off) {
      auto writer = trace::FileWriter::create(options_.folder / "trace.tsr", head_, tiles_, writing);
      if (!writer) return writer.problems();
      writer_ = std::move(writer).value();
      ring_ = std::make_unique<trace::HostRing>(*writer_, options_.encoding);
      filter_ = std::make_unique<trace::LevelFilter>(trace.level, *ring_);
    }
    if (trace.device) {
      trace::TraceHeader head = head_;
      head.device = true;
      head.level = trace::Level::tile;
      auto writer = trace::FileWriter::create(options_.folder / "device.tsr", head, tiles_, writing);
      if (!writer) return writer.problems();
      device_writer_ = std::move(writer).value();
    }
  }
  if (!filter_ && trace.level != trace::Level::off) {
    filter_ = std::make_unique<trace::LevelFilter>(trace.level, unwritten_);
  }
  if (filter_ && trace.level >= trace::Level::fold) {
    details_ = std::make_unique<DetailRecords>(run_.spec.npu, run_.graph, trace.level, dram_lane_, *filter_);
  }
  if (trace.device) {
    // The machine has its buffer, and may wait for it, whether or not somebody keeps what comes out.
    trace::Consumer& next = device_writer_ ? static_cast<trace::Consumer&>(*device_writer_) : unwritten_device_;
    const arch::NpuSpec& npu = run_.spec.npu;
    device_ring_ = std::make_unique<trace::DeviceRing>(npu.trace_buffer, npu.core_clock, next, head_.units.size());
    device_ring_->on_finish([this](const auto& counts) {
      if (device_writer_) device_writer_->set_unit_counts(counts);
    });
    device_filter_ = std::make_unique<trace::LevelFilter>(trace::Level::tile, *device_ring_);
  }
  return problems;
}

void Outputs::attach(trace::Sink& sink) {
  sink.add(traffic_);
  sink.add(measures_);
  if (meter_) sink.add(*meter_);
  sink.add(*this);
  if (schedule_) sink.add(*schedule_);
  if (details_) sink.add(*details_);
  else if (filter_) sink.add(*filter_);
  if (device_filter_) sink.add(*device_filter_);
}

// Power is known when the memory's counts are. It goes to the lossless trace only: the modelled trace buffer has no
// sensor for it.
void Outputs::write_power() {
  energy_ = meter_->report(memory_counts(end_.dram, end_.shared_sram));
  if (filter_ == nullptr) return;
  const auto records = power_records(*energy_, power_lane_);
  trace::Consumer& first = details_ ? static_cast<trace::Consumer&>(*details_) : *filter_;
  first.consume(records, next_record_);
}

void Outputs::finish(base::Ps) {
  if (meter_) write_power();
  facts_.makespan_ps = end_.makespan.count();
  facts_.wasted_bytes = wasted_bytes();
  facts_.dropped_bytes = end_.engine.dropped_bytes;
  facts_.dram_read_bytes = end_.dram.read_bytes;
  facts_.dram_write_bytes = end_.dram.write_bytes;
  const auto meta = trace::meta_of(facts_, trace::FactPlace::trailer);
  for (auto* writer : {writer_.get(), device_writer_.get()}) {
    if (writer == nullptr) continue;
    for (const auto& [key, value] : meta) writer->set_end_meta(key, value);
    if (!end_.ok) writer->set_failed();
  }
}

trace::MeasuresResult Outputs::measures() const {
  trace::MeasuresResult result = measures_.result();
  result.wasted_bytes = wasted_bytes();
  result.records = totals().events;  // at the trace's level, as a reader of the trace counts them
  return result;
}

TraceTotals Outputs::totals() const {
  TraceTotals totals;
  totals.events = writer_ ? writer_->events() : unwritten_.count();
  if (writer_) totals.bytes = writer_->bytes();
  if (device_ring_) {
    totals.device_kept = totals.device_lost = 0;
    for (const auto& unit : device_ring_->counts()) {
      *totals.device_kept += unit.kept;
      *totals.device_lost += unit.lost;
    }
  }
  return totals;
}

base::Diagnostics Outputs::close(const RunSummary& summary) {
  base::Diagnostics problems;
  const auto note = [&problems](const std::string& failure) {
    if (!failure.empty()) problems.add({}, failure);
  };
  if (schedule_) note(schedule_->failure());
  if (writer_) note(writer_->failure());
  if (device_writer_) note(device_writer_->failure());
  if (options_.folder.empty() || !end_.ok) return problems;
  note(base::write_file(options_.folder / "summary.json", summary_json(summary)));
  note(base::write_file(options_.folder / "resolved.yaml", base::write_yaml(write_run(run_.spec, options_.folder))));
  return problems;
}

}  // namespace tessera::sim
