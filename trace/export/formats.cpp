#include "trace/export/formats.h"

#include <array>

namespace tessera::trace {

// Each is defined in the file of its format, which stands nowhere else than here.
std::optional<base::Diagnostics> write_perfetto(FileReader&, TextOutput&);
std::optional<base::Diagnostics> write_chrome(FileReader&, TextOutput&);
std::optional<base::Diagnostics> write_csv(FileReader&, TextOutput&);
std::optional<base::Diagnostics> write_dram(FileReader&, TextOutput&);
std::optional<base::Diagnostics> write_dramsim3(FileReader&, TextOutput&);
std::optional<base::Diagnostics> write_ramulator(FileReader&, TextOutput&);
std::optional<base::Diagnostics> write_dot(FileReader&, TextOutput&);

std::span<const ExportFormat> export_formats() {
  static constexpr std::array kFormats{
      ExportFormat{"perfetto", "protobuf for the Perfetto UI (ui.perfetto.dev)", write_perfetto},
      ExportFormat{"chrome", "JSON for chrome://tracing and others that read it", write_chrome},
      ExportFormat{"csv", "one line a record", write_csv},
      ExportFormat{"dram", "DRAM requests for `tessera dram --requests`: `address R|W cycle` (trace.level: burst)",
                   write_dram},
      ExportFormat{"dramsim3", "the same as DRAMsim3 reads it: `address READ|WRITE cycle`", write_dramsim3},
      ExportFormat{"ramulator", "the same for Ramulator 2, LoadStoreTrace: `LD|ST address`, without times",
                   write_ramulator},
      ExportFormat{"dot", "Graphviz: the tiles and who waits for whom", write_dot},
  };
  return kFormats;
}

const ExportFormat* export_format(std::string_view name) {
  for (const ExportFormat& f : export_formats()) {
    if (f.name == name) return &f;
  }
  return nullptr;
}

std::optional<base::Diagnostics> export_trace(FileReader& reader, const ExportFormat& format,
                                              const std::filesystem::path& path) {
  TextOutput out(path);
  if (!out.ok()) return base::failure(out.failure());
  if (auto problem = format.write(reader, out)) return problem;
  if (!out.commit()) return base::failure(out.failure());
  return std::nullopt;
}

}  // namespace tessera::trace
