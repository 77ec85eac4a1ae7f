// Number formats of operands, and what a machine says of each.
#pragma once

#include "base/precision.h"

namespace tessera::arch {

using base::Precision;

}  // namespace tessera::arch
