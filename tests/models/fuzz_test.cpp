// Damaged files: a reader answers with a network or with messages, never with a crash. The sanitizer preset makes
// this bite; the seeds are fixed, so a failure repeats.
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "models/read_network.h"
#include "tests/models/build_graph.h"

namespace tessera::models::tests {
namespace {

std::string content(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// A network with most kinds of operators.
std::string seed_onnx() {
  return OnnxBuilder()
      .input("x", {1, 3, 8, 8})
      .weight("w", {4, 3, 3, 3})
      .weight("b", {4})
      .weight("f", {36, 5})
      .shape("s", {1, -1})
      .shape("z", {0})
      .shape("e", {1})
      .node("Conv", {"x", "w", "b"}, {"c"}, {{"pads", {1, 1, 1, 1}}, {"strides", {1, 1}}})
      .node("Sigmoid", {"c"}, {"g"})
      .node("Mul", {"c", "g"}, {"m"})
      .node("MaxPool", {"m"}, {"p"}, {{"kernel_shape", {2, 2}}, {"strides", {2, 2}}})
      .node("Split", {"p"}, {"q", "r"}, {{"=axis", {1}}})
      .node("Concat", {"r", "q"}, {"t"}, {{"=axis", {1}}})
      .node("Transpose", {"t"}, {"u"}, {{"perm", {0, 1, 3, 2}}})
      .node("Slice", {"u", "z", "e"}, {"v"})
      .node("Shape", {"u"}, {"sh"})
      .node("Gather", {"sh", "z"}, {"ga"})
      .node("ReduceMean", {"u"}, {"y"}, {{"axes", {1}}})
      .output("y")
      .output("v")
      .bytes();
}

// Reads the bytes; whatever comes out must be consistent enough to walk.
void digest(const std::filesystem::path& path) {
  const auto n = read_network(path);
  if (!n.ok()) {
    EXPECT_FALSE(n.problems().to_string().empty());
    return;
  }
  for (const Operator& op : n->operators)
    for (std::size_t i = 0; i < op.inputs.size(); ++i) {
      const Box box = source_box(*n, op, i, whole(n->tensors[op.output].shape));
      EXPECT_FALSE(box.empty());
      EXPECT_TRUE(whole(n->root(op.inputs[i]).shape).contains(n->root_box(op.inputs[i], box)));
    }
  EXPECT_GE(n->macs(), 0);
}

void mutate(std::string& bytes, std::mt19937& random) {
  const int changes = 1 + static_cast<int>(random() % 4);
  for (int i = 0; i < changes && !bytes.empty(); ++i) {
    const std::size_t at = random() % bytes.size();
    switch (random() % 4) {
      case 0: bytes[at] = static_cast<char>(random()); break;
      case 1: bytes[at] = static_cast<char>(bytes[at] ^ (1 << (random() % 8))); break;
      case 2: bytes.erase(at, 1 + random() % 4); break;
      default: bytes.insert(at, 1, static_cast<char>(random() % 3 == 0 ? 0xff : random() % 16)); break;
    }
  }
}

TEST(Fuzz, MutatedOnnxFiles) {
  const std::string seed = seed_onnx();
  ASSERT_TRUE(read_network(scratch_file("seed.onnx", seed)).ok())
      << read_network(scratch_file("seed.onnx", seed)).problems().to_string();
  std::mt19937 random(11);
  for (int i = 0; i < 1000; ++i) {
    std::string bytes = seed;
    mutate(bytes, random);
    digest(scratch_file("fuzz.onnx", bytes));
    if (HasFailure()) FAIL() << "mutation " << i;
  }
}

TEST(Fuzz, RandomBytes) {
  std::mt19937 random(5);
  for (int i = 0; i < 300; ++i) {
    std::string bytes(random() % 200, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    digest(scratch_file("random.onnx", bytes));
  }
}

TEST(Fuzz, MutatedYamlGraphs) {
  const auto zoo = std::filesystem::path(TESSERA_SOURCE_DIR) / "models/zoo";
  for (const char* name : {"tiny_residual.yaml", "tiny_attention.yaml", "tiny_depthwise.yaml"}) {
    const std::string seed = content(zoo / name);
    ASSERT_FALSE(seed.empty());
    std::mt19937 random(23);
    for (int i = 0; i < 300; ++i) {
      std::string bytes = seed;
      mutate(bytes, random);
      digest(scratch_file("fuzz.yaml", bytes));
      if (HasFailure()) FAIL() << name << " mutation " << i;
    }
  }
}

}  // namespace
}  // namespace tessera::models::tests
