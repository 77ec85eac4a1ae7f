// One layer through the whole simulator, and the tables of RTL runs that it is held against.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/run/run_reader.h"
#include "sim/run/simulate.h"
#include "tests/support/shared_data.h"

namespace tessera::tests {

using Row = std::map<std::string, std::string>;   // by column

// Cells of a line of CSV; quotes keep commas together.
inline std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    else if (c == ',' && !quoted) cells.emplace_back();
    else if (c != '\r') cells.back() += c;
  }
  return cells;
}

inline std::vector<Row> truth_rows(const std::string& file) {
  std::ifstream in(*shared_data() / "truth" / file);
  std::string line;
  std::getline(in, line);
  const auto names = cells_of(line);
  std::vector<Row> rows;
  while (std::getline(in, line)) {
    const auto cells = cells_of(line);
    Row row;
    for (std::size_t i = 0; i < names.size(); ++i) row[names[i]] = cells.at(i);
    rows.push_back(std::move(row));
  }
  return rows;
}

inline std::int64_t number(const Row& row, const std::string& column) { return std::stoll(row.at(column)); }

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
