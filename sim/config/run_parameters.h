// Every parameter of a run file, declared once (see arch/spec/npu_parameters for the machine's).
#pragma once

#include <string>
#include <vector>

#include "base/config/parameter_table.h"
#include "sim/config/run_spec.h"

extern template class tessera::base::ParameterTable<tessera::sim::RunSpec>;  // in run_parameters.cpp

namespace tessera::sim {

using RunTable = base::ParameterTable<RunSpec>;

// `npu` and `model` are in the table for its readers, but run_reader reads them: they are files.
[[nodiscard]] const RunTable& run_parameters();

}  // namespace tessera::sim
