// A PE operator that is cut into tiles of given sizes, as what a Rehearsal rehearses.
#pragma once

#include <cstdint>
#include <vector>

#include "arch/limits/machine_limits.h"
#include "arch/spec/npu_spec.h"
#include "models/network/network.h"
#include "scheduler/spec/schedule_spec.h"
#include "scheduler/tiling/pe_loops.h"
#include "scheduler/tiling/pe_sizes.h"
#include "scheduler/tiling/rehearsal.h"

namespace tessera::scheduler {

// Writes scripts of one operator. Tiles at the edges of the operator have sizes, transfers and folds of their own; of
// those between, one stands for all.
class PeScript {
 public:
  PeScript(const arch::NpuSpec&, const ScheduleSpec&, const arch::MachineLimits&, const PeNeeds&,
           const models::Operator&);
  [[nodiscard]] const Rehearsed& of(const PeSizes&);  // valid until the next call
  // The traffic of the element-wise operators that inherit the blocks, after the operator's own.
  [[nodiscard]] base::Ps heirs(const PeSizes&) const;

 private:
  void write_tile(const PeLoops&, std::int64_t k);
  template <class Make>
  [[nodiscard]] std::uint32_t known(std::uint32_t& index, const Make& make);
  [[nodiscard]] std::uint32_t work(const PeBlock&, std::size_t key);
  [[nodiscard]] RehearsedMove move(const PeNeeds::Moved&, bool write, bool on_chip) const;

  const arch::NpuSpec& npu_;
  const ScheduleSpec& schedule_;
  const arch::MachineLimits& limits_;
  const PeNeeds& needs_;
  const models::Operator& op_;
  std::int64_t shared_rate_ = 0;  // bytes per second of a shared SRAM
  bool input_on_chip_ = false, output_on_chip_ = false;

  // Of the sizes at hand.
  PeSizes sizes_;
  PeCounts counts_;
  // By place; kUnknown: not yet worked out. Slices of the input and channels of the output, one by one: they lie on
  // memory channels of their own.
  std::vector<std::uint32_t> inputs_, weights_, stores_, works_;
  Rehearsed script_;
};

}  // namespace tessera::scheduler
