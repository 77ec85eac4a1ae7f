// Everything that listens to a run's records and writes its files (sim/results/run_folder.h says when these appear). A
// failed run leaves its trace (marked as such) and nothing else.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "arch/energy/meter.h"
#include "sim/results/detail_records.h"
#include "sim/results/record_count.h"
#include "sim/results/run_end.h"
#include "sim/results/run_folder.h"
#include "sim/results/schedule_table.h"
#include "sim/results/summary.h"
#include "sim/results/tile_energy.h"
#include "sim/results/traffic_meter.h"
#include "trace/analysis/critical_path.h"
#include "trace/analysis/measures.h"
#include "trace/file/writer.h"
#include "trace/record/device_ring.h"
#include "trace/record/host_ring.h"
#include "trace/record/lanes.h"
#include "trace/record/level.h"

namespace tessera::sim {

class Outputs : private trace::Consumer {
 public:
  // Where the files go (empty: nothing is written), the files that the run was read from, and which thread encodes the
  // trace.
  struct Options {
    std::filesystem::path folder;
    std::vector<std::filesystem::path> inputs;
    trace::HostRing::Drain encoding = trace::HostRing::Drain::thread;
    std::string score;        // what the policy's scores count
    bool own_memory = false;  // nothing is known of its peak
  };
  // The run outlives the outputs. Fails where the folder is no place for a run.
  [[nodiscard]] static base::Result<std::unique_ptr<Outputs>> open(const PreparedRun& run, const trace::Lanes& lanes,
                                                                   const Options& options);

  // A file could not even be begun (the disk is full): there is nothing to run for. Empty: all is well.
  [[nodiscard]] const std::string& lost() const { return lost_; }
  void attach(trace::Sink& sink);
  // The modelled trace buffer; null if the run has none.
  [[nodiscard]] trace::DeviceRing* device() { return device_ring_.get(); }
  // Who wants to hear of every packet at the DRAM; null below level burst.
  [[nodiscard]] arch::MemoryObserver* dram_observer() {
    return run_.spec.trace.level == trace::Level::burst ? details_.get() : nullptr;
  }
  // Before the sink is finished: how the run ended, and the id of the first record after the run's own.
  void set_end(const RunEnd& end, std::uint64_t next_record) {
    end_ = end;
    next_record_ = next_record;
  }

  // After the sink is finished.
  [[nodiscard]] const TrafficMeter& traffic() const { return traffic_; }
  [[nodiscard]] trace::MeasuresResult measures() const;
  [[nodiscard]] const trace::CriticalPath& path() const { return path_.path(); }
  [[nodiscard]] TraceTotals totals() const;
  // Empty where the run has no prices.
  [[nodiscard]] const std::optional<arch::RunEnergy>& energy() const { return energy_; }
  // Of a run that was done, writes summary.json and resolved.yaml; then the files appear. What could not be written, of
  // any file: then none of them is there.
  [[nodiscard]] std::vector<std::string> close(const RunSummary& summary);

 private:
  Outputs(const PreparedRun& run, const trace::Lanes& lanes, const Options& options);
  [[nodiscard]] base::Diagnostics open_folder();
  void open_files();
  [[nodiscard]] std::unique_ptr<trace::FileWriter> open_trace(std::string_view file, const trace::TraceHeader& head);
  void connect();
  // Stands behind the meters and before the writers: gives these what is known only at the end.
  void consume(std::span<const trace::Record>, std::uint64_t) override {}
  void finish(base::Ps end) override;
  void write_power();
  [[nodiscard]] std::int64_t wasted_bytes() const { return traffic_.padding_bytes() + end_.engine.dropped_bytes; }

  const PreparedRun& run_;
  Options options_;
  std::unique_ptr<RunFolder> folder_;  // null: nothing is written
  std::string lost_;
  trace::RunFacts facts_;
  trace::TraceHeader head_;
  trace::TileTable tiles_;
  TrafficMeter traffic_;
  trace::Measures measures_;
  trace::CriticalPathWalk path_;
  std::optional<arch::EnergyMeter> meter_;
  std::optional<arch::RunEnergy> energy_;
  std::uint16_t power_lane_, dram_lane_;
  std::unique_ptr<ScheduleTable> schedule_;
  RecordCount unwritten_, unwritten_device_;  // where a run without a folder sends its records
  // [details ->] filter -> ring -> writer
  std::unique_ptr<trace::FileWriter> writer_;
  std::unique_ptr<trace::HostRing> ring_;
  std::unique_ptr<trace::LevelFilter> filter_;
  std::unique_ptr<DetailRecords> details_;  // before the filter, at levels fold and burst
  // filter -> modelled ring -> writer
  std::unique_ptr<trace::FileWriter> device_writer_;
  std::unique_ptr<trace::DeviceRing> device_ring_;
  std::unique_ptr<trace::LevelFilter> device_filter_;
  RunEnd end_;
  std::uint64_t next_record_ = 1;
};

}  // namespace tessera::sim
