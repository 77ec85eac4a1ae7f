// One resource alone: how long it takes when each of its tasks has a time before which it cannot begin and a time that
// must follow its end.
#pragma once

#include <vector>

#include "base/units.h"

namespace tessera::scheduler {

// What one resource does without anything else: all in ps. Where a resource is several units, or a rate, `work` is its
// share: the time in which all of it together would be done.
struct ResourceTask {
  base::Ps head{0};  // absolute: not begun before
  base::Ps work{0};
  base::Ps tail{0};  // the run goes on for as long after its end; may be negative
};

// The largest, over all sets of the tasks, of (least head + work of all + least tail). That is Jackson's preemptive
// schedule: at any time the task with the longest tail of those that may run. O(n log n).
[[nodiscard]] base::Ps one_resource_bound(std::vector<ResourceTask> tasks);

}  // namespace tessera::scheduler
