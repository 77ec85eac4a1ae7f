#include "arch/spec/mac_rate.h"

#include <gtest/gtest.h>

#include "arch/array/fold_timing.h"

namespace tessera::arch {
namespace {

TEST(MacRate, IsOneWhereTheMachineSaysNothing) {
  NpuSpec s;
  s.mac_rate[Precision::int8] = 2;
  s.mac_rate[Precision::fp32] = 0.25;
  EXPECT_EQ(mac_rate(s, Precision::fp16), MacRate{1000});
  EXPECT_EQ(mac_rate(s, Precision::int8), MacRate{2000});
  EXPECT_EQ(mac_rate(s, Precision::fp32), MacRate{250});
  EXPECT_EQ(mac_rate(s, Precision::int4), MacRate{2000}) << "as int8";
  EXPECT_EQ(mac_rate(s, Precision::fp8), MacRate{2000}) << "as int8";
  s.mac_rate[Precision::int4] = 4;
  EXPECT_EQ(mac_rate(s, Precision::int4), MacRate{4000});
}

TEST(MacRate, StreamsInWholeCycles) {
  EXPECT_EQ(MacRate{1000}.stream_cycles(17), 17);
  EXPECT_EQ(MacRate{2000}.stream_cycles(16), 8);
  EXPECT_EQ(MacRate{2000}.stream_cycles(17), 9);
  EXPECT_EQ(MacRate{250}.stream_cycles(17), 68);
  EXPECT_EQ(MacRate{64'000}.stream_cycles(1), 1);
  EXPECT_EQ(MacRate{1}.stream_cycles(1), 1000);
  EXPECT_EQ(MacRate{1500}.stream_cycles(3), 2);
}

// Fill and drain keep their length: latency changes by as much as the stream does, and a fold never gets longer by a
// higher rate.
TEST(MacRate, LeavesFillAndDrainAlone) {
  for (const Dataflow flow : {Dataflow::output_stationary, Dataflow::weight_stationary, Dataflow::input_stationary}) {
    PeArraySpec a;
    a.dataflow = flow;
    for (const std::int64_t steps : {1, 2, 17, 500}) {
      const auto at = [&](MacRate rate) {
        a.rate = rate;
        return time_fold(a, {.rows = 16, .columns = 16, .stream = steps, .final = true});
      };
      const FoldTiming one = at({1000}), two = at({2000}), quarter = at({250});
      EXPECT_EQ((one.latency - two.latency).count(), steps - (steps + 1) / 2);
      EXPECT_EQ((quarter.latency - one.latency).count(), 3 * steps);
      EXPECT_LE(two.occupancy, one.occupancy);
      EXPECT_LE(one.occupancy, quarter.occupancy);
    }
  }
}

}  // namespace
}  // namespace tessera::arch
