#include "sim/app/policy_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "scheduler/policy/policies.h"

namespace tessera::app {

std::vector<std::string> split_list(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= list.size();) {
    const std::size_t to = std::min(list.find(',', from), list.size());
    if (to > from) parts.push_back(list.substr(from, to - from));
    from = to + 1;
  }
  return parts;
}

std::string own_policies() {
  std::string names;
  for (const scheduler::PolicyEntry* p : scheduler::policies()) {
    const bool needs_file = std::ranges::any_of(
        p->options, [](const auto& option) { return option.kind == scheduler::PolicyOption::Kind::file; });
    if (!needs_file) names += fmt::format("{}{}", names.empty() ? "" : ",", p->name);
  }
  return names;
}

}  // namespace tessera::app
