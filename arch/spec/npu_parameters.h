// Every parameter of a machine, declared once: key, unit, default, range, text. The reader, the writer and
// `tessera params npu` come from this table. To add one: a line in the section's function, a field in the Spec.
#pragma once

#include "arch/spec/npu_spec.h"
#include "base/config/parameter_table.h"

extern template class tessera::base::ParameterTable<tessera::arch::NpuSpec>;  // in npu_parameters.cpp

namespace tessera::arch {

using NpuTable = base::ParameterTable<NpuSpec>;

[[nodiscard]] const NpuTable& npu_parameters();

// The sections, in the order of the table.
void add_machine_parameters(NpuTable&);
void add_pe_array_parameters(NpuTable&);
void add_vector_unit_parameters(NpuTable&);
void add_sram_parameters(NpuTable&);
void add_dma_parameters(NpuTable&);
void add_memory_parameters(NpuTable&);
void add_energy_parameters(NpuTable&);

// Names of the precisions, for this table and the run's.
[[nodiscard]] std::vector<std::pair<std::string, Precision>> precision_choices();

}  // namespace tessera::arch
