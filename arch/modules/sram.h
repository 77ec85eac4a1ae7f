// SystemC shell of a core's SRAM: the banks of its three operand regions and who accesses them. Which slot holds what
// is the dispatcher's slot table; this module knows ports.
#pragma once

#include "arch/engine/bank_ports.h"
#include "arch/modules/interfaces.h"
#include "arch/spec/npu_spec.h"
#include "base/precision.h"

namespace tessera::arch {

class Sram : public sc_core::sc_module, public SramIf {
 public:
  // `slots`: per region.
  Sram(sc_core::sc_module_name name, const SramSpec& spec, const std::int64_t slots[3])
      : sc_module(name), regions_{BankPorts(spec.input, slots[0]), BankPorts(spec.weight, slots[1]),
                                  BankPorts(spec.output, slots[2])} {}

  void dma_access(base::Ps now, int region, std::int64_t slot, std::int64_t offset, std::int64_t bytes) {
    regions_[region].access(now, slot, offset, bytes);
  }

  void mark(const std::int64_t slots[3], Marks& out) const override {
    for (int r = 0; r < 3; ++r) regions_[r].mark(slots[r], out.region[r]);
  }

  [[nodiscard]] PortCycles cycles_needed(base::Ps end, const std::int64_t slots[3], const Marks& marks,
                                         const ArrayWork& work) const override {
    const std::int64_t own[3] = {base::packed_bytes(work.input_reads, work.bits.input),
                                 base::packed_bytes(work.weight_reads, work.bits.weight),
                                 (work.output_reads + work.output_writes) * work.bits.accumulator_bytes};
    PortCycles most;
    for (int r = 0; r < 3; ++r) {
      const PortCycles region = regions_[r].cycles_needed(end, slots[r], marks.region[r], own[r]);
      most = {std::max(most.own, region.own), std::max(most.all, region.all)};
    }
    return most;
  }

 private:
  BankPorts regions_[3];
};

}  // namespace tessera::arch
