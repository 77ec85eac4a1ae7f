// One simulation as a user asks for it: machine, network, schedule, requests, trace. Read once, then only read.
//
// A run file names its machine and network by path; one-operator networks may be given by their shape instead. How
// files, command-line options and `--set` come together is run_reader's work.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "arch/engine/engine_mode.h"
#include "arch/spec/npu_spec.h"
#include "models/graph/bindings.h"
#include "models/one_operator.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/spec/size_limits.h"
#include "trace/record/level.h"

namespace tessera::sim {

// Exactly one of the first three.
struct ModelSource {
  std::filesystem::path file;  // ONNX or a YAML graph
  std::optional<models::GemmShape> gemm;
  std::optional<models::ConvShape> conv;
  models::Bindings bind;  // of the file's named dimensions
  friend bool operator==(const ModelSource&, const ModelSource&) = default;
};

struct TraceSpec {
  trace::Level level = trace::Level::tile;
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
  std::optional<arch::Precision> precision;  // instead of the machine's

  [[nodiscard]] arch::Precision used_precision() const { return precision.value_or(npu.precision); }
};

}  // namespace tessera::sim
