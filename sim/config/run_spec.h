// One simulation as a user asks for it: machine, network, schedule, requests, trace. Read once, then only read.
//
// A run file names its machine and network by path; one-operator networks may be given by their shape instead. How
// files, command-line options and `--set` come together is run_reader's work.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "arch/engine/engine_mode.h"
#include "arch/spec/npu_spec.h"
#include "models/graph/bindings.h"
#include "models/graph/host_rule.h"
#include "models/one_operator.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/spec/size_limits.h"
#include "sim/config/precision_rule.h"
#include "trace/record/level.h"

namespace tessera::sim {

// Exactly one of the first four.
struct ModelSource {
  std::filesystem::path file;     // ONNX or a YAML graph
  std::filesystem::path program;  // tiles of a compiler in place of a network
  std::optional<models::GemmShape> gemm;
  std::optional<models::ConvShape> conv;
  models::Bindings bind;   // of the file's named dimensions
  models::HostRules host;  // operators that the host runs
  // Whichever there is; empty: one operator.
  [[nodiscard]] const std::filesystem::path& main_file() const { return file.empty() ? program : file; }
  friend bool operator==(const ModelSource&, const ModelSource&) = default;
};

struct TraceSpec {
  trace::Level level = trace::Level::tile;
  bool decisions = false;        // also what the policy answered each time and what it weighed
  bool device = false;           // also write device.tsr: what the modelled trace buffer kept
  std::int64_t compression = 1;  // zstd level of the file's blocks; 0: none
  friend bool operator==(const TraceSpec&, const TraceSpec&) = default;
};

struct RunSpec {
  std::string name;  // file stem of the run, or of the model
  arch::NpuSpec npu;
  std::string npu_source;  // file that the machine came from, as given; for messages
  ModelSource model;
  scheduler::ScheduleSpec schedule;
  scheduler::RequestSpec requests;
  scheduler::SizeLimits limits;  // memory 0: half of the machine's that the simulator runs on
  TraceSpec trace;
  arch::EngineMode engine = arch::EngineMode::run_ahead;
  std::vector<PrecisionRule> precision;  // empty: all tensors in the machine's

  // Whether all tensors have one format.
  [[nodiscard]] bool has_one_precision() const {
    return precision.empty() || (precision.size() == 1 && precision[0].pattern == "*" && precision[0].precision);
  }
  // That format; else the one of operators that follow no rule.
  [[nodiscard]] arch::Precision used_precision() const {
    return has_one_precision() && !precision.empty() ? *precision[0].precision : npu.precision;
  }
  // Whether some operators keep the formats that the network's file gives their tensors.
  [[nodiscard]] bool keeps_file_precision() const {
    return std::ranges::any_of(precision, [](const PrecisionRule& r) { return !r.precision; });
  }
};

}  // namespace tessera::sim
