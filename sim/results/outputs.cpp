#include "sim/results/outputs.h"

#include "base/config/parameter.h"
#include "base/file/atomic_file.h"
#include "sim/config/run_writer.h"
#include "sim/results/run_energy.h"
#include "sim/results/trace_head.h"
#include "sim/results/trace_tiles.h"

namespace tessera::sim {

Outputs::Outputs(const PreparedRun& run, const trace::Lanes& lanes, const Options& options)
    : run_(run), options_(options), facts_(run_facts(run, options.score, options.own_memory)),
      head_(trace_head(run, facts_, lanes)), tiles_(tile_table(run.network, run.graph)), traffic_(run.graph),
      measures_(head_.units, tiles_, facts_), power_lane_(lanes.power()), dram_lane_(lanes.dram_channel(0)) {
  if (!run.prices) return;
  const arch::NpuSpec& npu = run.spec.npu;
  arch::EnergyMeter::Options metering;
  metering.operators = run.network.operators.size();
  meter_.emplace(*run.prices, TileEnergy(run.network, npu, run.graph), metering);
}

base::Result<std::unique_ptr<Outputs>> Outputs::open(const PreparedRun& run, const trace::Lanes& lanes,
                                                     const Options& options) {
  std::unique_ptr<Outputs> outputs(new Outputs(run, lanes, options));
  if (auto problems = outputs->open_folder(); !problems.empty()) return problems;
  if (outputs->folder_ && outputs->lost_.empty()) outputs->open_files();
  if (outputs->lost_.empty()) outputs->connect();
  return outputs;
}

base::Diagnostics Outputs::open_folder() {
  if (options_.folder.empty()) return {};
  folder_ = std::make_unique<RunFolder>(options_.folder, options_.inputs);
  if (folder_->problem().empty()) return {};
  if (!folder_->lost()) return base::failure(folder_->problem());
  lost_ = folder_->problem();
  return {};
}

void Outputs::open_files() {
  const TraceSpec& trace = run_.spec.trace;
  schedule_ = std::make_unique<ScheduleTable>(folder_->place(kScheduleFile), run_);
  lost_ = folder_->named_as_published(schedule_->failure());
  if (trace.level != trace::Level::off) writer_ = open_trace(kTraceFile, head_);
  if (!trace.device) return;
  trace::TraceHeader head = head_;
  head.device = true;
  head.level = trace::Level::tile;
  device_writer_ = open_trace(kDeviceFile, head);
}

std::unique_ptr<trace::FileWriter> Outputs::open_trace(std::string_view file, const trace::TraceHeader& head) {
  const trace::WriterOptions writing{static_cast<int>(run_.spec.trace.compression)};
  auto writer = trace::FileWriter::create(folder_->place(file), head, tiles_, writing);
  if (writer) return std::move(writer).value();
  lost_ = folder_->named_as_published(writer.problems().list().front().message);
  return nullptr;
}

// Who hands its records to whom.
void Outputs::connect() {
  const TraceSpec& trace = run_.spec.trace;
  if (writer_) {
    ring_ = std::make_unique<trace::HostRing>(*writer_, options_.encoding);
    filter_ = std::make_unique<trace::LevelFilter>(trace.level, *ring_);
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
}

void Outputs::attach(trace::Sink& sink) {
  sink.add(traffic_);
  sink.add(measures_);
  sink.add(path_);
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

std::vector<std::string> Outputs::close(const RunSummary& summary) {
  if (!folder_) return {};
  std::vector<std::string> failures;
  std::vector<std::string_view> files;
  const auto written = [&](std::string_view file, const std::string& failure) {
    files.push_back(file);
    if (!failure.empty()) failures.push_back(folder_->named_as_published(failure));
  };
  if (end_.ok) written(kScheduleFile, schedule_->failure());
  if (writer_) written(kTraceFile, writer_->failure());
  if (device_writer_) written(kDeviceFile, device_writer_->failure());
  if (end_.ok) {
    written(kResolvedFile,
            base::write_file(folder_->place(kResolvedFile), base::write_yaml(write_run(run_.spec, options_.folder))));
    written(kSummaryFile, base::write_file(folder_->place(kSummaryFile), summary_json(summary)));
  }
  if (failures.empty()) {
    if (auto failure = folder_->publish(files); !failure.empty()) failures.push_back(std::move(failure));
  }
  return failures;
}

}  // namespace tessera::sim
