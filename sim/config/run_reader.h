// From files and command line to one RunSpec.
//
// Paths inside a run file are relative to that file; paths of options are the caller's. Overrides go to the run's
// keys, or to the machine's: with the prefix `npu.`, or when only the machine has such a key.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/config/node.h"
#include "base/result.h"
#include "sim/config/run_spec.h"

namespace tessera::sim {

// What a command line says. Empty: not given.
struct RunArguments {
  std::filesystem::path run_file;
  std::filesystem::path npu_file;
  std::filesystem::path model_file, program_file;
  std::string gemm, conv;
  std::vector<std::string> bind;       // "batch=1,seq=128": names of the run file's `bind` and others
  std::vector<std::string> host;       // "NonMaxSuppression=200us": types of the run file's `host` and others
  std::string policy;                  // short for --set scheduler.policy=
  std::vector<std::string> overrides;  // "path=value", in order: later ones win

  // Where a file is that the run file names.
  [[nodiscard]] std::filesystem::path beside_run_file(const std::string& file) const {
    return (run_file.parent_path() / file).lexically_normal();
  }
};

// The run, checked as far as it can be without opening the network; everything that is wrong is reported.
[[nodiscard]] base::Result<RunSpec> read_run(const RunArguments&);

// The machine of `--npu FILE` with overrides, for commands that need no network. Prefix `npu.` allowed.
[[nodiscard]] base::Result<arch::NpuSpec> read_machine(const std::filesystem::path& file,
                                                       const std::vector<std::string>& overrides);

}  // namespace tessera::sim
