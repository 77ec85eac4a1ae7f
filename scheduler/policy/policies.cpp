#include "scheduler/policy/policies.h"

#include <array>

namespace tessera::scheduler {

// Each is defined in the file of its policy.
extern const PolicyEntry kDepthFirst, kBreadthFirst, kRoundRobin, kLookahead, kHeft, kCriticalPath, kMemoryAware,
    kStatic;

namespace {

constexpr std::array kPolicies{&kDepthFirst, &kBreadthFirst, &kRoundRobin,  &kLookahead,
                               &kHeft,       &kCriticalPath, &kMemoryAware, &kStatic};

}  // namespace

std::int64_t PolicyOption::of(const PolicySpec& spec) const {
  const auto given = spec.options.find(key);
  return given == spec.options.end() ? fallback : std::get<std::int64_t>(given->second);
}

std::string PolicyOption::text_of(const PolicySpec& spec) const {
  const auto given = spec.options.find(key);
  return given == spec.options.end() ? std::string() : std::get<std::string>(given->second);
}

bool PolicyOption::is_set(const PolicySpec& spec) const {
  return holds_text() ? !text_of(spec).empty() : of(spec) != fallback;
}

std::span<const PolicyEntry* const> policies() { return kPolicies; }

std::span<const std::string_view> policy_names() {
  static const auto names = [] {
    std::array<std::string_view, kPolicies.size()> all;
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = kPolicies[i]->name;
    return all;
  }();
  return names;
}

std::unique_ptr<Policy> make_policy(const PolicySpec& spec) {
  for (const PolicyEntry* p : kPolicies)
    if (p->name == spec.name) return p->make(spec);
  return nullptr;
}

}  // namespace tessera::scheduler
