#include "base/result.h"

namespace tessera::base {

std::string Diagnostic::to_string() const {
  std::string text;
  if (!where.file.empty()) {
    text += where.file;
    if (where.line > 0) text += ":" + std::to_string(where.line);
    if (where.line > 0 && where.column > 0) text += ":" + std::to_string(where.column);
    text += ": ";
  }
  text += message;
  if (!source_line.empty()) {
    text += "\n  " + source_line;
    if (where.column > 0) {
      text += "\n  ";
      // A tab in the source line stays a tab, and the later bytes of a UTF-8 character take no room, so that the
      // caret stands under the right character.
      for (std::size_t i = 0; i + 1 < static_cast<std::size_t>(where.column); ++i) {
        const bool inside = i < source_line.size();
        if (inside && (static_cast<unsigned char>(source_line[i]) & 0xC0) == 0x80) continue;
        text += inside && source_line[i] == '\t' ? '\t' : ' ';
      }
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
