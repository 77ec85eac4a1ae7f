#include "scheduler/policy/policy.h"

#include "trace/record/refusals.h"

namespace tessera::scheduler {

static_assert(static_cast<std::size_t>(Illegal::capped_before) + 1 == trace::kRefusals.size());

std::string_view to_string(Illegal why) {
  const auto i = static_cast<std::size_t>(why);
  return i < trace::kRefusals.size() ? trace::kRefusals[i].text : std::string_view{};
}

}  // namespace tessera::scheduler
