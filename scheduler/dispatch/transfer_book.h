// Every transfer of a run from its decision to its last answer: parts, channels, waits, and the records of both ends.
//
// A job is what one operand slot needs (a fill) or one group's result (a store). It is queued when its decision ends
// or its slot drains, and submitted, in dma.split parts of whole bursts, when nothing else happens at that time.
#pragma once

#include <cstdint>
#include <vector>

#include "arch/limits/machine_limits.h"
#include "arch/spec/npu_spec.h"
#include "arch/transfer/transfer.h"
#include "scheduler/dispatch/cause.h"
#include "scheduler/dispatch/machine.h"
#include "scheduler/dispatch/recorder.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

using JobId = std::uint32_t;

struct Job {
  bool write = false;
  bool prefetch = false;  // still of the prefetch class
  bool cancelled = false;
  bool keep = true;                    // in a shared SRAM
  std::uint8_t operand = 0, slot = 0;  // SRAM region and slot at the core's end
  std::uint16_t core = 0;
  std::int32_t channel = -1;  // the policy's choice
  TileId tile = kNoId;
  BlockId block = kNoId;
  std::uint32_t task = 0;
  std::uint32_t first = 0, parts = 0, left = 0;  // transfers first .. first + parts - 1
  base::Ps queued_at{0}, issued_at{0};
  Cause cause;
};

class TransferBook {
 public:
  TransferBook(const TileGraph&, const arch::NpuSpec&, const arch::MachineLimits&, const ScheduleSpec&, Machine&,
               Recorder&);

  JobId open(const Job& job) {
    jobs_.push_back(job);
    return static_cast<JobId>(jobs_.size() - 1);
  }
  void set_channel(JobId j, std::int32_t channel) { jobs_[j].channel = channel; }
  void queue(JobId, base::Ps now, const Cause&);  // submitted by the next submit_queued()
  void submit_queued();
  void promote(JobId);  // a referenced prefetch is demand from now on
  void cancel(JobId);
  void hold(std::uint32_t channel, bool held);  // by a Cap; parts that no policy names a channel for go elsewhere
  [[nodiscard]] bool issued(JobId) const;       // a packet of a load was granted
  struct Answer {
    JobId job = kNoId;
    std::uint64_t record = 0;
    bool complete = false;  // the job's last part
  };
  Answer done(base::Ps now, const arch::TransferDone&);

  [[nodiscard]] const Job& job(JobId j) const { return jobs_[j]; }
  [[nodiscard]] std::uint32_t channel(std::uint32_t transfer) const { return transfers_[transfer].channel; }
  [[nodiscard]] bool known(std::uint32_t transfer) const { return transfer < transfers_.size(); }
  // Jobs that are queued or under way.
  [[nodiscard]] std::uint32_t active() const { return active_; }

 private:
  struct Transfer {
    JobId job = kNoId;
    std::uint16_t channel = 0;
    bool done = false;
    std::int64_t first_byte = 0, bytes = 0;
  };
  void submit(JobId);
  [[nodiscard]] std::uint32_t choose(const Job&) const;
  [[nodiscard]] std::uint32_t choose_unheld() const;

  const TileGraph& graph_;
  const arch::NpuSpec& npu_;
  const ScheduleSpec& schedule_;
  Machine& machine_;
  Recorder& recorder_;
  std::vector<Job> jobs_;
  std::vector<Transfer> transfers_;
  std::vector<JobId> queued_;
  std::uint32_t active_ = 0;
  std::uint64_t held_ = 0;  // bit per channel
  std::uint32_t lanes_;     // channels that dynamic binding uses, from the first on
};

}  // namespace tessera::scheduler
