#include "base/config/source_text.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace tessera::base {
namespace {

constexpr std::size_t kLongestShownLine = 200;

}  // namespace

SourceText::SourceText(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)), lines_{0} {
  for (std::size_t at = text_.find('\n'); at != std::string::npos; at = text_.find('\n', at + 1))
    lines_.push_back(at + 1);
}

std::string SourceText::line(int n, int column) const {
  if (n < 1 || static_cast<std::size_t>(n) > lines_.size()) return {};
  const std::size_t begin = lines_[static_cast<std::size_t>(n) - 1];
  std::size_t end = text_.find('\n', begin);
  if (end == std::string::npos) end = text_.size();
  if (end > begin && text_[end - 1] == '\r') --end;
  if (end - begin <= kLongestShownLine) return text_.substr(begin, end - begin);
  if (static_cast<std::size_t>(column) > kLongestShownLine) return {};
  std::size_t cut = begin + kLongestShownLine;
  while ((static_cast<unsigned char>(text_[cut]) & 0xC0) == 0x80) --cut;
  return text_.substr(begin, cut - begin) + "...";
}

SourceLocation SourceText::place(int line_number, int column) const {
  if (shift_ >= 0) return {name_, 0, column + shift_};
  return {name_, line_number, column};
}

Diagnostic SourceText::problem(int line_number, int column, std::string message) const {
  return {place(line_number, column), std::move(message), shift_ >= 0 ? argument_ : line(line_number, column)};
}

std::optional<Diagnostic> find_unreadable_byte(const SourceText& source) {
  const std::string_view text = source.text();
  int line = 1;
  std::size_t line_start = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const std::size_t length = utf8_sequence(text, at);
    const bool control = byte < 0x20 ? byte != '\t' && byte != '\n' && byte != '\r' : byte == 0x7F;
    if (length == 0 || control) {
      // The line itself is not shown: it is not text.
      return Diagnostic{{source.name(), line, static_cast<int>(at - line_start) + 1},
                        fmt::format("byte 0x{:02X} is not text: a configuration is YAML in UTF-8", byte),
                        {}};
    }
    if (byte == '\n') {
      ++line;
      line_start = at + 1;
    }
    at += length;
  }
  return std::nullopt;
}

}  // namespace tessera::base
