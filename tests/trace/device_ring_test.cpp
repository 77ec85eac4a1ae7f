#include "trace/record/device_ring.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/trace/synthetic.h"

namespace tessera::trace {
namespace {

using base::Bytes;
using base::Clock;
using base::Ps;

// The same hardware cycle by cycle: a register with a byte counter, a list of places.
class PerCycleModel {
 public:
  PerCycleModel(const TraceBufferSpec& spec, Clock clock) : spec_(spec), clock_(clock) {}
  void run_to(Ps t) {  // all edges at or before t
    while (clock_.edge(base::Cycles{edge_}) <= t) {
      credit_ -= credit_ > 0 ? spec_.drain.thousandths : 0;
      if (credit_ <= 0 && !ring_.empty()) take();
      if (credit_ < 0 && ring_.empty() && !took_) credit_ = 0;
      took_ = false;
      ++edge_;
    }
  }
  void take() {  // several records may leave at one edge when the drain is wider than a record
    while (credit_ <= 0 && !ring_.empty()) {
      kept_.push_back(ring_.front());
      ring_.pop_front();
      credit_ += spec_.record.count() * 1000;
      took_ = true;
    }
  }
  // Records that arrive at an edge may leave at that edge.
  void arrive(Ps t, std::uint64_t id) {
    run_to(t);
    if (static_cast<std::int64_t>(ring_.size()) == spec_.capacity) {
      if (spec_.overflow == OverflowPolicy::drop_newest) return;
      ring_.pop_front();
    }
    ring_.push_back(id);
    const bool on_edge = clock_.edge(base::Cycles{edge_ - 1}) == t;
    if (on_edge && credit_ <= 0) take();
    took_ = false;
  }
  std::vector<std::uint64_t> kept() {
    std::vector<std::uint64_t> all = kept_;
    all.insert(all.end(), ring_.begin(), ring_.end());
    return all;
  }

