// What a trace can be turned into. The one list of formats is in formats.cpp.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

#include "base/file/atomic_file.h"
#include "trace/file/reader.h"

namespace tessera::trace {

using TextOutput = base::AtomicFile;  // exporters only put bytes into it

struct ExportFormat {
  std::string_view name;
  std::string_view help;
  // Reads the trace from where the reader stands and writes all of it; what went wrong with the trace.
  std::optional<base::Diagnostics> (*write)(FileReader&, TextOutput&);
};

[[nodiscard]] std::span<const ExportFormat> export_formats();
[[nodiscard]] const ExportFormat* export_format(std::string_view name);  // null: no such format

// Writes the file whole or not at all; nothing is left behind on failure.
[[nodiscard]] std::optional<base::Diagnostics> export_trace(FileReader&, const ExportFormat&,
                                                            const std::filesystem::path&);

}  // namespace tessera::trace
