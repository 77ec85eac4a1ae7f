// docs/formats.md: its examples are read by the program's own readers, and its tables name what the program writes.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <vector>

#include "arch/dram/builtin_standards.h"
#include "arch/dram/standard_keys.h"
#include "arch/energy/builtin_tables.h"
#include "arch/energy/table.h"
#include "arch/energy/table_keys.h"
#include "base/config/node.h"
#include "models/read_network.h"
#include "tests/golden/execution.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

const std::filesystem::path kSources = TESSERA_SOURCE_DIR;

const std::string& page() {
  static const std::string text = file_bytes(kSources / "docs/formats.md");
  return text;
}

struct Example {
  std::string kind, text;
  int line = 0;
};

// Blocks that are fenced as ```yaml KIND.
std::vector<Example> examples() {
  std::vector<Example> list;
  std::istringstream lines(page());
  std::string line;
  bool inside = false;
  for (int number = 1; std::getline(lines, line); ++number) {
    const std::string fence = "```yaml ";
    if (inside && line == "```") inside = false;
    else if (inside) list.back().text += line + "\n";
    else if (line.rfind(fence, 0) == 0) {
      list.push_back({line.substr(fence.size()), "", number});
      inside = true;
    }
  }
  return list;
}

// What is wrong with an example, by the reader of its kind. Paths are relative to the sources.
std::string problems(const Example& example, const std::filesystem::path& folder) {
  const auto file = folder / "example.yaml";
  std::ofstream(file) << example.text;
  const auto of = [](const auto& result) { return result ? std::string() : result.problems().to_string(); };
  if (example.kind == "network") return of(models::read_network(file));
  if (example.kind == "machine") return of(sim::read_machine(file, {}));
  if (example.kind == "dram") return of(arch::parse_dram_standard(example.text, "example.yaml"));
  if (example.kind == "energy") return of(arch::parse_energy_table(example.text, "example.yaml"));
  if (example.kind == "program") {
    sim::RunArguments run = shipped("tiny_8x8", "tiny_mlp");
    run.model_file.clear();
    run.program_file = file;
    const auto spec = sim::read_run(run);
    return spec ? of(sim::prepare(*spec)) : spec.problems().to_string();
  }
  if (example.kind != "run") return "no reader for \"" + example.kind + "\"";
  sim::RunArguments arguments;
  arguments.run_file = file;
  const auto run = sim::read_run(arguments);
  return run ? of(sim::prepare(*run)) : run.problems().to_string();
}

TEST(DocumentedExamples, AreRead) {
  const TempFolder folder;
  for (const char* name : {"configs", "models"})
    std::filesystem::create_directory_symlink(kSources / name, folder.path() / name);
  std::map<std::string, int> count;
  for (const Example& example : examples()) {
    ++count[example.kind];
    EXPECT_EQ(problems(example, folder.path()), "") << "docs/formats.md:" << example.line;
  }
  for (const char* kind : {"network", "machine", "run", "dram", "energy", "program"}) EXPECT_GE(count[kind], 1) << kind;
}

TEST(DocumentedExamples, ScheduleColumnsAreThoseOfTheFile) {
  const TempFolder out;
  (void)execute(shipped("tiny_8x8", "tiny_mlp"), out.path());
  std::ifstream file(out / "schedule.csv");
  std::string header;
  std::getline(file, header);
  const auto begin = page().find("## schedule.csv"), end = page().find("## summary.json");
  ASSERT_LT(begin, end);
  std::istringstream lines(page().substr(begin, end - begin));
  std::string documented, line;
  while (std::getline(lines, line)) {
    if (line.rfind("| `", 0) != 0) continue;
    std::string names = line.substr(2, line.find(" |", 2) - 2);  // "`a`, `b`"
    for (const char c : names)
      if (c != '`' && c != ' ') documented += c;
    documented += ',';
  }
  EXPECT_EQ(documented, header + ",");
}

