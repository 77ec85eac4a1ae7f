// The SRAM between cores and DRAM: a write-back cache of tensor lines (docs/semantics.md 10.1 to 10.7).
//
// Stands before the DRAM as a Memory of its own. A packet passes one port of `bytes_per_cycle` and is looked up; bursts
// that are there are answered after `latency`, the others are fetched from DRAM, once even if several packets want
// them. A store stays here without fetching; lines that must go are written back; a dead tensor's lines are dropped
// unwritten; network outputs are written through. Replacement is least recently used; lines of packets that the
// scheduling policy does not want kept (replacement: policy) go before all others.
// Left out on purpose: tag banking and set conflicts (the cache is fully associative).
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "arch/dram/memory.h"
#include "arch/engine/line_cache.h"
#include "arch/spec/npu_spec.h"

namespace tessera::arch {

struct SharedSramStatistics {
  std::int64_t read_hit_bytes = 0, read_miss_bytes = 0;
  std::int64_t write_bytes = 0;          // stored here
  std::int64_t write_through_bytes = 0;  // passed on to DRAM at once
  std::int64_t write_back_bytes = 0;     // dirty bursts of replaced lines
  std::int64_t dropped_dirty_bytes = 0;  // of dead tensors: never written
};

class SharedSram final : public Memory {
 public:
  // spec.line: a multiple of `burst`, at most 64 bursts. Interconnect clock.
  SharedSram(const SharedSramSpec& spec, Clock clock, std::int64_t burst, std::unique_ptr<Memory> dram);

  void submit(const MemoryRequest& request) override;
  [[nodiscard]] base::Ps next() const override;
  void advance(base::Ps until, std::vector<MemoryAnswer>& answers) override;
  [[nodiscard]] base::Ps barrier() const override { return dram_->barrier(); }
  [[nodiscard]] MemoryStatistics statistics() const override { return dram_->statistics(); }
  [[nodiscard]] const SharedSramStatistics& shared_statistics() const { return statistics_; }

  // Nobody will read [begin, end) again: its lines are forgotten, dirty or not.
  void drop(std::int64_t begin, std::int64_t end);

 private:
  // A packet that waits for DRAM.
  struct Waiting {
    std::uint32_t tag = 0;
    std::int32_t fetches = 0;  // still missing
    std::int32_t dram_bytes = 0;
    base::Ps own{0};  // when its own part is through the port
  };
  struct Fetch {
    std::uint32_t line = LineCache::kNoLine;  // kNoLine: no line fills (bypass, write through, write back)
    std::uint64_t bursts = 0;
    std::vector<std::uint32_t> waiters;  // indices into waiting_
  };

  void read(const MemoryRequest& request, base::Ps at);
  void write(const MemoryRequest& request, base::Ps at);
  std::uint32_t allocate(std::int64_t line_address, base::Ps at);
  void write_back(std::uint32_t line, base::Ps at);
  std::uint32_t fetch(std::int64_t address, std::int32_t bytes, bool write, base::Ps at, std::uint32_t line,
                      std::uint64_t bursts);
  void fetch_missing(std::uint32_t line, std::int64_t line_address, std::uint64_t missing, std::uint32_t waiter,
                     base::Ps at);
  void used(std::uint32_t line, const MemoryRequest& request);
  void join_pending(std::uint32_t line, std::uint64_t wanted, std::uint32_t waiter);
  void answer_without_dram(const MemoryAnswer& answer);
  void arrived(const MemoryAnswer& answer, std::vector<MemoryAnswer>& answers);
  [[nodiscard]] std::uint64_t mask(std::int64_t line_address, std::int64_t begin, std::int64_t end) const;
  std::uint32_t new_waiting(std::uint32_t tag, base::Ps own);

  SharedSramSpec spec_;
  Clock clock_;
  std::int64_t burst_, line_;
  std::unique_ptr<Memory> dram_;
  LineCache cache_;
  base::Ps port_free_{0};
  std::vector<Waiting> waiting_;
  std::vector<std::uint32_t> free_waiting_;
  std::vector<Fetch> fetches_;
  std::vector<std::uint32_t> free_fetches_;
  std::vector<std::vector<std::uint32_t>> pending_;  // by line: its fetches under way
  std::deque<MemoryAnswer> own_;                     // answers that wait for nothing but their time, in order of time
  std::vector<MemoryAnswer> dram_answers_;
  SharedSramStatistics statistics_;
};

}  // namespace tessera::arch
