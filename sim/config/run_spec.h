// One simulation as a user asks for it: machine, network, schedule, requests, trace. Read once, then only read.
//
// A run file names its machine and network by path; one-operator networks may be given by their shape instead. How
// files, command-line options and `--set` come together is run_reader's work.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "arch/spec/npu_spec.h"
#include "scheduler/schedule_spec.h"
#include "trace/record/level.h"

namespace tessera::sim {

// C (m x n) = A (m x k) x B (k x n).
struct GemmShape {
  std::int64_t m = 0, k = 0, n = 0;
  friend bool operator==(const GemmShape&, const GemmShape&) = default;
};

// One convolution: input w x h x c, `k` kernels of kw x kh. Batch 1.
struct ConvShape {
  std::int64_t w = 0, h = 0, c = 0, k = 0, kw = 0, kh = 0;
  std::int64_t sx = 1, sy = 1;                  // stride
  std::int64_t pl = 0, pr = 0, pt = 0, pb = 0;  // padding: left, right, top, bottom
  std::int64_t dx = 1, dy = 1;                  // dilation
  std::int64_t groups = 1;                      // divides c and k
  [[nodiscard]] std::int64_t out_w() const { return (w + pl + pr - dx * (kw - 1) - 1) / sx + 1; }
  [[nodiscard]] std::int64_t out_h() const { return (h + pt + pb - dy * (kh - 1) - 1) / sy + 1; }
  friend bool operator==(const ConvShape&, const ConvShape&) = default;
};

// Exactly one of the three.
struct ModelSource {
  std::filesystem::path file;  // ONNX or a YAML graph
  std::optional<GemmShape> gemm;
  std::optional<ConvShape> conv;
  friend bool operator==(const ModelSource&, const ModelSource&) = default;
};

enum class EngineMode : std::uint8_t { run_ahead, stepwise };

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
  TraceSpec trace;
  EngineMode engine = EngineMode::run_ahead;
  std::optional<arch::Precision> precision;  // instead of the machine's

  [[nodiscard]] arch::Precision used_precision() const { return precision.value_or(npu.precision); }
};

}  // namespace tessera::sim
