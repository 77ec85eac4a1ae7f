#include "sim/app/markdown.h"

#include <fmt/format.h>

namespace tessera::app {
namespace {

// A bar would end the cell.
std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return text;
}

std::string line(const std::vector<std::string>& cells) {
  std::string out = "|";
  for (const std::string& c : cells) out += fmt::format(" {} |", cell(c));
  return out;
}

}  // namespace

void print_section(std::string_view name, const std::vector<std::string>& head,
                   const std::vector<std::vector<std::string>>& rows) {
  std::string rule = "|";
  for (std::size_t i = 0; i < head.size(); ++i) rule += "---|";
  fmt::print("<!-- section: {} -->\n{}\n{}\n", name, line(head), rule);
  for (const auto& row : rows) fmt::print("{}\n", line(row));
}

}  // namespace tessera::app
