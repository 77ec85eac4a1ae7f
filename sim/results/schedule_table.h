// schedule.csv: one row for every transfer of the run and for every task of the host, in order of completion (the
// tile -> DMA table of a compiler).
//
// planned_*: from queueing, had the transfer had the machine to itself; actual_*: first packet granted to last answer.
// A task of the host moves no bytes and has no place in SRAM or DRAM: these cells are empty.
#pragma once

#include <filesystem>
#include <string>

#include "base/file/atomic_file.h"
#include "sim/prepare/prepare.h"
#include "trace/record/sink.h"

namespace tessera::sim {

class ScheduleTable : public trace::Consumer {
 public:
  // Opens the file; finish() gives it its name. The run outlives the table.
  ScheduleTable(std::filesystem::path path, const PreparedRun& run);

  void consume(std::span<const trace::Record> records, std::uint64_t first_id) override;
  void finish(base::Ps end) override;
  // Empty, or why the table could not be written.
  [[nodiscard]] const std::string& failure() const { return file_.failure(); }

 private:
  void row(const trace::Record& transfer, base::Ps wait_channel);
  void host_row(const trace::Record& task);
  [[nodiscard]] base::Ps planned_length(const trace::Record& transfer) const;
  void append_dependencies(const trace::Record& transfer);
  void flush();

  base::AtomicFile file_;
  const models::Network& network_;
  const scheduler::TileGraph& graph_;
  const arch::NpuSpec& spec_;
  const arch::DramLimits& dram_;
  std::string text_;
};

}  // namespace tessera::sim
