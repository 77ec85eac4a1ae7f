// What readers of exported files make of them: rows of a CSV file, spans of a Chrome trace.
#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tessera::trace::test {

// RFC 4180, strictly: a quote stands only around a cell or doubled in one, and every row ends with a line feed.
[[nodiscard]] inline std::vector<std::vector<std::string>> csv_rows(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    std::string& cell = row.back();
    if (quoted) {
      if (c != '"') cell += c;
      else if (i + 1 < text.size() && text[i + 1] == '"') cell += text[++i];
      else if (quoted = false; i + 1 < text.size() && text[i + 1] != ',' && text[i + 1] != '\n')
        throw std::runtime_error("text behind a closing quote");
    } else if (c == ',') {
      row.emplace_back();
    } else if (c == '\n') {
      rows.push_back(std::move(row));
      row.assign(1, "");
    } else if (c == '"') {
      if (!cell.empty()) throw std::runtime_error("a quote within a cell");
      quoted = true;
    } else if (c == '\r') {
      throw std::runtime_error("a carriage return outside quotes");
    } else {
      cell += c;
    }
  }
  if (quoted || row.size() > 1 || !row[0].empty()) throw std::runtime_error("a row without an end");
  return rows;
}

// Times as an importer has them: microseconds of any spelling, rounded to nanoseconds.
[[nodiscard]] inline std::int64_t chrome_ns(const nlohmann::json& us) { return std::llround(us.get<double>() * 1000); }

// Spans of a thread in the order of the file: each must begin no earlier than the one before, and end within every span
// that is open. Arrows must lead forward from a slice to a slice. What an importer would drop is named.
[[nodiscard]] inline std::vector<std::string> chrome_faults(const nlohmann::json& trace) {
  std::vector<std::string> faults;
  std::map<std::pair<int, int>, std::vector<std::int64_t>> open;
  std::map<std::pair<int, int>, std::int64_t> last;
  std::map<std::int64_t, std::int64_t> arrows;
  for (const auto& e : trace.at("traceEvents")) {
    const std::string ph = e.at("ph");
    if (ph == "M" || ph == "C") continue;
    const std::int64_t begin = chrome_ns(e.at("ts"));
    const std::pair thread{e.at("pid").get<int>(), e.at("tid").get<int>()};
    if (ph == "s" && !arrows.emplace(e.at("id"), begin).second) faults.push_back("an arrow begins twice");
    if (ph == "f" && (arrows.count(e.at("id")) == 0 || arrows.at(e.at("id")) > begin))
      faults.push_back("an arrow ends before it begins");
    if (ph != "X") continue;
    const std::int64_t end = begin + chrome_ns(e.at("dur"));
    auto& stack = open[thread];
    while (!stack.empty() && stack.back() <= begin) stack.pop_back();
    if (begin < last[thread]) faults.push_back("times go back: " + e.dump());
    if (!stack.empty() && end > stack.back()) faults.push_back("overlaps in part: " + e.dump());
    last[thread] = begin;
    stack.push_back(end);
  }
  return faults;
}

}  // namespace tessera::trace::test
