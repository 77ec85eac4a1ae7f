// What a trace says once, so that no check can find it changed when every sum is made right: each with the reason.
#pragma once

#include <map>
#include <string>

namespace tessera::tests {

inline constexpr const char* kOnce = "said once, and nothing else in the file follows from it";
inline constexpr const char* kTime =
    "the memory's own time: nothing waits for a single packet, or for a part before the last";
inline constexpr const char* kInner = "both inner stalls lie at the end of a task";
inline constexpr const char* kLegal =
    "docs/semantics.md 12.6: the cause of a start stands for the start, of whatever kind";
inline constexpr const char* kLast = "the last numbers of a run may be higher by the prefetches that were dropped";
inline const std::map<std::string, const char*> kFreeRecords{
    {"accumulate.end", "of a run that failed: the task that it waited for is not there"},
    {"burst.address", kOnce},
    {"burst.end", kTime},
    {"burst.start", kTime},
    {"counter.value", kOnce},
    {"decision.cause", kLegal},
    {"decision.link", kLegal},
    {"fold.columns", "only the largest fold is known"},
    {"fold.rows", "only the largest fold is known"},
    {"load.address", kOnce},
    {"load.task", kLast},
    {"operator.end", "level operator keeps nothing of what an operator spans"},
    {"operator.start", "level operator keeps nothing of what an operator spans"},
    {"prefetch.tile", "of a prefetch that was dropped, another tile may read as many bytes"},
    {"stall.reason", kInner},
    {"stall.start", kInner},
    {"store.address", kOnce},
    {"store.end", kTime},
    {"store.task", kLast},
};
inline constexpr const char* kReach = "a rate or an amount that only bounds what was done";
inline const std::map<std::string, const char*> kFreeFacts{
    {"clock.period of dram", "times at the DRAM need not be edges"},
    {"clock.period of interconnect", "level operator keeps no grants"},
    {"fact channel_bytes_per_second", kReach},
    {"fact channel_lead_bytes", kReach},
    {"fact decisions", "a trace of the modelled buffer has no answers of the policy"},
    {"fact dma_bytes_per_second", kReach},
    {"fact dram_burst_bytes", kReach},
    {"fact dram_peak_bytes_per_second", kReach},
    {"fact dram_read_bytes", kReach},
    {"fact dram_write_bytes", "of a level or a run that keeps no transfers"},
    {"fact dropped_bytes", kReach},
    {"fact macs_per_1000_cycles", kReach},
    {"fact network", kOnce},
    {"fact npu", kOnce},
    {"fact packet_bytes", kReach},
    {"fact policy", kOnce},
    {"fact score", kOnce},
    {"fact shared_sram_bytes", kReach},
    {"fact wasted_bytes", kReach},
};

}  // namespace tessera::tests
