// ONNX files damaged in their structure, all the way. Whatever is in the file, the answer is a network that runs to its
// end or messages; never a crash, an endless loop or memory without bound.
//
// Short by default. TESSERA_FUZZ_ROUNDS=N makes N files instead, TESSERA_FUZZ_SEED=S other ones.
#include <gtest/gtest.h>

#include <array>
#include <fstream>

#include "tests/fuzz/onnx_draft.h"
#include "tests/fuzz/whole_way.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

class OnnxFuzz : public ::testing::Test {
 protected:
  Answer answer(const Draft& draft) {
    const auto file = folder_ / "net.onnx";
    std::ofstream(file, std::ios::binary) << draft.bytes();
    return whole_way(file);
  }

  TempFolder folder_;
};

TEST_F(OnnxFuzz, SeedsRunAsTheyAre) {
  const auto seeds = seed_drafts();
  for (std::size_t i = 0; i < seeds.size(); ++i)
    EXPECT_EQ(answer(seeds[i]), Answer::ran) << "seed " << i << " (" << seeds[i].nodes[0].type << ")";
}

TEST_F(OnnxFuzz, DamagedStructureIsRefusedOrRuns) {
  const auto seeds = seed_drafts();
  const std::uint64_t rounds = fuzz_rounds(2500);
  std::array<int, 4> answers{};
  for (std::uint64_t i = 0; i < rounds; ++i) {
    std::mt19937_64 random((fuzz_seed() << 32) + i);
    Draft draft = seeds[i % seeds.size()];
    for (std::uint64_t n = 1 + random() % 3; n > 0; --n) damage(draft, random);
    ++answers[static_cast<std::size_t>(answer(draft))];
    if (HasFailure()) FAIL() << "round " << i << ", " << draft.nodes[0].type;
  }
  // All ways must have been taken, or the damage tests nothing.
  EXPECT_GT(answers[static_cast<std::size_t>(Answer::refused)], static_cast<int>(rounds / 10));
  EXPECT_GT(answers[static_cast<std::size_t>(Answer::ran)], static_cast<int>(rounds / 10));
  expect_little_memory();
}

}  // namespace
}  // namespace tessera::tests
