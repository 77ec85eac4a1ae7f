#include "sim/config/file_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <string>
#include <vector>

#include "arch/dram/standard_keys.h"
#include "arch/energy/table_keys.h"
#include "arch/spec/npu_parameters.h"
#include "sim/config/run_parameters.h"

namespace tessera::sim {
namespace {

struct KindWords {
  FileKind kind;
  std::string_view name, noun, use;
};
constexpr std::array kWords{
    KindWords{FileKind::run, "run", "a run", "tessera run FILE simulates a run"},
    KindWords{FileKind::network, "network", "a network", "a network is given by --model FILE, or `model` of a run"},
    KindWords{FileKind::program, "program", "a tile program",
              "a program is given by --program FILE, or `program` of a run"},
    KindWords{FileKind::npu, "npu", "a machine", "a machine is given by --npu FILE, or `npu` of a run"},
    KindWords{FileKind::dram, "dram", "a DRAM standard", "a standard is named by `dram.standard` of a machine"},
    KindWords{FileKind::energy, "energy", "an energy table", "a table is named by `energy.table` of a machine"},
    KindWords{FileKind::trace, "trace", "a trace", "tessera check, analyze and convert read traces"},
    KindWords{FileKind::summary, "document", "a JSON document of results",
              "it holds results; resolved.yaml beside it is the run that tessera run repeats"},
    KindWords{FileKind::schedule, "schedule", "the schedule of a run",
              "it holds results; resolved.yaml beside it is the run that tessera run repeats"},
    KindWords{FileKind::actions, "actions", "a table of actions",
              "a table is followed by --policy static --set scheduler.table=FILE"},
    KindWords{FileKind::unknown, "unknown", "of no known kind", ""}};
const KindWords& words(FileKind kind) { return kWords[static_cast<std::size_t>(kind)]; }

std::string_view first_step(std::string_view path) { return path.substr(0, path.find_first_of(".[")); }

// A step in capitals stands for any key ("MEMORY").
bool is_any(std::string_view step) {
  return std::ranges::all_of(step, [](unsigned char c) { return std::isupper(c) != 0; });
}

// Paths of a kind's keys as its table has them: "core.sram.input.banks", "sram[].width", "dram.MEMORY.bit".
struct Keys {
  FileKind kind;
  std::vector<std::string> paths;
};

std::vector<std::string> paths_of(const std::vector<base::ParameterInfo>& list) {
  std::vector<std::string> paths;
  for (const base::ParameterInfo& info : list) {
    if (!is_any(first_step(info.path))) paths.push_back(info.path);  // "FIGURE.value" is said of many keys
  }
  return paths;
}
template <class Spec>
std::vector<std::string> paths_of(const base::ParameterTable<Spec>& table) {
  std::vector<std::string> paths;
  for (const auto& parameter : table.parameters()) paths.push_back(parameter.info.path);
  return paths;
}

const std::array<Keys, 6>& kinds() {
  static const std::array<Keys, 6> table{
      Keys{FileKind::run, paths_of(run_parameters())},
      Keys{FileKind::network, {"network", "inputs", "layers", "blocks", "outputs"}},
      Keys{FileKind::program,
           {"version", "name", "slots", "request_bytes", "tensors", "operators", "buffers", "blocks", "groups"}},
      Keys{FileKind::npu, paths_of(arch::npu_parameters())},
      Keys{FileKind::dram, paths_of(arch::dram_standard_keys())},
      Keys{FileKind::energy, paths_of(arch::energy_table_keys())}};
  return table;
}

// What a kind knows of a key: nothing, all of it (what is below is its reader's), or a section of keys.
enum class Known : std::uint8_t { no, whole, section };

Known knows(const std::vector<std::string>& paths, std::string_view key, std::vector<std::string>& below) {
  Known known = Known::no;
  for (const std::string& path : paths) {
    const std::string_view step = first_step(path);
    if (step != key && !is_any(step)) continue;
    if (path.find('.') == std::string::npos || path.find('[') < path.find('.')) return Known::whole;
    known = Known::section;
    below.push_back(path.substr(path.find('.') + 1));
  }
  return known;
}

// How many keys of the first two levels the kind knows, less those of the second that it does not.
int score(const base::Node& root, const std::vector<std::string>& paths) {
  int sum = 0;
  for (const base::Entry& entry : root.entries) {
    std::vector<std::string> below, deeper;
    const Known known = knows(paths, entry.name(), below);
    if (known == Known::no) continue;
    ++sum;
    if (known == Known::whole) continue;
    for (const base::Entry& inner : entry.value.entries)
      sum += knows(below, inner.name(), deeper) == Known::no ? -1 : 1;
  }
  return sum;
}

FileKind kind_of(const base::Node& root) {
  FileKind kind = FileKind::unknown;
  int best = 0;
  for (const Keys& keys : kinds()) {
    const int points = score(root, keys.paths);
    if (points > best) {
      best = points;
      kind = keys.kind;
    }
  }
  return kind;
}

// What the program writes beside traces, by how it begins.
FileKind kind_of_results(const std::filesystem::path& file) {
  std::string head(64, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  if (head.starts_with("{\n  \"schema\": \"tessera.")) return FileKind::summary;
  if (head.starts_with("tile,operator,request,operation,")) return FileKind::schedule;
  if (head.starts_with("action,")) return FileKind::actions;
  return FileKind::network;
}

}  // namespace

std::string_view to_string(FileKind kind) { return words(kind).name; }
std::string_view noun(FileKind kind) { return words(kind).noun; }

base::Result<FileKind> kind_of_file(const std::filesystem::path& file) {
  const auto extension = file.extension();
  if (extension == ".yaml" || extension == ".yml") {
    const auto root = base::read_yaml_file(file);
    if (!root) return root.problems();
    return kind_of(*root);
  }
  if (const auto missing = base::why_missing(file)) return base::failure({file.string(), 0, 0}, *missing);
  if (extension == ".tsr") return FileKind::trace;
  for (const char* protobuf : {".pb", ".txtpb", ".textproto", ".pbtxt"})
    if (extension == protobuf) return FileKind::program;
  return extension == ".json" || extension == ".csv" ? kind_of_results(file) : FileKind::network;
}

base::Diagnostics explained(base::Diagnostics problems, const std::filesystem::path& file, FileKind wanted) {
  if (problems.empty() || file.empty()) return problems;
  const auto kind = kind_of_file(file);
  if (!kind || *kind == FileKind::unknown || *kind == wanted) return problems;
  // What has no YAML name was taken for a network; where a network is not wanted, its reader knows better what it is.
  if (*kind == FileKind::network && file.extension() != ".onnx" && !file.string().ends_with("ml")) return problems;
  return base::failure({file.string(), 0, 0},
                       fmt::format("is {} where {} is expected; {}", noun(*kind), noun(wanted), words(*kind).use));
}

}  // namespace tessera::sim
