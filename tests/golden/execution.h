// One whole run inside the test: from files and overrides, as a command line would give them, to records, summary and
// trace files.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/config/run_reader.h"
#include "sim/prepare/prepare.h"
#include "sim/run/simulate.h"
#include "trace/file/trace_header.h"
#include "trace/record/collector.h"

namespace tessera::tests {

using Items = std::vector<trace::Collector::Item>;

struct Execution {
  sim::PreparedRun run;
  sim::SimulationResult result;
  Items records;  // every record of the run, from the sink itself
  [[nodiscard]] const sim::RunSummary& summary() const { return result.summary; }
  [[nodiscard]] std::int64_t makespan() const { return result.summary.makespan.count(); }
};

// NAME of configs/npu and NAME of models/zoo.
[[nodiscard]] sim::RunArguments shipped(const std::string& npu, const std::string& network,
                                        const std::string& policy = {}, std::vector<std::string> overrides = {});

// Throws std::runtime_error with the messages where the run cannot be read or its files cannot be written: a test's
// own mistake. A run that fails is an Execution with result.ok false.
// `actions`: where to keep what the policy did. `policy`: the test's own instead of the run's.
[[nodiscard]] Execution execute(const sim::RunArguments& arguments, const std::filesystem::path& out = {},
                                scheduler::ActionLog* actions = nullptr,
                                std::function<std::unique_ptr<scheduler::Policy>()> policy = {});

// A trace file, read to its end.
struct TraceFile {
  trace::TraceHeader header;
  trace::Trailer trailer;
  Items records;
  std::vector<std::string> violations;  // by trace/analysis/check
};
[[nodiscard]] TraceFile read_trace(const std::filesystem::path& file);

// Whether a trace file holds what the run recorded, record by record. Sampled counters are written after the run, into
// the file only.
[[nodiscard]] testing::AssertionResult same_records(const Items& file, const Items& run);

// Bytes of a file; throws where there is none.
[[nodiscard]] std::string file_bytes(const std::filesystem::path& file);

}  // namespace tessera::tests
