// A CSV text cell by cell (RFC 4180: quotes around a cell, doubled inside; lines end with or without a carriage
// return), each cell with its place for messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tessera::scheduler {

struct CsvCell {
  std::string text;  // without quotes, and without the spaces around a cell that has none
  int line = 1, column = 1;
};
using CsvRow = std::vector<CsvCell>;

class CsvRows {
 public:
  CsvRows(std::string_view text, std::string file);

  // The next row that is not empty; false at the end and after a fault.
  bool next(CsvRow& row);
  // What is wrong with the text itself; empty: nothing so far.
  [[nodiscard]] const base::Diagnostics& fault() const { return fault_; }
  // A diagnostic at a cell, with its line.
  [[nodiscard]] base::Diagnostic problem(const CsvCell& cell, std::string message) const;
  [[nodiscard]] base::Diagnostic problem(int line, int column, std::string message) const;

 private:
  void quoted(CsvCell& cell);
  void plain(CsvCell& cell);
  [[nodiscard]] bool at_line_end() const { return at_ >= text_.size() || text_[at_] == '\n' || text_[at_] == '\r'; }
  void end_line();
  void step(std::size_t bytes) { at_ += bytes, column_ += static_cast<int>(bytes); }

  std::string_view text_;
  std::string file_;
  std::size_t at_ = 0;
  int line_ = 1, column_ = 1;
  std::vector<std::size_t> line_starts_{0};  // by line
  base::Diagnostics fault_;
};

}  // namespace tessera::scheduler
