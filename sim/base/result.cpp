#include "sim/base/result.h"

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
      // A tab in the source line stays a tab, so that the caret stands under the right character.
      for (int i = 0; i + 1 < where.column; ++i) {
        const auto at = static_cast<std::size_t>(i);
        text += at < source_line.size() && source_line[at] == '\t' ? '\t' : ' ';
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
