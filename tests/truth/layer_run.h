// One layer through the whole simulator, and the tables of RTL runs that it is held against.
#pragma once

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "sim/config/run_reader.h"
#include "sim/run/simulate.h"
#include "tests/support/csv.h"
#include "tests/support/truth_tables.h"

namespace tessera::tests {

inline std::filesystem::path machine_file(const std::string& name) {
  return std::filesystem::path(TESSERA_SOURCE_DIR) / "configs" / "npu" / name;
}

// As `tessera run` would: files and options to a summary.
inline sim::RunSummary run_layer(const sim::RunArguments& arguments) {
  const auto spec = sim::read_run(arguments);
  if (!spec) throw std::runtime_error(spec.problems().to_string());
  const auto prepared = sim::prepare(*spec);
  if (!prepared) throw std::runtime_error(prepared.problems().to_string());
  const auto result = sim::simulate(*prepared, {});
  if (!result) throw std::runtime_error(result.problems().to_string());
  if (!result->ok) throw std::runtime_error(result->failure);
  return result->summary;
}

inline double percent(std::int64_t ours, std::int64_t truth) {
  return 100.0 * static_cast<double>(ours - truth) / static_cast<double>(truth);
}

}  // namespace tessera::tests
