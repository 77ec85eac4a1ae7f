#include "arch/dram/make_channel.h"

#include "arch/dram/bank_queue_channel.h"
#include "arch/dram/ready_channel.h"

namespace tessera::arch {

ChannelStatistics& ChannelStatistics::operator+=(const ChannelStatistics& other) {
  reads += other.reads;
  writes += other.writes;
  row_hits += other.row_hits;
  row_misses += other.row_misses;
  row_conflicts += other.row_conflicts;
  activates += other.activates;
  precharges += other.precharges;
  refreshes += other.refreshes;
  forwarded += other.forwarded;
  merged += other.merged;
  replaced += other.replaced;
  turnarounds += other.turnarounds;
  return *this;
}

std::unique_ptr<Channel> make_channel(const DramStandard& standard, const ChannelOptions& options) {
  switch (standard.policy) {
    case ControllerPolicy::bank_queues: return std::make_unique<BankQueueChannel>(standard, options);
    case ControllerPolicy::oldest_ready: break;
  }
  return std::make_unique<ReadyChannel>(standard, options);
}

}  // namespace tessera::arch
