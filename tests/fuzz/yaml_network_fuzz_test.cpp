// YAML networks damaged in their structure, all the way: keys left out, doubled, misspelt, values of another kind, of
// another size, aliases where nobody expects them, blocks in blocks.
//
// Short by default. TESSERA_FUZZ_ROUNDS=N makes N files instead, TESSERA_FUZZ_SEED=S other ones.
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <random>
#include <regex>

#include "base/config/node.h"
#include "base/config/parameter.h"
#include "tests/fuzz/whole_way.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

using base::Node;

// All layers and blocks of the format, small.
constexpr const char* kBlocks = R"(
network: fuzz
inputs: {image: [1, 4, 8, 8]}
blocks:
  residual:
    parameters: [width, wide]
    layers:
      - {name: a, op: conv, out: $width, kernel: 3, pad: 1, activation: relu}
      - {name: b, op: depthwise_conv, kernel: $wide, pad: [1, 1, 1, 1], bias: false}
      - {name: sum, op: add, inputs: [b, a]}
layers:
  - {name: stem, op: conv, out: 8, kernel: [3, 3], stride: 2, pad: 1, activation: silu}
  - {name: body, block: residual, repeat: 2, width: 8, wide: 3}
  - {name: parts, op: split, axis: 1, parts: [2, 6]}
  - {name: joined, op: concat, axis: 1, inputs: [parts.1, parts.0]}
  - {name: up, op: resize, scale: 2, mode: linear}
  - {name: pool, op: max_pool, kernel: 2, stride: 2, ceil: true}
  - {name: scaled, op: mul, constant: 2}
  - {name: turned, op: transpose, order: [0, 2, 3, 1]}
  - {name: rows, op: reshape, shape: [1, 16, 8]}
  - {name: fc, op: gemm, out: 6, inputs: rows}
  - {name: again, op: transpose, order: [0, 2, 1]}
  - {name: scores, op: matmul, inputs: [fc, again]}
  - {name: norm, op: layernorm}
  - {name: soft, op: softmax, axis: -1}
outputs: [soft, pool]
)";

class Damage {
 public:
  explicit Damage(std::uint64_t seed) : random_(seed) {}

  void once(Node& root) {
    std::vector<Node*> all;
    collect(root, all);
    Node& node = *all[below(all.size())];
    switch (below(8)) {
      case 0: node = value(); return;
      case 1: node = Node::make_list({node, node}); return;
      case 2: node = Node::make_map({{Node::make_scalar("x"), node}}); return;
      case 3: node = Node(*all[below(all.size())]); return;  // what stands elsewhere, maybe inside the node itself
      default: inside(node);
    }
  }

 private:
  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }

  static void collect(Node& node, std::vector<Node*>& all) {
    all.push_back(&node);
    for (Node& item : node.items) collect(item, all);
    for (auto& entry : node.entries) collect(entry.value, all);
  }

  Node value() {
    static const std::vector<std::string> kValues{"0",
                                                  "-1",
                                                  "1",
                                                  "2",
                                                  "3",
                                                  "7",
                                                  "8",
                                                  "64",
                                                  "1000000",
                                                  "16777216",
                                                  "16777217",
                                                  "1099511627776",
                                                  "9223372036854775807",
                                                  "-9223372036854775808",
                                                  "99999999999999999999",
                                                  "1.5",
                                                  "1e999",
                                                  "nan",
                                                  "true",
                                                  "in",
                                                  "image",
                                                  "$width",
                                                  "$",
                                                  "conv",
                                                  "reshape",
                                                  "softmax",
                                                  "residual",
                                                  "stem",
                                                  "body/a",
                                                  "",
                                                  "~",
                                                  "010",
                                                  "3 KiB",
                                                  "\xC3\xA4",
                                                  "parts.7"};
    switch (below(6)) {
      case 0: return Node::make_list({Node::make_scalar("1"), Node::make_scalar("-1")});
      case 1: return Node::make_list();
      default: return Node::make_scalar(kValues[below(kValues.size())], below(4) == 0);
    }
  }

  void inside(Node& node) {
    if (node.is_list() && !node.items.empty()) {
      const std::size_t at = below(node.items.size());
      const auto place = node.items.begin() + static_cast<std::ptrdiff_t>(at);
      switch (below(4)) {
        case 0: node.items.erase(place); return;
        case 1: node.items.push_back(Node(node.items[at])); return;
        case 2: std::swap(node.items[at], node.items.front()); return;
        default: node.items[at] = value(); return;
      }
    }
    if (node.is_map() && !node.entries.empty()) {
      const std::size_t at = below(node.entries.size());
      switch (below(4)) {
        case 0: node.entries.erase(node.entries.begin() + static_cast<std::ptrdiff_t>(at)); return;
        case 1: node.entries[at].key.text += "x"; return;
        case 2: node.entries.push_back({Node::make_scalar(at % 2 == 0 ? "repeat" : "inputs"), value()}); return;
        default: node.entries[at].value = value(); return;
      }
    }
    node = value();
  }

  std::mt19937_64 random_;
};

std::vector<Node> seeds() {
  std::vector<Node> all;
  for (const char* name : {"tiny_attention", "tiny_cnn", "tiny_depthwise", "tiny_mlp", "tiny_residual"}) {
    const auto file = std::filesystem::path(TESSERA_SOURCE_DIR) / "models/zoo" / (std::string(name) + ".yaml");
    auto root = base::read_yaml_file(file);
    EXPECT_TRUE(root.ok());
    if (root) all.push_back(std::move(*root));
  }
  auto blocks = base::parse_yaml(kBlocks, "blocks");
  EXPECT_TRUE(blocks.ok()) << blocks.problems().to_string();
  for (int i = 0; i < 5; ++i) all.push_back(*blocks);
  return all;
}

// As text; a parameter of a block is no parameter in quotes.
std::string text_of(const Node& root) {
  static const std::regex kQuoted("\"(\\$[a-z]+)\"");
  return std::regex_replace(base::write_yaml(root), kQuoted, "$1");
}

TEST(YamlNetworkFuzz, DamagedStructureIsRefusedOrRuns) {
  const TempFolder folder;
  const auto file = folder / "net.yaml";
  const auto write = [&](const Node& root) { std::ofstream(file, std::ios::binary) << text_of(root); };
  const std::vector<Node> all = seeds();
  write(all.back());
  ASSERT_EQ(whole_way(file), Answer::ran);
  const std::uint64_t rounds = fuzz_rounds(1200);
  std::array<int, 4> answers{};
  for (std::uint64_t i = 0; i < rounds; ++i) {
    Damage damage((fuzz_seed() << 32) + i);
    Node root = all[i % all.size()];
    for (std::uint64_t n = 1 + i % 3; n > 0; --n) damage.once(root);
    write(root);
    ++answers[static_cast<std::size_t>(whole_way(file))];
    if (HasFailure()) FAIL() << "round " << i << "\n" << text_of(root);
  }
  EXPECT_GT(answers[static_cast<std::size_t>(Answer::refused)], static_cast<int>(rounds / 10));
  EXPECT_GT(answers[static_cast<std::size_t>(Answer::ran)] + answers[static_cast<std::size_t>(Answer::too_large)],
            static_cast<int>(rounds / 20));
  expect_little_memory();
}

}  // namespace
}  // namespace tessera::tests
