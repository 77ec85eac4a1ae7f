// Cells of CSV files (RFC 4180).
#pragma once

#include <iomanip>
#include <sstream>
#include <string>

namespace tessera::base {

// A text as one cell: in quotes, with its own quotes doubled, where it would break the row.
[[nodiscard]] inline std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::ostringstream out;
  out << std::quoted(text, '"', '"');
  return std::move(out).str();
}

}  // namespace tessera::base
