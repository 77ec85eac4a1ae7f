#include "arch/dram/simple_memory.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "arch/dram/dram_limits.h"

namespace tessera::arch {
namespace {

using base::Ps;

DramSpec two_channels() {
  DramSpec spec;
  spec.channels = 2;
  spec.simple = {.bytes_per_second = 3'000'000'000, .latency = Ps{50'000}};
  spec.burst = Bytes{64};
  spec.interleave = Bytes{256};
  return spec;
}

std::vector<MemoryAnswer> all_answers(Memory& memory) {
  std::vector<MemoryAnswer> answers;
  while (memory.next() != base::kNever) memory.advance(memory.next(), answers);
  return answers;
}

TEST(SimpleMemory, AnswersAfterLatencyAndTransfer) {
  const auto memory = make_memory(two_channels());
  EXPECT_EQ(memory->next(), base::kNever);
  memory->submit({.address = 0, .bytes = 192, .write = false, .tag = 7, .arrival = Ps{1000}});
  // 192 B at 3 GB/s = 64 ns, after 50 ns.
  EXPECT_EQ(memory->next(), Ps{1000 + 50'000 + 64'000});
  std::vector<MemoryAnswer> answers;
  memory->advance(Ps{114'999}, answers);
  EXPECT_TRUE(answers.empty());
  memory->advance(Ps{115'000}, answers);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0], (MemoryAnswer{Ps{115'000}, 7}));
}

TEST(SimpleMemory, RoundingDoesNotAddUp) {
  const auto memory = make_memory(two_channels());
  // 64 B take 21333.3 ps; three in a row take 64 ns exactly.
  for (std::uint32_t i = 0; i < 3; ++i)
    memory->submit({.address = i * 64, .bytes = 64, .write = false, .tag = i, .arrival = Ps{0}});
  const auto answers = all_answers(*memory);
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_EQ(answers[0].time, Ps{50'000 + 21'334});
  EXPECT_EQ(answers[1].time, Ps{50'000 + 42'667});
  EXPECT_EQ(answers[2].time, Ps{50'000 + 64'000});
}

TEST(SimpleMemory, PacketOverTwoChannelsIsDoneWithItsLastPart) {
  const auto memory = make_memory(two_channels());
  memory->submit({.address = 256, .bytes = 192, .write = true, .tag = 1, .arrival = Ps{0}});   // channel 1 busy 64 ns
  memory->submit({.address = 192, .bytes = 128, .write = true, .tag = 2, .arrival = Ps{0}});   // half each
  memory->submit({.address = 512, .bytes = 192, .write = false, .tag = 3, .arrival = Ps{0}});  // channel 0 again
  const auto answers = all_answers(*memory);
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_EQ(answers[0], (MemoryAnswer{Ps{114'000}, 1}));
  EXPECT_EQ(answers[1], (MemoryAnswer{Ps{50'000 + 85'334}, 2}));
  EXPECT_EQ(answers[2], (MemoryAnswer{Ps{50'000 + 85'334}, 3}));
  const auto statistics = memory->statistics();
  EXPECT_EQ(statistics.write_bytes, 320);
  EXPECT_EQ(statistics.writes, 5);
  EXPECT_EQ(statistics.reads, 3);
  ASSERT_EQ(statistics.channel_busy.size(), 2u);
  EXPECT_EQ(statistics.channel_busy[0], Ps{85'334});
}

TEST(SimpleMemory, APacketWaitsForItsLatestPieceNotForItsLast) {
  const auto memory = make_memory(two_channels());
  memory->submit({.address = 0, .bytes = 192, .write = false, .tag = 1, .arrival = Ps{0}});  // channel 0 busy 64 ns
  memory->submit(
      {.address = 192, .bytes = 128, .write = false, .tag = 2, .arrival = Ps{0}});  // the second half is free
  const auto answers = all_answers(*memory);
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[1], (MemoryAnswer{Ps{50'000 + 85'334}, 2}));
}

// 64 B end at 21333.3 ps, which is 21334: what arrives then carries on from the third, not from the whole.
TEST(SimpleMemory, APacketThatArrivesAtTheEndOfAnotherCarriesOn) {
  const auto memory = make_memory(two_channels());
  memory->submit({.address = 0, .bytes = 64, .write = false, .tag = 1, .arrival = Ps{0}});
  memory->submit({.address = 64, .bytes = 64, .write = false, .tag = 2, .arrival = Ps{21'334}});
  EXPECT_EQ(all_answers(*memory).at(1).time, Ps{50'000 + 42'667});
}

// Two runs of 64 ns with a pause between them. Each packet has three bursts, and each burst the packet's latency.
TEST(SimpleMemory, CountsEveryRunAndTheLatencyOfEveryBurst) {
  const auto memory = make_memory(two_channels());
  memory->submit({.address = 0, .bytes = 192, .write = false, .tag = 1, .arrival = Ps{0}});
  memory->submit({.address = 0, .bytes = 192, .write = false, .tag = 2, .arrival = Ps{100'000}});
  (void)all_answers(*memory);
  EXPECT_EQ(memory->statistics().channel_busy[0], Ps{128'000});
  EXPECT_EQ(memory->statistics().channel_busy[1], Ps{0});
  EXPECT_EQ(memory->statistics().read_latency, Ps{2 * 3 * 114'000});
}

TEST(SimpleMemory, NeverBeatsItsBounds) {
  const auto spec = two_channels();
  const auto memory = make_memory(spec);
  std::int64_t bytes = 0;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    memory->submit(
        {.address = (i * 7919 % 4096) * 64, .bytes = 256, .write = i % 3 == 0, .tag = i, .arrival = Ps{i * 1001}});
    bytes += 256;
  }
  const auto answers = all_answers(*memory);
  const DramLimits limits = dram_limits(spec);
  const auto least = static_cast<__int128>(bytes) * 1'000'000'000'000 / limits.peak_bytes_per_second;
  EXPECT_GE(answers.back().time,
            std::min(limits.read_latency, limits.write_latency) + Ps{static_cast<std::int64_t>(least)});
}

}  // namespace
}  // namespace tessera::arch
