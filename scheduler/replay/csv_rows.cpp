#include "scheduler/replay/csv_rows.h"

#include <utility>

namespace tessera::scheduler {

CsvRows::CsvRows(std::string_view text, std::string file) : text_(text), file_(std::move(file)) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text_.starts_with(kByteOrderMark)) at_ = line_starts_[0] = kByteOrderMark.size();
}

bool CsvRows::next(CsvRow& row) {
  while (at_ < text_.size() && at_line_end()) end_line();
  row.clear();
  if (at_ >= text_.size() || !fault_.empty()) return false;
  for (;;) {
    CsvCell cell{{}, line_, column_};
    if (text_[at_] == '"') quoted(cell);
    else plain(cell);
    if (!fault_.empty()) return false;
    row.push_back(std::move(cell));
    if (at_line_end()) break;
    if (text_[at_] != ',') {
      fault_.add(problem(line_, column_, "behind the closing quote of a cell stands a comma or the end of the line"));
      return false;
    }
    step(1);
    if (at_line_end()) {
      row.push_back({{}, line_, column_});
      break;
    }
  }
  if (at_ < text_.size()) end_line();
  return true;
}

void CsvRows::quoted(CsvCell& cell) {
  step(1);
  for (; at_ < text_.size(); step(1)) {
    if (text_[at_] != '"') {
      cell.text += text_[at_];
      if (text_[at_] != '\n') continue;
      ++line_, column_ = 0;
      line_starts_.push_back(at_ + 1);
      continue;
    }
    step(1);
    if (at_ >= text_.size() || text_[at_] != '"') return;
    cell.text += '"';
  }
  fault_.add(problem(cell, "the quote that opens here is never closed"));
}

void CsvRows::plain(CsvCell& cell) {
  while (!at_line_end() && text_[at_] == ' ') step(1);
  cell.column = column_;
  while (!at_line_end() && text_[at_] != ',') {
    cell.text += text_[at_];
    step(1);
  }
  cell.text.erase(cell.text.find_last_not_of(' ') + 1);
}

void CsvRows::end_line() {
  if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
  ++at_, ++line_, column_ = 1;
  line_starts_.push_back(at_);
}

base::Diagnostic CsvRows::problem(const CsvCell& cell, std::string message) const {
  return problem(cell.line, cell.column, std::move(message));
}

base::Diagnostic CsvRows::problem(int line, int column, std::string message) const {
  const std::size_t begin = line_starts_[static_cast<std::size_t>(line) - 1];
  const std::size_t end = std::min(text_.find_first_of("\r\n", begin), text_.size());
  return {{file_, line, column}, std::move(message), std::string(text_.substr(begin, end - begin))};
}

}  // namespace tessera::scheduler
