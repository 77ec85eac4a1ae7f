// What a trace can be turned into. The one list of formats is in formats.cpp.
#pragma once

#include <cstdio>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

#include "trace/file/reader.h"

namespace tessera::trace {

// Bytes on their way to a file; remembers the first failure.
class TextOutput {
 public:
  explicit TextOutput(std::FILE* file) : file_(file) {}
  void put(std::string_view bytes) {
    if (ok_ && std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) ok_ = false;
  }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  std::FILE* file_;
  bool ok_ = true;
};

struct ExportFormat {
  std::string_view name;
  std::string_view help;
  // Reads the trace from where the reader stands and writes all of it; what went wrong with the trace.
  std::optional<base::Diagnostics> (*write)(FileReader&, TextOutput&);
};

[[nodiscard]] std::span<const ExportFormat> export_formats();
[[nodiscard]] const ExportFormat* export_format(std::string_view name);  // null: no such format

// Writes PATH.partial and gives it its name when it is complete; nothing is left behind on failure.
[[nodiscard]] std::optional<base::Diagnostics> export_trace(FileReader&, const ExportFormat&,
                                                            const std::filesystem::path&);

}  // namespace tessera::trace
