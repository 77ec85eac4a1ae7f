// The built-in policies by name.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "scheduler/policy/policy.h"

namespace tessera::scheduler {

[[nodiscard]] std::span<const std::string_view> policy_names();
// Null if there is no policy of that name.
[[nodiscard]] std::unique_ptr<Policy> make_policy(const PolicySpec&);

}  // namespace tessera::scheduler
