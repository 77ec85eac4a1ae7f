// The tile sizes that a run gives by hand, and which of its rules an operator follows.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "models/network/network.h"
#include "scheduler/spec/schedule_spec.h"

namespace tessera::scheduler {

// The first rule whose pattern matches the operator's name; null: none.
[[nodiscard]] const TileRule* rule_for(const ScheduleSpec&, const models::Operator&);

// What a pattern that matches none of the names might have meant, for the end of a message: the closest name, else the
// first names that there are.
[[nodiscard]] std::string near_names(const std::string& pattern, std::vector<std::string> names);

// Rules that no operator of this network follows: what their pattern matches is nothing, movements (whose tiles are
// always automatic), or operators that follow rules before it. A rule for all names is right for every network, also
// for one of movements only: a machine's schedule has such rules.
[[nodiscard]] base::Diagnostics check_tile_rules(const ScheduleSpec&, const models::Network&);

}  // namespace tessera::scheduler
