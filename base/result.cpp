#include "base/result.h"

#include <algorithm>

#include "base/escape.h"

namespace tessera::base {

std::string Diagnostic::to_string() const {
  std::string text;
  if (!where.file.empty()) {
    text += screen_text(where.file);
    if (where.line > 0) text += ":" + std::to_string(where.line);
    if (where.line > 0 && where.column > 0) text += ":" + std::to_string(where.column);
    text += ": ";
  }
  text += screen_lines(message);
  if (!source_line.empty()) {
    text += "\n  " + screen_lines(source_line);
    if (where.column > 0) {
      // A tab in the source line stays a tab, and the later bytes of a UTF-8 character take no room, so that the
      // caret stands under the right character.
      const auto before = std::min(source_line.size(), static_cast<std::size_t>(where.column) - 1);
      text += "\n  ";
      for (const char c : screen_lines(std::string_view(source_line).substr(0, before))) {
        if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) text += c == '\t' ? '\t' : ' ';
      }
      text.append(static_cast<std::size_t>(where.column) - 1 - before, ' ');
      text += '^';
    }
  }
  return text;
}

std::string Diagnostics::to_string() const {
  std::string text;
  for (const auto& d : list_) text += d.to_string() + "\n";
  return text;
}

}  // namespace tessera::base
