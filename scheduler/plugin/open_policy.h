// The policy that a run names: a built-in one, or a plug-in.
#pragma once

#include <memory>

#include "base/result.h"
#include "scheduler/policy/policy.h"
#include "scheduler/spec/schedule_spec.h"

namespace tessera::scheduler {

[[nodiscard]] base::Result<std::unique_ptr<Policy>> open_policy(const PolicySpec&);

}  // namespace tessera::scheduler
