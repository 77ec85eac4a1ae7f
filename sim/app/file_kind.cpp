#include "sim/app/file_kind.h"

#include <array>
#include <vector>

#include "base/config/node.h"

namespace tessera::app {
namespace {

struct Marks {
  FileKind kind;
  std::vector<std::string_view> keys;  // that only this kind has at the top
};

// A run is looked for first: it may hold a whole machine under `npu`.
const std::array<Marks, 3>& marks() {
  static const std::array<Marks, 3> table{
      Marks{FileKind::run, {"npu", "model", "gemm", "conv", "buffers", "requests", "tiles", "trace", "engine"}},
      Marks{FileKind::network, {"network", "layers", "inputs", "blocks"}},
      Marks{FileKind::npu,
            {"core", "clocks", "cores", "interconnect", "dram", "layout", "shared_sram", "trace_buffer"}}};
  return table;
}

}  // namespace

std::string_view to_string(FileKind kind) {
  switch (kind) {
    case FileKind::npu: return "npu";
    case FileKind::run: return "run";
    case FileKind::network: return "network";
    case FileKind::unknown: break;
  }
  return "unknown";
}

base::Result<FileKind> kind_of_file(const std::filesystem::path& file) {
  if (const auto extension = file.extension(); extension != ".yaml" && extension != ".yml") {
    std::error_code error;
    if (std::filesystem::exists(file, error)) return FileKind::network;
    return base::failure({file.string(), 0, 0}, "there is no such file");
  }
  const auto root = base::read_yaml_file(file);
  if (!root) return root.problems();
  for (const Marks& mark : marks()) {
    for (const std::string_view key : mark.keys) {
      if (root->find(key) != nullptr) return mark.kind;
    }
  }
  return FileKind::unknown;
}

}  // namespace tessera::app
