#include "scheduler/plugin/open_policy.h"

#include "scheduler/plugin/plugin_policy.h"
#include "scheduler/policy/policies.h"

namespace tessera::scheduler {

base::Result<std::unique_ptr<Policy>> open_policy(const PolicySpec& spec) {
  if (spec.file.empty()) {
    if (auto built_in = make_policy(spec)) return built_in;
    return base::failure("there is no policy \"" + spec.name + "\"");
  }
  const auto library = PluginLibrary::open(spec.file, spec.time_limit);
  if (!library) return library.problems();
  auto policy = PluginPolicy::create(*library, spec.file_options, spec.time_limit);
  if (!policy) return policy.problems();
  return std::unique_ptr<Policy>(std::move(*policy));
}

}  // namespace tessera::scheduler