// Paths of the scalars and lists of a map: "timings.nCL". Names that a file's author chooses become a placeholder.
void collect_paths(const base::Node& map, const std::string& prefix, std::set<std::string>& paths) {
  for (const base::Entry& entry : map.entries) {
    std::string path = prefix + entry.name();
    const bool figure = entry.value.find("confidence") != nullptr;
    if (figure) {
      paths.insert(path);
      collect_paths(entry.value, "FIGURE.", paths);
    } else if (entry.value.is_map()) {
      collect_paths(entry.value, prefix == "dram." ? "dram.MEMORY." : path + ".", paths);
    } else {
      paths.insert(path);
    }
    for (const base::Node& item : entry.value.items) collect_paths(item, path + "[].", paths);
  }
}

void expect_listed(std::string_view text, const std::vector<base::ParameterInfo>& keys) {
  const auto tree = base::parse_yaml(std::string(text), "shipped.yaml");
  ASSERT_TRUE(tree.ok());
  std::set<std::string> paths;
  collect_paths(*tree, "", paths);
  EXPECT_GT(paths.size(), 5U);
  for (const std::string& path : paths)
    EXPECT_TRUE(std::ranges::any_of(keys, [&](const auto& k) { return k.path == path; })) << path;
}

TEST(ListedKeys, AreAllThatShippedFilesHave) {
  for (const auto& standard : arch::builtin_dram_standards()) expect_listed(standard.text, arch::dram_standard_keys());
  for (const auto& table : arch::builtin_energy_tables()) expect_listed(table.text, arch::energy_table_keys());
}

// A standard of all keys that are listed, and no others, is read without a complaint about any.
TEST(ListedKeys, OfAStandardAreThoseOfTheReader) {
  std::string top, timings = "timings:\n";
  for (const base::ParameterInfo& k : arch::dram_standard_keys()) {
    if (k.path == "pseudo_channels") continue;  // instead of ranks
    const std::map<std::string, std::string> values{
        {"text", "x"}, {"time", "1 ns"}, {"size", "64 B"}, {"flag", "false"}, {"choice", "oldest_ready"}};
    const auto value = values.find(k.kind);
    const bool timing = k.path.rfind("timings.", 0) == 0;
    const std::string number = k.path == "timings.nREFI" ? "1000" : k.path == "timings.nAAD" ? "0" : "1";
    const std::string line =
        (timing ? "  " + k.path.substr(8) : k.path) + ": " + (value == values.end() ? number : value->second) + "\n";
    (timing ? timings : top) += line;
  }
  const auto standard = arch::parse_dram_standard(top + timings, "all.yaml");
  EXPECT_TRUE(standard.ok()) << standard.problems().to_string();
}

// A key stands on the page by itself, or with its place as the table of measures has it. An object needs no words of
// its own where what is in it has some.
void expect_explained(const nlohmann::json& value, const std::string& place) {
  if (value.is_array() && !value.empty()) expect_explained(value.front(), place + "[]");
  if (!value.is_object()) return;
  const bool operands = place == "double_buffering";
  for (const auto& [key, item] : value.items()) {
    const std::string path = (place.empty() ? "" : place + ".") + (operands ? "OPERAND" : key);
    const auto says = [](const std::string& text) { return page().find(text) != std::string::npos; };
    EXPECT_TRUE(says("`" + key + "`") || says("`" + path + "`") || says("`" + path + ".")) << path;
    expect_explained(item, path);
  }
}

// Of a run with everything that can be there: shared SRAM, energy, the machine's own trace buffer.
TEST(DocumentedExamples, SummaryKeysAreExplained) {
  const TempFolder out;
  (void)execute(shipped("tiny_8x8", "tiny_mlp", "depth_first", {"shared_sram.capacity=64 KiB", "trace.device=true"}),
                out.path());
  expect_explained(nlohmann::json::parse(file_bytes(out / "summary.json")), "");
}

}  // namespace
}  // namespace tessera::tests
