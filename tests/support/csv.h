// Tables of reference numbers: CSV with a line of column names.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace tessera::tests {

using Row = std::map<std::string, std::string>;  // by column

// Cells of a line, whose end may be CR LF; quotes keep commas together.
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

inline std::vector<Row> read_csv(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line)) throw std::runtime_error("cannot be read: " + file.string());
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

}  // namespace tessera::tests
