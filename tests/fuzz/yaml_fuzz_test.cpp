// Mutated configurations: whatever the bytes, the reader answers with a value or with messages that have a place.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "arch/spec/npu_reader.h"
#include "base/config/node.h"
#include "base/config/parameter.h"
#include "sim/config/run_parameters.h"

namespace tessera {
namespace {

const std::vector<std::string> kPieces{"{",
                                       "}",
                                       "[",
                                       "]",
                                       ":",
                                       ": ",
                                       "- ",
                                       "&a ",
                                       "*a",
                                       "!t ",
                                       "<<: ",
                                       "\"",
                                       "'",
                                       "|\n",
                                       ">\n",
                                       "#",
                                       "\n",
                                       "\t",
                                       "---\n",
                                       "...\n",
                                       "%YAML 1.2\n",
                                       "? ",
                                       "\\",
                                       "\xC3",
                                       "\xEF\xBB\xBF",
                                       std::string(1, '\0'),
                                       "\r",
                                       "9223372036854775807",
                                       "-1",
                                       "1e999",
                                       "010",
                                       "yes",
                                       "null",
                                       "~",
                                       "GHz",
                                       " KiB",
                                       "core",
                                       "rows",
                                       "dma: ",
                                       "@",
                                       "`"};

std::vector<std::string> seeds() {
  std::vector<std::filesystem::path> files;
  for (const char* folder : {"configs/npu", "configs/runs", "tests/cli/bad"}) {
    const auto path = std::filesystem::path(TESSERA_SOURCE_DIR) / folder;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> texts;
  for (const auto& file : files) {
    auto text = base::read_text_file(file);
    if (text) texts.push_back(std::move(*text));
  }
  return texts;
}

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  std::string mutate(std::string text) {
    for (std::uint64_t i = 0, n = 1 + random_() % 8; i < n; ++i) once(text);
    return text;
  }

 private:
  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }
  void once(std::string& text) {
    const std::size_t at = below(text.size() + 1), length = below(40);
    switch (random_() % 6) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(random_());
        break;
      case 1: text.erase(std::min(at, text.size()), length); break;
      case 2: text.insert(at, kPieces[below(kPieces.size())]); break;
      case 3: text.insert(at, text.substr(below(text.size()), length)); break;
      case 4: text.resize(at); break;
      case 5:
        for (std::uint64_t i = 0; i < 60; ++i) text.insert(at, kPieces[i % 2 == 0 ? 2 : 4]);
        break;
    }
  }
  std::mt19937_64 random_;
};

void expect_places(const base::Diagnostics& problems, const std::string& text) {
  const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  ASSERT_FALSE(problems.empty());
  for (const auto& d : problems.list()) {
    ASSERT_FALSE(d.message.empty());
    ASSERT_LE(d.where.line, lines + 1) << d.to_string();
    ASSERT_GE(d.where.line, 0);
  }
}

TEST(YamlFuzz, EveryTextIsReadOrRefusedWithAPlace) {
  const auto texts = seeds();
  ASSERT_GE(texts.size(), 10u);
  int read = 0, refused = 0;
  for (std::uint64_t i = 0; i < 3000; ++i) {
    const std::string text = Mutator(i).mutate(texts[i % texts.size()]);
    const auto root = base::parse_yaml(text, "fuzz.yaml");
    if (!root) {
      ++refused;
      expect_places(root.problems(), text);
      continue;
    }
    ++read;
    const auto npu = arch::read_npu(*root, "fuzz", {});
    if (!npu) expect_places(npu.problems(), text);
    base::Diagnostics problems;
    sim::RunSpec spec;
    sim::run_parameters().read(*root, spec, problems);
    // What was read can be written, and is then read without complaint.
    const auto again = base::parse_yaml(base::write_yaml(*root), "again.yaml");
    ASSERT_TRUE(again) << i << "\n" << again.problems().to_string() << text;
  }
  // Both ways must have been taken, or the mutations test nothing.
  EXPECT_GT(read, 100);
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace tessera
