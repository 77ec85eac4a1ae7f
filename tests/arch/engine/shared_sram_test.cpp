// The shared SRAM against a plain map from burst to {present, dirty}: what it asks of the DRAM and what it answers.
#include "arch/engine/shared_sram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace tessera::arch {
namespace {

using base::Ps;

// A DRAM that records what it is asked and answers everything after a fixed time.
class RecordingMemory : public Memory {
 public:
  struct Log {
    std::int64_t read_bytes = 0, write_bytes = 0;
    std::set<std::int64_t> read_bursts;
    std::vector<MemoryRequest> all;
  };
  explicit RecordingMemory(Log& log) : log_(log) {}
  void submit(const MemoryRequest& r) override {
    EXPECT_GE(r.arrival, last_arrival_);
    last_arrival_ = r.arrival;
    (r.write ? log_.write_bytes : log_.read_bytes) += r.bytes;
    log_.all.push_back(r);
    for (std::int64_t a = r.address; !r.write && a < r.address + r.bytes; a += 64) log_.read_bursts.insert(a);
    pending_.push_back({r.arrival + Ps{100'000}, r.tag});
  }
  [[nodiscard]] Ps next() const override { return pending_.empty() ? base::kNever : pending_.front().time; }
  void advance(Ps until, std::vector<MemoryAnswer>& answers) override {
    while (!pending_.empty() && pending_.front().time <= until) {
      answers.push_back(pending_.front());
      pending_.pop_front();
    }
  }
  [[nodiscard]] MemoryStatistics statistics() const override { return {}; }

 private:
  Log& log_;
  std::deque<MemoryAnswer> pending_;
  Ps last_arrival_{0};
};

struct Bench {
  explicit Bench(std::int64_t capacity, std::int64_t line = 256) {
    SharedSramSpec spec;
    spec.capacity = Bytes{capacity};
    spec.line = Bytes{line};
    spec.bytes_per_cycle = 64;
    spec.latency = Cycles{4};
    sram =
        std::make_unique<SharedSram>(spec, Clock::from_hz(1'000'000'000), 64, std::make_unique<RecordingMemory>(log));
  }
  // Submits one packet and waits for its answer.
  Ps once(std::int64_t address, std::int32_t bytes, bool write, bool through = false, bool keep = true) {
    MemoryRequest r{address, bytes, write, 7, now};
    r.write_through = through;
    r.keep = keep;
    sram->submit(r);
    std::vector<MemoryAnswer> answers;
    const Ps start = now;
    while (answers.empty()) {
      now = sram->next();
      sram->advance(now, answers);
    }
    EXPECT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].tag, 7U);
    return now - start;
  }
  RecordingMemory::Log log;
  std::unique_ptr<SharedSram> sram;
  Ps now{0};
};

TEST(SharedSram, SecondReadOfALineStaysOnChip) {
  Bench b(4096);
  EXPECT_EQ(b.once(0, 256, false), Ps{4'000 + 4'000 + 100'000});
  EXPECT_EQ(b.once(0, 256, false), Ps{4'000 + 4'000});
  EXPECT_EQ(b.log.read_bytes, 256);
}

// By hand: the first read passes the port in 4 ns, is looked up 4 ns later, and its data comes 100 ns later. The second
// passes the port behind it and wants the same bursts: it waits for that fetch, and nothing more is fetched.
TEST(SharedSram, AReadOfWhatIsBeingFetchedWaitsForIt) {
  Bench b(4096);
  for (const std::uint32_t tag : {1u, 2u}) b.sram->submit({0, 256, false, tag, Ps{0}});
  std::vector<MemoryAnswer> answers;
  while (b.sram->next() != base::kNever) b.sram->advance(b.sram->next(), answers);
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].time, Ps{108'000});
  EXPECT_EQ(answers[1].time, Ps{108'000});
  EXPECT_EQ(answers[0].dram_bytes, 256);
  EXPECT_EQ(answers[1].dram_bytes, 0) << "it brought nothing from the DRAM itself";
  EXPECT_EQ(b.log.read_bytes, 256);
  EXPECT_EQ(b.sram->shared_statistics().read_hit_bytes, 256);
  EXPECT_EQ(b.sram->shared_statistics().read_miss_bytes, 256);
}

// A read that wants more than the fetch under way brings waits for its own part too.
TEST(SharedSram, AReadThatWantsMoreWaitsForBoth) {
  Bench b(4096);
  b.sram->submit({0, 64, false, 1, Ps{0}});
  b.sram->submit({0, 128, false, 2, Ps{0}});
  std::vector<MemoryAnswer> answers;
  while (b.sram->next() != base::kNever) b.sram->advance(b.sram->next(), answers);
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].time, Ps{1'000 + 4'000 + 100'000});
  EXPECT_EQ(answers[1].time, Ps{3'000 + 4'000 + 100'000}) << "its own burst was asked for at 7 ns";
  EXPECT_EQ(answers[1].dram_bytes, 64);
  EXPECT_EQ(b.log.all.size(), 2u);
}

// A tebibyte of lines costs memory for those that are used.
TEST(SharedSram, MayBeAsLargeAsAParameterAllows) {
  Bench b(std::int64_t{1} << 40, 64);
  EXPECT_EQ(b.once(0, 64, false), Ps{105'000});
  EXPECT_EQ(b.once(0, 64, false), Ps{5'000});
}

TEST(SharedSram, OnlyMissingBurstsAreFetched) {
  Bench b(4096);
  b.once(64, 64, false);
  b.once(0, 256, false);
  EXPECT_EQ(b.log.read_bytes, 256);
  EXPECT_EQ(b.log.read_bursts.size(), 4U);
}

TEST(SharedSram, AStoreIsReadBackWithoutDram) {
  Bench b(4096);
  b.once(512, 128, true);
  b.once(512, 128, false);
  EXPECT_EQ(b.log.read_bytes + b.log.write_bytes, 0);
}

TEST(SharedSram, ReplacedDirtyLineIsWrittenBackOnceAndCleanOnesAreNot) {
  Bench b(512);  // two lines
  b.once(0, 256, true);
  b.once(256, 256, false);
  b.once(512, 256, false);  // replaces the dirty line
  b.once(768, 256, false);  // replaces a clean one
  EXPECT_EQ(b.log.write_bytes, 256);
  EXPECT_EQ(b.sram->shared_statistics().write_back_bytes, 256);
}

TEST(SharedSram, DeadTensorIsNeverWrittenBack) {
  Bench b(512);
  b.once(0, 256, true);
  b.sram->drop(0, 256);
  b.once(256, 256, false);
  b.once(512, 256, false);
  b.once(768, 256, false);
  EXPECT_EQ(b.log.write_bytes, 0);
  EXPECT_EQ(b.sram->shared_statistics().dropped_dirty_bytes, 256);
}

TEST(SharedSram, NetworkOutputIsWrittenThrough) {
  Bench b(4096);
  b.once(0, 256, true, true);
  EXPECT_EQ(b.log.write_bytes, 256);
  b.once(0, 256, false);
  EXPECT_EQ(b.log.read_bytes, 0);
}

// Four lines; the fourth is the newest, and yet the first to go when it was not to be kept.
TEST(SharedSram, LinesThatAreNotKeptGoFirst) {
  for (const bool keep : {true, false}) {
    Bench b(1024);
    for (const std::int64_t address : {0, 256, 512}) b.once(address, 256, false);
    b.once(768, 256, false, false, keep);
    b.once(1024, 256, false);  // takes somebody's place
    const std::int64_t before = b.log.read_bytes;
    b.once(keep ? 768 : 0, 256, false);
    EXPECT_EQ(b.log.read_bytes, before) << "still there";
    b.once(keep ? 0 : 768, 256, false);
    EXPECT_EQ(b.log.read_bytes, before + 256) << "gone";
  }
}

// The packet has the first burst of the line, and more may follow.
TEST(SharedSram, ALineThatIsNotKeptStaysUntilItsLastPacket) {
  Bench b(1024);
  for (const std::int64_t address : {0, 256, 512}) b.once(address, 256, false);
  b.once(768, 64, false, false, false);
  b.once(1024, 256, false);  // takes the place of the oldest line
  const std::int64_t before = b.log.read_bytes;
  b.once(768, 64, false);
  EXPECT_EQ(b.log.read_bytes, before);
}

TEST(SharedSram, ADirtyLineIsNotWrittenBackForNotBeingKept) {
  Bench b(1024);
  for (const std::int64_t address : {0, 256, 512}) b.once(address, 256, false);
  b.once(768, 256, true, false, false);
  b.once(1024, 256, false);
  EXPECT_EQ(b.log.write_bytes, 0);
}

// Two of the line's four bursts are there, one of them dirty.
TEST(SharedSram, OfALineOnlyTheDirtyBurstsAreWrittenBack) {
  Bench b(512);
  b.once(0, 128, false);
  b.once(64, 64, true);
  b.once(256, 256, false);
  b.once(512, 256, false);  // replaces it
  ASSERT_EQ(b.log.write_bytes, 64);
  const auto written = std::find_if(b.log.all.begin(), b.log.all.end(), [](const auto& r) { return r.write; });
  EXPECT_EQ(written->address, 64);
}

TEST(SharedSram, WhatHasBeenWrittenThroughIsCleanAgain) {
  Bench b(512);
  b.once(0, 64, true);
  b.once(0, 64, true, true);
  b.once(256, 256, false);
  b.once(512, 256, false);  // replaces it
  EXPECT_EQ(b.log.write_bytes, 64) << "once, through";
  EXPECT_EQ(b.sram->shared_statistics().write_back_bytes, 0);
}

TEST(SharedSram, ALineThatLiesPartlyInADeadTensorStays) {
  Bench b(4096);
  b.once(0, 512, true);
  b.sram->drop(64, 512);
  EXPECT_EQ(b.sram->shared_statistics().dropped_dirty_bytes, 256) << "the second line";
  b.once(0, 256, false);
  EXPECT_EQ(b.log.read_bytes, 0);
}

// The third packet wants what the first one fetches until 108 ns. It passes the port behind the second, from 132 to
// 133 ns, and is looked up at 137.
TEST(SharedSram, APacketIsNotAnsweredBeforeItHasPassedThePort) {
  Bench b(32768);
  b.sram->submit({0, 256, false, 1, Ps{0}});
  b.sram->submit({8192, 8192, false, 2, Ps{0}});
  b.sram->submit({0, 64, false, 3, Ps{0}});
  std::vector<MemoryAnswer> answers;
  while (b.sram->next() != base::kNever) b.sram->advance(b.sram->next(), answers);
  const auto third = std::find_if(answers.begin(), answers.end(), [](const auto& a) { return a.tag == 3; });
  ASSERT_NE(third, answers.end());
  EXPECT_EQ(third->time, Ps{137'000});
}

// Random packets, many under way at once: with room for everything each burst is read at most once and never after it
// was stored; with little room, bursts read + bursts hit = bursts asked, and what was stored is written back before it
// is read again from DRAM.
TEST(SharedSram, RandomTrafficConservesBursts) {
  std::mt19937 random(11);
  for (const std::int64_t capacity : {std::int64_t{64} * 1024, std::int64_t{2048}, std::int64_t{1024}}) {
    for (int round = 0; round < 20; ++round) {
      Bench b(capacity, random() % 2 == 0 ? 256 : 512);
      std::vector<MemoryAnswer> answers;
      std::set<std::int64_t> stored;
      std::int64_t asked = 0;
      std::uint32_t submitted = 0;
      Ps last{0};
      for (std::uint32_t i = 0; i < 400; ++i) {
        const auto address = static_cast<std::int64_t>(random() % 256) * 64;
        const auto bytes = static_cast<std::int32_t>(64 * (1 + random() % 4));
        const bool write = random() % 4 == 0;
        for (std::int64_t a = address; a < address + bytes; a += 64) {
          if (write) stored.insert(a);
          if (!write) asked += 64;
        }
        b.sram->submit({address, bytes, write, submitted++, b.now});
        b.now += Ps{static_cast<std::int64_t>(random() % 20'000)};
        while (b.sram->next() <= b.now) b.sram->advance(b.sram->next(), answers);
      }
      while (b.sram->next() != base::kNever) b.sram->advance(b.sram->next(), answers);
      ASSERT_EQ(answers.size(), submitted);
      std::set<std::uint32_t> tags;
      for (const auto& a : answers) {
        tags.insert(a.tag);
        EXPECT_GE(a.time, last);
        last = a.time;
      }
      EXPECT_EQ(tags.size(), submitted);
      const auto& s = b.sram->shared_statistics();
      EXPECT_EQ(s.read_hit_bytes + s.read_miss_bytes, asked);
      EXPECT_EQ(b.log.read_bytes, s.read_miss_bytes);
      EXPECT_EQ(b.log.write_bytes, s.write_back_bytes + s.write_through_bytes);
      if (capacity == 64 * 1024) {
        EXPECT_EQ(static_cast<std::int64_t>(b.log.read_bursts.size()) * 64, b.log.read_bytes);
        EXPECT_EQ(b.log.write_bytes, 0);
      }
    }
  }
}

TEST(LineCache, DemotedLineIsTheNextVictim) {
  LineCache cache(3);
  for (const std::int64_t address : {0, 256, 512}) cache.assign(cache.victim(), address);
  cache.demote(cache.find(512));
  EXPECT_EQ(cache.victim(), cache.find(512));
  cache.demote(cache.find(512));  // already there
  cache.touch(cache.find(512));
  EXPECT_EQ(cache.victim(), cache.find(0));
  cache.demote(cache.find(256));
  EXPECT_EQ(cache.victim(), cache.find(256));
}

TEST(LineCache, ReplacesTheLeastRecentlyUsed) {
  LineCache cache(3);
  for (std::int64_t i = 0; i < 3; ++i) cache.assign(cache.victim(), i * 256);
  cache.touch(cache.find(0));
  EXPECT_EQ(cache.at(cache.victim()).address, 256);
  cache.at(cache.find(256)).fetching = 1;
  EXPECT_EQ(cache.at(cache.victim()).address, 512);
  cache.assign(cache.victim(), 1024);
  EXPECT_EQ(cache.find(512), LineCache::kNoLine);
  EXPECT_EQ(cache.used(), 3U);
}

}  // namespace
}  // namespace tessera::arch
