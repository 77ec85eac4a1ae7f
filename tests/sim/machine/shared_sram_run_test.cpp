// Whole runs on a machine with a shared SRAM: what fits is fetched once, what is dead is never written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "scheduler/tiles/tile_graph.h"
#include "tests/golden/execution.h"
#include "tests/support/temp_folder.h"

namespace tessera::tests {
namespace {

using scheduler::Block;
using scheduler::kNoId;

constexpr std::int64_t kBurst = 32;  // of tiny_8x8

Execution run_with(const std::string& network, const std::string& capacity, std::vector<std::string> more = {},
                   const std::filesystem::path& out = {}) {
  more.push_back("shared_sram.capacity=" + capacity);
  return execute(shipped("tiny_8x8", network, "depth_first", more), out);
}

void add_bursts(std::set<std::int64_t>& bursts, const Block& block) {
  const auto& w = block.where;
  for (std::int64_t k = 0; k < w.count[2]; ++k)
    for (std::int64_t j = 0; j < w.count[1]; ++j)
      for (std::int64_t i = 0; i < w.count[0]; ++i) {
        const std::int64_t begin = w.base + k * w.stride[2] + j * w.stride[1] + i * w.stride[0];
        for (std::int64_t b = begin / kBurst; b <= (begin + w.run_bytes - 1) / kBurst; ++b) bursts.insert(b);
      }
}

struct Compulsory {
  std::int64_t read = 0, written = 0;
};

// Every burst of what comes from outside once, counted one by one; every store of what goes outside (two tiles that
// share a burst each write it).
Compulsory compulsory(const scheduler::TileGraph& graph) {
  std::set<std::int64_t> read;
  std::int64_t written = 0;
  for (const auto& tile : graph.tiles)
    for (const auto operand : {tile.input, tile.weight}) {
      if (operand == kNoId) continue;
      const Block& block = graph.blocks[operand];
      if (block.constant || block.network_input) add_bursts(read, block);
    }
  for (const auto& group : graph.groups)
    if (const Block& block = graph.blocks[group.output]; block.network_output) written += block.bytes;
  return {static_cast<std::int64_t>(read.size()) * kBurst, written};
}

class WholeNetwork : public testing::TestWithParam<std::string> {};

TEST_P(WholeNetwork, ThatFitsShowsCompulsoryTrafficOnly) {
  const Execution e = run_with(GetParam(), "1 MiB");
  ASSERT_TRUE(e.result.ok) << e.result.failure;
  const Compulsory least = compulsory(e.run.graph);
  EXPECT_EQ(e.summary().dram.read_bytes, least.read);
  EXPECT_EQ(e.summary().dram.write_bytes, least.written);
  EXPECT_EQ(e.summary().shared_sram->write_back_bytes, 0);
  // Without it, intermediates go out and come back.
  const Execution without = execute(shipped("tiny_8x8", GetParam(), "depth_first"));
  EXPECT_GT(without.summary().dram.read_bytes, least.read);
  EXPECT_GT(without.summary().dram.write_bytes, least.written);
}

TEST_P(WholeNetwork, MovesEveryByteOnceAtEachLevel) {
  for (const char* capacity : {"1 MiB", "8 KiB"}) {
    const Execution e = run_with(GetParam(), capacity);
    const auto& s = *e.summary().shared_sram;
    std::int64_t loaded = 0, stored = 0;
    for (const auto& item : e.records) {
      if (item.record.name == trace::Name::load) loaded += item.record.bytes();
      if (item.record.name == trace::Name::store) stored += item.record.bytes();
    }
    EXPECT_EQ(s.read_hit_bytes + s.read_miss_bytes, loaded);
    EXPECT_EQ(s.write_bytes + s.write_through_bytes, stored);
    EXPECT_EQ(e.summary().dram.read_bytes, s.read_miss_bytes);
    EXPECT_EQ(e.summary().dram.write_bytes, s.write_through_bytes + s.write_back_bytes);
  }
}

TEST_P(WholeNetwork, KeepsInvariantsAndBound) {
  for (const char* capacity : {"8 KiB", "32 KiB", "1 MiB"}) {
    const TempFolder out;
    const Execution e = run_with(GetParam(), capacity, {}, out.path());
    ASSERT_TRUE(e.result.ok) << e.result.failure;
    EXPECT_THAT(read_trace(out / "trace.tsr").violations, testing::IsEmpty());
    EXPECT_GE(e.summary().makespan, e.summary().bound.time());
    EXPECT_GE(e.summary().makespan, e.summary().bound_moved.time());
    EXPECT_GE(e.summary().makespan, e.summary().bound_network.time());
  }
}

TEST_P(WholeNetwork, RunsAheadAsItStepsWithSeveralRequests) {
  for (const char* replacement : {"lru", "policy"}) {
    const std::vector<std::string> set{"requests.count=2", std::string("shared_sram.replacement=") + replacement};
    std::vector<std::string> stepwise = set;
    stepwise.push_back("engine=stepwise");
    const Execution a = run_with(GetParam(), "16 KiB", set), b = run_with(GetParam(), "16 KiB", stepwise);
    EXPECT_EQ(a.makespan(), b.makespan());
    EXPECT_EQ(a.summary().dram.read_bytes, b.summary().dram.read_bytes);
    EXPECT_EQ(a.summary().dram.write_bytes, b.summary().dram.write_bytes);
    EXPECT_EQ(a.summary().shared_sram->dropped_dirty_bytes, b.summary().shared_sram->dropped_dirty_bytes);
  }
}

INSTANTIATE_TEST_SUITE_P(Tiny, WholeNetwork, testing::Values("tiny_cnn", "tiny_residual", "tiny_depthwise"),
                         [](const auto& one) { return one.param; });

// Every intermediate is stored there, read from there, and gone with its last load.
TEST(SharedSramRun, DropsWhatIsDead) {
  const Execution e = run_with("tiny_cnn", "1 MiB");
  std::set<std::int64_t> intermediate;
  for (const auto& group : e.run.graph.groups) {
    const Block& block = e.run.graph.blocks[group.output];
    if (!block.network_output) add_bursts(intermediate, block);
  }
  EXPECT_FALSE(intermediate.empty());
  EXPECT_EQ(e.summary().shared_sram->dropped_dirty_bytes, static_cast<std::int64_t>(intermediate.size()) * kBurst);
}

TEST(SharedSramRun, BuffersShareNoLine) {
  const Execution e = run_with("tiny_residual", "64 KiB", {"requests.count=3", "shared_sram.line=512 B"});
  std::set<std::int64_t> lines;
  for (const auto& buffer : e.run.graph.buffers) {
    if (buffer.loads == 0) continue;  // copies of constants for further requests
    for (std::int64_t line = buffer.begin / 512; line <= (buffer.end - 1) / 512; ++line) {
      EXPECT_TRUE(lines.insert(line).second) << "line " << line << " holds two buffers";
    }
  }
}

// Weights that are used once do not push activations out.
TEST(SharedSramRun, PolicyKeepsWhatIsUsedAgain) {
  const auto traffic = [](const char* replacement) {
    const Execution e = run_with("tiny_residual", "16 KiB", {std::string("shared_sram.replacement=") + replacement});
    return e.summary().dram.read_bytes + e.summary().dram.write_bytes;
  };
  EXPECT_LE(traffic("policy"), traffic("lru"));
}

}  // namespace
}  // namespace tessera::tests
