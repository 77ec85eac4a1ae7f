#include "base/config/source_text.h"

#include <fmt/format.h>

namespace tessera::base {
namespace {

constexpr std::size_t kLongestShownLine = 200;

// Length of the UTF-8 sequence at `at`, or 0 if it is none (overlong forms and surrogates included).
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  }
  const unsigned char second = byte(at + 1);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool outside = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
  return overlong || outside ? 0 : length;
}

}  // namespace

std::string SourceText::line(int n, int column) const {
  std::size_t begin = 0;
  for (int i = 1; i < n; ++i) {
    begin = text_.find('\n', begin);
    if (begin == std::string::npos) return {};
    ++begin;
  }
  std::size_t end = text_.find('\n', begin);
  if (end == std::string::npos) end = text_.size();
  if (end > begin && text_[end - 1] == '\r') --end;
  if (end - begin <= kLongestShownLine) return text_.substr(begin, end - begin);
  if (static_cast<std::size_t>(column) > kLongestShownLine) return {};
  std::size_t cut = begin + kLongestShownLine;
  while ((static_cast<unsigned char>(text_[cut]) & 0xC0) == 0x80) --cut;
  return text_.substr(begin, cut - begin) + "...";
}

Diagnostic SourceText::problem(int line_number, int column, std::string message) const {
  if (shift_ >= 0) return {{name_, 0, column + shift_}, std::move(message), argument_};
  return {
      {name_, line_number, column}, std::move(message), line_number > 0 ? line(line_number, column) : std::string{}};
}

std::optional<Diagnostic> find_unreadable_byte(const SourceText& source) {
  const std::string_view text = source.text();
  int line = 1;
  std::size_t line_start = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const std::size_t length = sequence_length(text, at);
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
