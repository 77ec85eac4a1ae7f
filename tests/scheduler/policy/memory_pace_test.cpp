#include "scheduler/policy/memory_pace.h"

#include <gtest/gtest.h>

namespace tessera::scheduler::tests {
namespace {

// A policy asks for the bytes of all slices of all sharers: times the pace, they no longer fit 64 bits.
TEST(MemoryPace, TimeOfMuchTraffic) {
  arch::NpuSpec npu;
  npu.dma.channels.resize(1);
  npu.dram.simple.bytes_per_second = 16'384'000'000;
  MemoryPace pace;
  pace.measure(npu, arch::machine_limits(npu));
  EXPECT_EQ(pace.time(1024), base::Ps{62'500});
  EXPECT_EQ(pace.time(std::int64_t{1} << 50), base::Ps{62'500LL << 40});
}

}  // namespace
}  // namespace tessera::scheduler::tests
