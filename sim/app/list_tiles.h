// The list of what was chosen for the tiles of each operator.
#pragma once

#include "scheduler/tiles/operator_plan.h"

namespace tessera::app {

void print_tiles(const scheduler::TilingPlan&);

}  // namespace tessera::app
