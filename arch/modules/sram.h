// SystemC shell of a core's SRAM: the banks of its three operand regions and who accesses them. Which slot holds what
// is the dispatcher's slot table; this module knows ports.
#pragma once

#include "arch/engine/bank_ports.h"
#include "arch/modules/interfaces.h"
#include "arch/spec/npu_spec.h"

namespace tessera::arch {

class Sram : public sc_core::sc_module, public SramIf {
 public:
  // `slots`: per region; `operand_bytes`: of one input or weight element, `accumulator_bytes`: of a partial sum.
  Sram(sc_core::sc_module_name name, const SramSpec& spec, const std::int64_t slots[3], std::int64_t operand_bytes,
       std::int64_t accumulator_bytes)
      : sc_module(name), regions_{BankPorts(spec.input, slots[0]), BankPorts(spec.weight, slots[1]),
                                  BankPorts(spec.output, slots[2])},
        operand_bytes_(operand_bytes), accumulator_bytes_(accumulator_bytes) {}

  void dma_access(base::Ps now, int region, std::int64_t slot, std::int64_t offset, std::int64_t bytes) {
    regions_[region].access(now, slot, offset, bytes);
  }

  void mark(const std::int64_t slots[3], Marks& out) const override {
    for (int r = 0; r < 3; ++r) regions_[r].mark(slots[r], out.region[r]);
  }

  [[nodiscard]] PortCycles cycles_needed(base::Ps end, const std::int64_t slots[3], const Marks& marks,
                                         const ArrayWork& work) const override {
    const std::int64_t own[3] = {work.input_reads * operand_bytes_, work.weight_reads * operand_bytes_,
                                 (work.output_reads + work.output_writes) * accumulator_bytes_};
    PortCycles most;
    for (int r = 0; r < 3; ++r) {
      const PortCycles region = regions_[r].cycles_needed(end, slots[r], marks.region[r], own[r]);
      most = {std::max(most.own, region.own), std::max(most.all, region.all)};
    }
    return most;
  }

 private:
  BankPorts regions_[3];
  std::int64_t operand_bytes_;
  std::int64_t accumulator_bytes_;
};

}  // namespace tessera::arch
