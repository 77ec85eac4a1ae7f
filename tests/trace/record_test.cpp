#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/trace/synthetic.h"
#include "trace/record/host_ring.h"
#include "trace/record/level.h"

namespace tessera::trace {
namespace {

using test::difference;
using test::emit_random;
using test::small_lanes;

class HostRingTest : public ::testing::TestWithParam<std::tuple<std::string, std::size_t, std::size_t>> {};

TEST_P(HostRingTest, DeliversEveryRecordOnceInOrder) {
  const auto& [where, capacity, count] = GetParam();
  const Lanes lanes = small_lanes();
  Collector direct, through;
  HostRing ring(through, where == "thread" ? HostRing::Drain::thread : HostRing::Drain::in_place, capacity);
  Sink sink;
  sink.add(direct);
  sink.add(ring);
  emit_random(sink, lanes, count, 7);
  sink.finish(base::Ps{1'000'000'000});
  EXPECT_EQ(direct.items().size(), count);
  EXPECT_EQ(difference(direct, through), "");
  EXPECT_TRUE(through.finished());
}

INSTANTIATE_TEST_SUITE_P(Sizes, HostRingTest,
                         ::testing::Combine(::testing::Values("thread", "in_place"),
                                            ::testing::Values<std::size_t>(8, 64, 1 << 14),
                                            ::testing::Values<std::size_t>(0, 1, 7, 1023, 1024, 1025, 20000)));

TEST(HostRing, WaitsInsteadOfLosingWhenFull) {
  Collector through;
  HostRing ring(through, HostRing::Drain::in_place, 8);
  std::vector<Record> records(100);
  ring.consume(records, 1);
  EXPECT_GT(ring.producer_waits(), 0u);
  ring.finish(base::Ps{0});
  EXPECT_EQ(through.items().size(), 100u);
}

TEST(HostRing, KeepsIdsAcrossGaps) {
  Collector through;
  HostRing ring(through, HostRing::Drain::thread, 8);
  const std::vector<Record> two(2);
  ring.consume(two, 5);
  ring.consume(two, 7);
  ring.consume(two, 100);
  ring.finish(base::Ps{0});
  std::vector<std::uint64_t> ids;
  for (const auto& i : through.items()) ids.push_back(i.id);
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{5, 6, 7, 8, 100, 101}));
}

TEST(HostRing, ReportsAFailureOfTheDrainAtTheEnd) {
  struct Failing : Consumer {
    void consume(std::span<const Record>, std::uint64_t) override { throw std::runtime_error("disk full"); }
    void finish(base::Ps) override { ADD_FAILURE() << "finished after a failure"; }
  } failing;
  HostRing ring(failing, HostRing::Drain::thread, 8);
  const std::vector<Record> many(1000);
  ring.consume(many, 1);
  EXPECT_THROW(ring.finish(base::Ps{0}), std::runtime_error);
}

TEST(HostRing, EndsItsThreadWithoutFinish) {
  Collector through;
  {
    HostRing ring(through, HostRing::Drain::thread, 8);
    const std::vector<Record> many(50);
    ring.consume(many, 1);
  }
  EXPECT_EQ(through.items().size(), 50u);
  EXPECT_FALSE(through.finished());
}

// What a level keeps, told by one look at each record instead of by runs.
TEST(LevelFilter, KeepsTheNamesOfItsLevelWithTheirIds) {
  const Lanes lanes = small_lanes();
  for (const Level level : {Level::off, Level::op, Level::tile, Level::fold, Level::burst}) {
    Collector all, kept;
    LevelFilter filter(level, kept);
    Sink sink;
    sink.add(all);
    sink.add(filter);
    emit_random(sink, lanes, 5000, 3);
    sink.finish(base::Ps{1});
    std::vector<Collector::Item> expected;
    for (const auto& i : all.items()) {
      if (level != Level::off && spec(i.record.name).level <= level) expected.push_back(i);
    }
    ASSERT_EQ(kept.items().size(), expected.size()) << to_string(level);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(kept.items()[i].id, expected[i].id);
      if (level == Level::op) {
        EXPECT_EQ(kept.items()[i].record.cause, kNoCause);
      } else {
        ASSERT_TRUE(kept.items()[i].record == expected[i].record);
        ASSERT_EQ(kept.items()[i].waits.has_value(), expected[i].waits.has_value());
      }
    }
  }
}

TEST(Level, WordsReadBack) {
  for (const Level level : {Level::off, Level::op, Level::tile, Level::fold, Level::burst}) {
    EXPECT_EQ(level_of(to_string(level)), level);
  }
  EXPECT_FALSE(level_of("tiles").has_value());
}

TEST(Collector, NamesEveryBrokenRule) {
  const Lanes lanes = small_lanes();
  Collector c(lanes.units());
  Record r;
  r.unit = lanes.pe_array(0);
  r.name = Name::compute;
  r.start = base::Ps{10};
  r.end = base::Ps{20};
  Record overlapping = r, reversed = r, young = r, outside = r;
  overlapping.start = base::Ps{19};
  overlapping.end = base::Ps{25};
  reversed.start = base::Ps{31};
  reversed.end = base::Ps{30};
  young.start = young.end = base::Ps{40};
  young.cause = 4;
  outside.unit = 999;
  outside.end = base::Ps{2000};
  const std::vector<Record> records{r, overlapping, reversed, young, outside};
  c.consume(records, 1);
  c.finish(base::Ps{1000});
  const auto found = c.violations();
  std::string text;
  for (const auto& line : found) text += line + "\n";
  EXPECT_EQ(found.size(), 5u) << text;
  for (const char* what :
       {"overlaps", "ends before it starts", "cause 4 is not older", "unknown unit 999", "ends after the run"}) {
    EXPECT_NE(text.find(what), std::string::npos) << what << "\n" << text;
  }
}

// 0 core, 1 interconnect, 2 DRAM: by hand, for one unit of each kind.
TEST(Lanes, EachUnitHasTheClockOfItsDomain) {
  const Lanes lanes = small_lanes();
  const auto clock = [&lanes](std::uint16_t unit) { return lanes.units()[unit].clock; };
  EXPECT_EQ(clock(lanes.host()), 0u);
  EXPECT_EQ(clock(lanes.scheduler(0)), 0u);
  EXPECT_EQ(clock(lanes.pe_array(1)), 0u);
  EXPECT_EQ(clock(lanes.vector_unit(0)), 0u);
  EXPECT_EQ(clock(lanes.slot(1, Operand::output, 1)), 0u);
  EXPECT_EQ(clock(lanes.channel(1)), 1u);
  EXPECT_EQ(clock(lanes.interconnect()), 1u);
  EXPECT_EQ(clock(lanes.dram_channel(0)), 2u);
  EXPECT_EQ(clock(lanes.power()), 0u);
}

}  // namespace
}  // namespace tessera::trace
