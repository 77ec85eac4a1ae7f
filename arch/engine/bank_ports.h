// Accesses of DMA packets to the banks of one operand region, and what they cost a compute that uses the same banks.
//
// The law (docs/semantics.md 5.5 to 5.9): accesses are counted per bank; a packet adds ceil(bytes / width) over
// the banks that it covers, at its delivery. A compute that overlapped them needs
//   max over its banks of ceil((own accesses + DMA accesses after its start, before its end) / ports)
// cycles. How much of that prolongs the compute is the array's to say. DMA never waits (stated simplification).
#pragma once

#include <cstdint>
#include <vector>

#include "arch/spec/npu_spec.h"

namespace tessera::arch {

// Cycles that a compute needs at the ports of its banks: for its own accesses alone, and with the DMA's among them.
struct PortCycles {
  std::int64_t own = 0, all = 0;
};

class BankPorts {
 public:
  // `slots` > 0: how many slots the region is cut into (each of capacity / slots bytes).
  BankPorts(const SramRegionSpec& spec, std::int64_t slots);

  // A packet of `bytes` at `offset` into slot `slot` passes the port at `now`; times never go back.
  void access(base::Ps now, std::int64_t slot, std::int64_t offset, std::int64_t bytes);

  // Snapshot of the banks of a slot at a compute's start, after what arrives then: the packet that fills its operand.
  struct Mark {
    std::vector<std::int64_t> before;
  };
  void mark(std::int64_t slot, Mark& out) const;

  // Cycles that a compute needs which started at `mark` and itself accesses `own_bytes` of the slot, when the DMA's
  // accesses strictly before `end` are counted.
  [[nodiscard]] PortCycles cycles_needed(base::Ps end, std::int64_t slot, const Mark& mark,
                                         std::int64_t own_bytes) const;

 private:
  struct Bank {
    std::int64_t total = 0;
    std::int64_t at_last = 0;  // of them, those at exactly last
    base::Ps last{-1};
    [[nodiscard]] std::int64_t before(base::Ps t) const { return last >= t ? total - at_last : total; }
  };
  [[nodiscard]] std::int64_t first_bank(std::int64_t slot) const { return slot % sets_ * banks_per_set_; }
  void add(Bank& bank, base::Ps now, std::int64_t accesses) const;

  std::int64_t sets_ = 1;
  std::int64_t banks_per_set_ = 1;
  std::int64_t width_ = 1;  // bytes that one bank moves per access
  std::int64_t slot_bytes_ = 0;
  std::int64_t ports_ = 1;
  BankArrangement arrangement_;
  std::vector<Bank> banks_;
};

}  // namespace tessera::arch