 private:
  TraceBufferSpec spec_;
  Clock clock_;
  std::deque<std::uint64_t> ring_;
  std::vector<std::uint64_t> kept_;
  std::int64_t edge_ = 0, credit_ = 0;
  bool took_ = false;
};

struct Case {
  std::int64_t capacity, record;
  base::ByteRate rate;
  Clock clock;
  OverflowPolicy overflow;
  int gap_cycles;
};
void PrintTo(const Case& c, std::ostream* out) {
  *out << c.capacity << " x " << c.record << " B, " << c.rate.thousandths << "/1000 B/cycle, "
       << (c.overflow == OverflowPolicy::drop_newest ? "drop newest" : "overwrite oldest");
}

class DeviceRingTest : public ::testing::TestWithParam<Case> {};

TEST_P(DeviceRingTest, KeepsWhatACycleByCycleModelKeeps) {
  const Case c = GetParam();
  const TraceBufferSpec spec{c.capacity, Bytes{c.record}, c.rate, c.overflow};
  const Lanes lanes = test::small_lanes();
  Collector kept;
  DeviceRing ring(spec, c.clock, kept, lanes.units().size());
  PerCycleModel model(spec, c.clock);
  std::mt19937_64 random(static_cast<std::uint64_t>(c.capacity * 1000 + c.record * 10 + c.rate.thousandths));
  std::int64_t now = 0;
  for (std::uint64_t id = 1; id <= 3000; ++id) {
    if (random() % 3 != 0)
      now += static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(c.gap_cycles * 2000 + 1));
    if (random() % 200 == 0) now += 500'000;
    if (random() % 4 == 0) now = c.clock.align(Ps{now}).count();  // on an edge
    Record r;
    r.start = r.end = Ps{now};
    r.unit = static_cast<std::uint16_t>(random() % lanes.units().size());
    ring.consume({&r, 1}, id);
    model.arrive(Ps{now}, id);
  }
  ring.finish(Ps{now});
  std::vector<std::uint64_t> ids;
  for (const auto& i : kept.items()) ids.push_back(i.id);
  EXPECT_EQ(ids, model.kept());
  std::uint64_t emitted = 0, counted = 0, lost = 0;
  for (const UnitCount& u : ring.counts()) {
    EXPECT_EQ(u.emitted, u.kept + u.lost);
    EXPECT_EQ(u.lost == 0, u.lost_ranges.empty());
    emitted += u.emitted;
    counted += u.kept;
    lost += u.lost;
  }
  EXPECT_EQ(emitted, 3000u);
  EXPECT_EQ(counted, ids.size());
  EXPECT_EQ(lost, 3000 - ids.size());
}

constexpr auto kOverwrite = OverflowPolicy::overwrite_oldest;
constexpr auto kDrop = OverflowPolicy::drop_newest;
INSTANTIATE_TEST_SUITE_P(
    Shapes, DeviceRingTest,
    ::testing::Values(Case{1, 32, 4, Clock{1000, 1}, kOverwrite, 4}, Case{1, 32, 4, Clock{1000, 1}, kDrop, 4},
                      Case{4, 32, 4, Clock{1000, 1}, kOverwrite, 7}, Case{4, 32, 4, Clock{1000, 1}, kDrop, 7},
                      Case{16, 24, 5, Clock{625, 2}, kOverwrite, 2}, Case{16, 24, 5, Clock{625, 2}, kDrop, 2},
                      Case{7, 8, 32, Clock{1000, 3}, kOverwrite, 0}, Case{7, 8, 32, Clock{1000, 3}, kDrop, 0},
                      Case{64, 32, 32, Clock{1000, 1}, kOverwrite, 1}, Case{64, 7, 3, Clock{937, 1}, kDrop, 2},
                      Case{16, 24, base::ByteRate::of_thousandths(5'700), Clock{625, 2}, kOverwrite, 2},
                      Case{8, 7, base::ByteRate::of_thousandths(401), Clock{937, 1}, kDrop, 12}));

TEST(DeviceRing, LostRangesAreBetweenKeptRecords) {
  Collector kept;
  // Drain of one record in 32 cycles; two places.
  DeviceRing ring({2, Bytes{32}, 1, kDrop}, Clock{1000, 1}, kept, 1);
  std::uint64_t id = 1;
  for (const std::int64_t t : {0, 1, 2, 3, 4, 33'000, 33'001, 33'002}) {
    Record r;
    r.start = Ps{t};
    r.end = Ps{t};
    ring.consume({&r, 1}, id++);
  }
  ring.finish(Ps{40'000});
  // At 0 the first leaves at once; 1 and 2 fill the ring; 3, 4 are lost; at 32,000 one leaves, so 33,000 fits.
  ASSERT_EQ(ring.counts().size(), 1u);
  EXPECT_EQ(ring.counts()[0], (UnitCount{8, 4, 4, {{Ps{3}, Ps{4}}, {Ps{33'001}, Ps{33'002}}}}));
}

// A ring that never drains keeps what fits: the first records, or the last ones.
TEST(DeviceRing, WithoutADrainWhatFitsStays) {
  for (const OverflowPolicy policy : {kDrop, kOverwrite}) {
    Collector kept;
    DeviceRing ring({3, Bytes{32}, 0, policy}, Clock{1000, 1}, kept, 1);
    for (std::uint64_t id = 1; id <= 8; ++id) {
      Record r;
      r.start = r.end = Ps{static_cast<std::int64_t>(id) * 1'000'000};
      ring.consume({&r, 1}, id);
    }
    ring.finish(Ps{9'000'000});
    std::vector<std::uint64_t> ids;
    for (const auto& i : kept.items()) ids.push_back(i.id);
    const std::vector<std::uint64_t> first{1, 2, 3}, last{6, 7, 8};
    EXPECT_EQ(ids, policy == kDrop ? first : last);
    EXPECT_EQ(ring.counts()[0].lost, 5u);
  }
}

// 2^60 ps at 50 ps a cycle and 1 MiB a cycle: more bytes than 64 bits count.
TEST(DeviceRing, ALongRunWithAFastDrainKeepsAll) {
  Collector kept;
  DeviceRing ring({1, Bytes{1}, 1 << 20, kDrop}, Clock{50, 1}, kept, 1);
  for (std::uint64_t id = 1; id <= 4; ++id) {
    Record r;
    r.start = r.end = Ps{static_cast<std::int64_t>(id) << 60};
    ring.consume({&r, 1}, id);
  }
  ring.finish(Ps{std::int64_t{5} << 60});
  EXPECT_EQ(ring.counts()[0].lost, 0u);
}

TEST(DeviceRing, StallAdmitsWhenTheLastRecordFits) {
  Collector kept;
  DeviceRing ring({4, Bytes{32}, 4, OverflowPolicy::stall}, Clock{1000, 1}, kept, 1);
  EXPECT_EQ(ring.admit(Ps{0}, 4), Ps{0});      // four places
  EXPECT_EQ(ring.admit(Ps{0}, 1), Ps{0});      // the first left at edge 0
  EXPECT_EQ(ring.admit(Ps{0}, 1), Ps{8'000});  // the second leaves 32 bytes / 4 = 8 cycles later
  EXPECT_EQ(ring.admit(Ps{9'000}, 3), Ps{32'000});
  EXPECT_EQ(ring.admit(Ps{1'000'000}, 4), Ps{1'000'000});
}

// Against one admission at a time. A drain wider than a record could take several at one edge, so that the ring would
// run empty between single admissions; here it is narrower.
TEST(DeviceRing, AdmittingManyIsAdmittingOneByOne) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 200; ++round) {
    const auto record = static_cast<std::int64_t>(1 + random() % 40);
    const TraceBufferSpec spec{static_cast<std::int64_t>(1 + random() % 9), Bytes{record},
                               static_cast<std::int64_t>(1 + random() % static_cast<std::uint64_t>(record)),
                               OverflowPolicy::stall};
    const Clock clock{937, 2};
    Collector sink;
    DeviceRing together(spec, clock, sink, 1), one(spec, clock, sink, 1);
    std::int64_t now = 0;
    for (int i = 0; i < 20; ++i) {
      now += static_cast<std::int64_t>(random() % 20'000);
      const auto n = static_cast<std::int64_t>(random() % 12);
      Ps last{now};
      for (std::int64_t k = 0; k < n; ++k) last = one.admit(last, 1);
      const Ps all = together.admit(Ps{now}, n);
      ASSERT_EQ(all, last);
      now = all.count();
    }
  }
}

TEST(DeviceRing, StallLosesNothing) {
  const Lanes lanes = test::small_lanes();
  Collector all, kept;
  DeviceRing ring({1, Bytes{32}, 1, OverflowPolicy::stall}, Clock{1000, 1}, kept, lanes.units().size());
  Sink sink;
  sink.add(all);
  sink.add(ring);
  test::emit_random(sink, lanes, 500, 1);
  sink.finish(Ps{1});
  // No unit of the machine says what the policy answered.
  std::vector<Collector::Item> expected;
  std::ranges::copy_if(all.items(), std::back_inserter(expected),
                       [](const Collector::Item& i) { return !is_of_policy(i.record.name); });
  ASSERT_LT(expected.size(), all.items().size());
  ASSERT_EQ(kept.items().size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(kept.items()[i].id, expected[i].id);
    EXPECT_TRUE(kept.items()[i].record == expected[i].record && kept.items()[i].waits == expected[i].waits) << i;
  }
}

}  // namespace
}  // namespace tessera::trace
