#include "arch/dram/bank_state_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "arch/dram/constraint_checker.h"
#include "arch/dram/dram_limits.h"

namespace tessera::arch {
namespace {

using base::Ps;

DramSpec spec_of(const std::string& standard, std::int64_t channels) {
  DramSpec spec;
  spec.kind = DramSpec::Kind::bank_state;
  spec.bank_state.standard = standard;
  spec.channels = channels;
  spec.burst = Bytes{find_dram_standard(standard).value().burst_bytes};
  spec.interleave = Bytes{256};
  return spec;
}

std::vector<MemoryRequest> packets(int count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<MemoryRequest> list;
  std::int64_t time = 0, address = 0;
  for (int i = 0; i < count; ++i) {
    time += static_cast<std::int64_t>(random() % 12'000);
    if (random() % 4 == 0) address = static_cast<std::int64_t>(random() % (1u << 18)) * 64;
    const auto bytes = static_cast<std::int32_t>(64 * (1 + random() % 8));
    list.push_back({address, bytes, random() % 3 == 0, static_cast<std::uint32_t>(i), Ps{time}});
    address += bytes;
  }
  return list;
}

std::vector<MemoryAnswer> drain(Memory& memory, std::vector<MemoryAnswer> answers = {}) {
  while (memory.next() != base::kNever) memory.advance(memory.next(), answers);
  return answers;
}

class BankStateMemories : public testing::TestWithParam<std::string> {};

TEST_P(BankStateMemories, AnswerEveryPacketOnceInOrderAndNotBelowTheBounds) {
  const auto spec = spec_of(GetParam(), 2);
  const auto memory = make_memory(spec);
  const DramLimits limits = dram_limits(spec);
  const auto list = packets(4000, 3);
  std::vector<MemoryAnswer> answers;
  std::int64_t bytes = 0;
  for (const auto& p : list) {
    memory->advance(p.arrival, answers);
    memory->submit(p);
    bytes += p.bytes;
  }
  answers = drain(*memory, std::move(answers));
  ASSERT_EQ(answers.size(), list.size());
  std::vector<bool> seen(list.size());
  Ps last{0};
  for (const auto& a : answers) {
    EXPECT_GE(a.time, last);
    last = a.time;
    EXPECT_FALSE(seen[a.tag]);
    seen[a.tag] = true;
    const auto& p = list[a.tag];
    const auto transfer = static_cast<__int128>(p.bytes) * 1'000'000'000'000 / limits.peak_bytes_per_second;
    // A read may be answered from the write queue at once.
    if (p.write) {
      EXPECT_GE(a.time, p.arrival + limits.write_latency + Ps{static_cast<std::int64_t>(transfer)});
    }
  }
  const auto least = static_cast<__int128>(bytes) * 1'000'000'000'000 / limits.peak_bytes_per_second;
  EXPECT_GE(last.count(), static_cast<std::int64_t>(least));
  const auto statistics = memory->statistics();
  EXPECT_EQ(statistics.read_bytes + statistics.merged_bytes + statistics.forwarded_bytes + statistics.write_bytes,
            bytes);
  std::int64_t moved = 0;
  for (const auto& a : answers) moved += a.moved_bytes;
  EXPECT_EQ(statistics.read_bytes + statistics.write_bytes, moved);
  EXPECT_EQ(statistics.channel_busy.size(), 2u);
}

// The engine may look far ahead or wake at every instant: the answers must not depend on it.
TEST_P(BankStateMemories, AnswersDoNotDependOnHowTimeIsCut) {
  const auto list = packets(3000, 5);
  std::vector<std::vector<MemoryAnswer>> results;
  for (const int way : {0, 1, 2, 3}) {
    const auto memory = make_memory(spec_of(GetParam(), 2));
    std::vector<MemoryAnswer> answers;
    for (const auto& p : list) {
      if (way == 0) {
        while (memory->next() <= p.arrival) memory->advance(memory->next(), answers);  // every instant
      } else if (way == 1) {
        memory->advance(p.arrival, answers);  // as far as allowed
      } else if (way == 3) {
        memory->no_arrival_before(p.arrival);  // every instant, the memory ahead
        while (memory->next() < p.arrival) memory->advance(memory->next(), answers);
      } else if (p.tag % 16 == 0) {
        memory->advance(p.arrival, answers);  // packets ahead of time
      }
      memory->submit(p);
    }
    results.push_back(drain(*memory, std::move(answers)));
  }
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
  EXPECT_EQ(results[0], results[3]);
}

TEST_P(BankStateMemories, NextIsNeverInThePast) {
  const auto memory = make_memory(spec_of(GetParam(), 2));
  std::vector<MemoryAnswer> answers;
  for (const auto& p : packets(2000, 7)) {
    memory->advance(p.arrival, answers);
    EXPECT_GT(memory->next(), p.arrival);
    memory->submit(p);
    EXPECT_GT(memory->next(), p.arrival);
  }
}

TEST_P(BankStateMemories, ALoneReadTakesActivateReadAndData) {
  const auto spec = spec_of(GetParam(), 1);
  const auto standard = find_dram_standard(GetParam()).value();
  const auto memory = make_memory(spec);
  memory->submit({.address = 0,
                  .bytes = static_cast<std::int32_t>(standard.burst_bytes),
                  .write = false,
                  .tag = 9,
                  .arrival = Ps{0}});
  const auto answers = drain(*memory);
  ASSERT_EQ(answers.size(), 1u);
  const auto& t = standard.timings;
  const DramCycle extra =
      t.activate_slots - 1 + (t.sync_postamble >= 0) + (standard.policy == ControllerPolicy::bank_queues);
  EXPECT_EQ(answers[0].time,
            standard.clock.edge(base::Cycles{1 + t.activate_to_read + t.read_latency + t.burst + extra}));
}

// A write is answered when its data is in: the latency and the burst behind its command.
TEST_P(BankStateMemories, ALoneWriteEndsWithItsData) {
  const auto standard = find_dram_standard(GetParam()).value();
  BankStateMemory memory(spec_of(GetParam(), 1));
  CommandLog log;
  memory.log_to(0, &log);
  memory.submit({.address = 0,
                 .bytes = static_cast<std::int32_t>(standard.burst_bytes),
                 .write = true,
                 .tag = 9,
                 .arrival = Ps{0}});
  const auto answers = drain(memory);
  ASSERT_EQ(answers.size(), 1u);
  const auto write =
      std::find_if(log.begin(), log.end(), [](const auto& c) { return c.command == DramCommand::write; });
  ASSERT_NE(write, log.end());
  EXPECT_EQ(answers[0].time,
            standard.clock.edge(base::Cycles{write->cycle + standard.timings.write_latency + standard.timings.burst}));
}

// An arrival within a cycle is served from its end on, and its latency counts from the arrival all the same.
TEST_P(BankStateMemories, LatencyOfAReadIsFromItsArrivalToItsAnswer) {
  BankStateMemory memory(spec_of(GetParam(), 1));
  const auto burst = static_cast<std::int32_t>(find_dram_standard(GetParam()).value().burst_bytes);
  memory.submit({.address = 0, .bytes = burst, .write = false, .tag = 9, .arrival = Ps{1'001}});
  const auto answers = drain(memory);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(memory.statistics().read_latency, answers[0].time - Ps{1'001});
}

TEST_P(BankStateMemories, CommandsKeepEveryRule) {
  auto spec = spec_of(GetParam(), 2);
  BankStateMemory memory(spec);
  CommandLog log;
  memory.log_to(1, &log);
  for (const auto& p : packets(3000, 11)) memory.submit(p);
  drain(memory);
  ASSERT_GT(log.size(), 3000u);
  for (const auto& v : check_commands(find_dram_standard(GetParam()).value(), log)) ADD_FAILURE() << v.rule;
}

TEST_P(BankStateMemories, ReadsAreServedAlsoWhereWritesDrainToTheLast) {
  auto spec = spec_of(GetParam(), 1);
  for (const auto& [high, low] : {std::pair{0.5, 0.0}, {1e-9, 0.0}, {1.0, 0.99}}) {
    for (const std::int64_t depth : {1, 4}) {
      spec.bank_state.drain_high = high;
      spec.bank_state.drain_low = low;
      spec.bank_state.read_queue = spec.bank_state.write_queue = depth;
      const auto memory = make_memory(spec);
      const auto list = packets(300, 13);
      for (const auto& p : list) memory->submit(p);
      std::vector<MemoryAnswer> answers;
      for (int i = 0; i < 200'000 && answers.size() < list.size(); ++i) memory->advance(memory->next(), answers);
      EXPECT_EQ(answers.size(), list.size()) << "drain " << high << " to " << low << ", depth " << depth;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Standards, BankStateMemories,
                         testing::Values("DDR4-3200", "DDR4-2400", "LPDDR5-6400", "HBM2-2000", "LPDDR4-3200"),
                         [](const auto& tested) {
                           auto name = tested.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

// By hand: two packets of two bursts at one address, one burst later the second again; LPDDR4 reads each burst once.
TEST(BankStateMemory, SaysOfEachPacketWhatTheBusMoved) {
  BankStateMemory memory(spec_of("LPDDR4-3200", 1));
  memory.submit({.address = 0, .bytes = 64, .tag = 0, .arrival = Ps{0}});
  memory.submit({.address = 32, .bytes = 64, .tag = 1, .arrival = Ps{0}});
  std::vector<MemoryAnswer> answers;
  memory.advance(Ps{0}, answers);
  EXPECT_EQ(memory.statistics().read_bytes, 0) << "nothing has been answered";
  answers = drain(memory);
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].moved_bytes, 64);
  EXPECT_EQ(answers[1].moved_bytes, 32) << "the other burst came with the first packet's";
  EXPECT_EQ(memory.statistics().read_bytes, 96);
  EXPECT_EQ(memory.statistics().merged_bytes, 32);
  EXPECT_EQ(memory.statistics().reads, 3);
}

// A second write of a burst, and a read of it, while the first waits.
TEST(BankStateMemory, CountsForwardedReadsApart) {
  for (const char* standard : {"DDR4-3200", "LPDDR4-3200"}) {
    BankStateMemory memory(spec_of(standard, 1));
    const auto burst = static_cast<std::int32_t>(find_dram_standard(standard).value().burst_bytes);
    memory.submit({.address = 0, .bytes = burst, .write = true, .tag = 0, .arrival = Ps{0}});
    memory.submit({.address = 0, .bytes = burst, .write = true, .tag = 1, .arrival = Ps{0}});
    memory.submit({.address = 0, .bytes = burst, .tag = 2, .arrival = Ps{0}});
    for (const auto& a : drain(memory)) EXPECT_EQ(a.moved_bytes, a.tag == 2 ? 0 : burst) << standard;
    EXPECT_EQ(memory.statistics().write_bytes, 2 * burst) << standard;
    EXPECT_EQ(memory.statistics().read_bytes, 0) << standard;
    EXPECT_EQ(memory.statistics().forwarded_bytes, burst) << standard;
    EXPECT_EQ(memory.statistics().channel_busy[0], find_dram_standard(standard).value().clock.duration(base::Cycles{
                                                       2 * find_dram_standard(standard).value().timings.burst}))
        << standard;
  }
}

// HBM2 at 1 GHz: four bursts of two cycles on the buses of two pseudo-channels are four cycles of both.
TEST(BankStateMemory, PseudoChannelsHaveABusEach) {
  BankStateMemory memory(spec_of("HBM2-2000", 1));
  const auto standard = find_dram_standard("HBM2-2000").value();
  ASSERT_TRUE(standard.pseudo_channels);
  ASSERT_EQ(standard.units, 2);
  memory.submit({.address = 0, .bytes = static_cast<std::int32_t>(4 * standard.burst_bytes), .arrival = Ps{0}});
  drain(memory);
  EXPECT_EQ(memory.statistics().channel_busy[0], standard.clock.duration(base::Cycles{2 * standard.timings.burst}));
}

// LPDDR5's interval of 3.9 us over four channels: a quarter of it from one channel to the next.
TEST(BankStateMemory, ChannelsRefreshOneAfterTheOther) {
  auto spec = spec_of("LPDDR5-6400", 4);
  const auto standard = find_dram_standard("LPDDR5-6400").value();
  const DramCycle interval = standard.timings.refresh_interval;
  for (std::int64_t c = 0; c < 4; ++c) {
    EXPECT_EQ(channel_options(spec, standard, c).refresh_offset, interval * c / 4);
  }
  spec.bank_state.stagger_refresh = false;
  EXPECT_EQ(channel_options(spec, standard, 3).refresh_offset, 0);
}

// The same in the commands: the first refresh of channel 1 of two comes half an interval after that of channel 0.
TEST(BankStateMemory, StaggeredRefreshesAreSeenInTheCommands) {
  const auto first_refresh = [](bool stagger, std::int64_t channel) {
    auto spec = spec_of("DDR4-3200", 2);
    spec.bank_state.stagger_refresh = stagger;
    BankStateMemory memory(spec);
    CommandLog log;
    memory.log_to(channel, &log);
    // A read every microsecond, long before and after.
    std::vector<MemoryAnswer> answers;
    for (std::int64_t us = 0; us < 20; ++us) {
      memory.advance(Ps{us * 1'000'000}, answers);
      memory.submit({channel * 256, 64, false, 0, Ps{us * 1'000'000}});
    }
    drain(memory);
    for (const auto& c : log)
      if (c.command == DramCommand::refresh) return c.cycle;
    return kNeverCycle;
  };
  const DramCycle interval = find_dram_standard("DDR4-3200").value().timings.refresh_interval;
  EXPECT_EQ(first_refresh(true, 1) - first_refresh(true, 0), interval / 2);
  EXPECT_EQ(first_refresh(false, 1), first_refresh(false, 0));
}

TEST(CheckDram, NamesWhatIsWrong) {
  auto spec = spec_of("DDR4-3200", 1);
  EXPECT_TRUE(check_dram(spec).empty());
  spec.burst = Bytes{32};
  const auto text = check_dram(spec).to_string();
  EXPECT_NE(text.find("a burst of DDR4-3200 is 64 B"), std::string::npos) << text;
  EXPECT_NE(parse_bank_mapping("bgx").problems().to_string().find("did you mean \"bgi\"?"), std::string::npos);
  spec = spec_of("DDR4-3200", 1);
  spec.bank_state.drain_low = spec.bank_state.drain_high = 0.5;
  EXPECT_NE(check_dram(spec).to_string().find("dram.drain_low of 0.5 must be below dram.drain_high of 0.5"),
            std::string::npos);
  spec.bank_state.standard = "DDR4-3300";
  EXPECT_NE(check_dram(spec).to_string().find("did you mean \"DDR4-3200\"?"), std::string::npos);
}

TEST(DramStandards, RejectHalvesOfAnActivateOnTwoBuses) {
  auto text = std::string(
      "name: x\nperiod: 1 ns\nburst: 64 B\nrow: 8 KiB\nbank_groups: 4\nbanks_per_group: 4\nrows: 1024\ncontroller: "
      "oldest_ready\n"
      "dual_command_bus: true\ntimings: {nBL: 4, nCL: 14, nCWL: 10, nRCD: 14, nRP: 14, nRAS: 34, nRC: 48, nRRD_S: 4, "
      "nRRD_L: 4, "
      "nFAW: 16, nCCD_S: 2, nCCD_L: 4, nWR: 16, nRTP: 5, nWTR_S: 4, nWTR_L: 8, read_to_write_gap: 2, nRFC: 350, nREFI: "
      "3900");
  EXPECT_TRUE(parse_dram_standard(text + "}\n", "mine.yaml").ok())
      << parse_dram_standard(text + "}\n", "mine.yaml").problems().to_string();
  for (const char* more : {", nAAD: 8}\n", ", nWCKPST: 4}\n"}) {
    const auto result = parse_dram_standard(text + more, "mine.yaml");
    ASSERT_FALSE(result.ok()) << more;
    EXPECT_NE(result.problems().to_string().find("dual_command_bus goes with neither"), std::string::npos)
        << result.problems().to_string();
  }
}

TEST(DramStandards, RejectBadFilesWithTheirPlace) {
  const auto text = [](const char* timings) {
    return std::string(
               "name: x\nperiod: 1 ns\nburst: 64 B\nrow: 8 KiB\nbank_groups: 3\nbanks_per_group: 4\nrows: "
               "1024\ncontroller: oldest_ready\ntimings:\n") +
           timings;
  };
  const auto result = parse_dram_standard(text("  nBL: 4\n  nCLL: 3\n"), "mine.yaml");
  ASSERT_FALSE(result.ok());
  const auto problems = result.problems().to_string();
  EXPECT_NE(problems.find("mine.yaml:"), std::string::npos) << problems;
  EXPECT_NE(problems.find("bank_groups must be a power of two, not 3"), std::string::npos) << problems;
  EXPECT_NE(problems.find("nCLL"), std::string::npos) << problems;
  EXPECT_NE(problems.find("nREFI"), std::string::npos) << problems;
}

}  // namespace
}  // namespace tessera::arch
