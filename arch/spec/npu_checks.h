// The checks of a machine across parameters (docs/semantics.md 4.4 and 4.5).
#pragma once

#include "arch/spec/npu_spec.h"
#include "base/config/node.h"
#include "base/result.h"

namespace tessera::arch {

// Reports at the place in `root` that says the offending value, or at the section that leaves it to its default.
// `spec` has its derived values.
void check_npu(const base::Node& root, const NpuSpec& spec, base::Diagnostics& problems);

}  // namespace tessera::arch
