#include "base/escape.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/utf8.h"

namespace tessera::base {
namespace {

// The character of a valid sequence.
char32_t decode(std::string_view sequence) {
  constexpr unsigned char kLead[] = {0, 0x7F, 0x1F, 0x0F, 0x07};  // bits of the first byte, by length
  char32_t c = static_cast<unsigned char>(sequence[0]) & kLead[sequence.size()];
  for (const char next : sequence.substr(1)) c = c << 6 | (static_cast<unsigned char>(next) & 0x3F);
  return c;
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }
// Ends of lines and marks of direction, by which a name could rearrange the text around it.
bool rearranges(char32_t c) {
  return (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

std::string escape(char32_t c) {
  if (c == '\n') return "\\n";
  if (c == '\r') return "\\r";
  if (c == '\t') return "\\t";
  return c < 0x80 ? fmt::format("\\x{:02X}", static_cast<unsigned>(c))
                  : fmt::format("\\u{:04X}", static_cast<unsigned>(c));
}

// `keeps(character)`: it stays as it is.
template <class Keeps>
std::string escaped(std::string_view text, Keeps keeps) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_sequence(text, at);
    const std::string_view sequence = text.substr(at, std::max<std::size_t>(length, 1));
    if (length == 0) result += as_utf8(sequence);
    else if (const char32_t c = decode(sequence); keeps(c)) result += sequence;
    else result += escape(c);
    at += sequence.size();
  }
  return result;
}

}  // namespace

std::string screen_text(std::string_view text) {
  return escaped(text, [](char32_t c) { return !is_control(c) && !rearranges(c); });
}

std::string screen_lines(std::string_view text) {
  return escaped(text, [](char32_t c) { return c == '\n' || c == '\t' || (!is_control(c) && !rearranges(c)); });
}

std::string last_columns(std::string_view text, std::size_t most) {
  constexpr std::string_view kDots = "..";
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  const auto columns = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins));
  if (columns <= most) return std::string(text);
  std::size_t left_out = columns - most + kDots.size(), at = 0;
  for (; at < text.size() && (left_out > 0 || !begins(text[at])); ++at) {
    if (begins(text[at])) --left_out;
  }
  return std::string(kDots) + std::string(text.substr(at));
}

std::string csv_cell(std::string_view text) {
  constexpr std::string_view kFormula = "=+-@\t\r\n";
  const auto plain = [](char c) { return c >= ' ' && c <= '~' && c != ',' && c != '"'; };
  const bool formula = !text.empty() && kFormula.find(text.front()) != std::string_view::npos;
  if (!formula && std::all_of(text.begin(), text.end(), plain)) return std::string(text);
  const auto is_line = [](char32_t c) { return c == '\t' || c == '\n' || c == '\r'; };
  std::string cell = escaped(text, [&](char32_t c) { return is_line(c) || !is_control(c); });
  if (formula) cell.insert(0, 1, '\'');
  if (cell.find_first_of(",\"\n\r") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

std::string json_text(std::string_view text) { return nlohmann::json(as_utf8(text)).dump(); }

std::string dot_text(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : screen_text(text)) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c == '&' ? "&amp;" : std::string(1, c);
  }
  return quoted + '"';
}

}  // namespace tessera::base
