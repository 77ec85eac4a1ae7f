#include "scheduler/policy/policies.h"

#include <array>

#include "scheduler/policy/builtin.h"

namespace tessera::scheduler {
namespace {

struct Entry {
  std::string_view name;
  std::unique_ptr<Policy> (*make)(const PolicySpec&);
};
constexpr std::array kPolicies{
    Entry{"depth_first", make_depth_first},
    Entry{"breadth_first", make_breadth_first},
    Entry{"round_robin", make_round_robin},
    Entry{"lookahead", make_lookahead},
};

constexpr auto kNames = [] {
  std::array<std::string_view, kPolicies.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kPolicies[i].name;
  return names;
}();

}  // namespace

std::span<const std::string_view> policy_names() { return kNames; }

std::unique_ptr<Policy> make_policy(const PolicySpec& spec) {
  for (const Entry& e : kPolicies)
    if (e.name == spec.name) return e.make(spec);
  return nullptr;
}

}  // namespace tessera::scheduler
