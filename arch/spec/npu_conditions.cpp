#include "arch/spec/npu_conditions.h"

namespace tessera::arch {
namespace {

bool has_shared_sram(const NpuSpec& s) { return s.shared_sram.capacity.count() > 0; }
bool keeps_an_operand(const NpuSpec& s) { return s.core.pe_array.dataflow != Dataflow::output_stationary; }
bool keeps_outputs(const NpuSpec& s) { return !keeps_an_operand(s); }
bool has_energy(const NpuSpec& s) { return s.energy.on(); }
bool refreshes(const NpuSpec& s) { return s.dram.bank_state.refresh; }

std::vector<KeyCondition> make_conditions() {
  constexpr std::string_view kCapacity = "shared_sram.capacity", kSomeCapacity = "shared_sram.capacity above 0 B";
  constexpr std::string_view kDataflow = "core.pe_array.dataflow", kTable = "energy.table",
                             kSomeTable = "an energy.table";
  constexpr std::string_view kStationary = "core.pe_array.dataflow: weight_stationary or input_stationary";
  return {
      {"shared_sram.line", kCapacity, kSomeCapacity, has_shared_sram},
      {"shared_sram.banks", kCapacity, kSomeCapacity, has_shared_sram},
      {"shared_sram.bytes_per_cycle", kCapacity, kSomeCapacity, has_shared_sram},
      {"shared_sram.latency", kCapacity, kSomeCapacity, has_shared_sram},
      {"shared_sram.replacement", kCapacity, kSomeCapacity, has_shared_sram},
      {"layout.channel_block", "layout.kind", "layout.kind: nchw_c",
       [](const NpuSpec& s) { return s.layout.kind == LayoutKind::nchw_c; }},
      {"core.pe_array.stationary_buffers", kDataflow, kStationary, keeps_an_operand},
      {"core.pe_array.load_rows_per_cycle", kDataflow, kStationary, keeps_an_operand},
      {"core.pe_array.stationary_load", kDataflow, kStationary, keeps_an_operand},
      {"core.pe_array.accumulator_pass", kDataflow, kStationary, keeps_an_operand},
      {"core.pe_array.output_drain", kDataflow, "core.pe_array.dataflow: output_stationary", keeps_outputs},
      {"core.pe_array.step_gap", "core.pe_array.fold_order", "core.pe_array.fold_order: reduction_major",
       [](const NpuSpec& s) { return s.core.pe_array.fold_order == FoldOrder::reduction_major; }},
      {"dram.stagger_refresh", "dram.refresh", "dram.refresh: true", refreshes},
      {"energy.dram", kTable, kSomeTable, has_energy},
      {"energy.dram_figures", kTable, kSomeTable, has_energy},
      {"energy.mac", kTable, kSomeTable, has_energy},
      {"energy.vector_add", kTable, kSomeTable, has_energy},
      {"energy.vector_multiply", kTable, kSomeTable, has_energy},
      {"energy.interconnect", kTable, kSomeTable, has_energy},
      {"energy.leakage", kTable, kSomeTable, has_energy},
      {"energy.leakage.shared_sram", kCapacity, kSomeCapacity, has_shared_sram},
  };
}

}  // namespace

const std::vector<KeyCondition>& key_conditions() {
  static const std::vector<KeyCondition> list = make_conditions();
  return list;
}

}  // namespace tessera::arch
