#include "sim/config/run_effects.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/config/tree_path.h"
#include "scheduler/policy/policies.h"

namespace tessera::sim {
namespace {

using base::Node;

class Effects {
 public:
  Effects(const Node& root, const RunSpec& spec, base::Diagnostics& problems)
      : root_(root), spec_(spec), problems_(problems) {}

  // `path` has no effect since `needs` is as it is; `wanted` would give it one.
  void without(const std::string& path, std::string_view needs, std::string_view wanted) {
    without(path, base::find_path(root_, needs), wanted);
  }
  void without(const std::string& path, const Node* reason, std::string_view wanted) {
    const Node* given = base::find_path(root_, path);
    if (given == nullptr || given->where().file == spec_.npu_source) return;
    if (reason != nullptr && is_override(*reason) && !is_override(*given)) return;
    problems_.add(given->problem(fmt::format("{} has no effect without {}: leave it out", path, wanted)));
  }

  // `path` has no effect where `other` is given.
  void beside(const std::string& path, const std::string& other) {
    if (const Node* given = base::find_path(root_, path))
      problems_.add(given->problem(fmt::format("{} has no effect beside {}: leave one of them out", path, other)));
  }
  // All that `path` lists have one `key`, which then says nothing.
  void same_for_all(const std::string& path, std::string_view key) {
    if (const Node* given = base::find_path(root_, path))
      problems_.add(
          given->problem(fmt::format("{} of {} has no effect where all have the same: leave it out, or give "
                                     "some another one",
                                     key, path)));
  }

 private:
  // Of --set or --policy: what stands in a file has a line.
  static bool is_override(const Node& node) { return node.where().line == 0; }

  const Node& root_;
  const RunSpec& spec_;
  base::Diagnostics& problems_;
};

void check_policy(const RunSpec& spec, Effects& effects) {
  const auto& chosen = spec.schedule.policy;
  for (const auto* policy : scheduler::policies()) {
    if (policy->name == chosen.name) continue;
    for (const auto& option : policy->options) {
      if (!option.is_set(chosen)) continue;
      effects.without(fmt::format("scheduler.{}", option.key), "scheduler.policy",
                      fmt::format("scheduler.policy: {}", policy->name));
    }
  }
  if (chosen.file.empty() && !chosen.file_options.empty())
    effects.without("scheduler.options", "scheduler.policy", "a plug-in as scheduler.policy");
  if (chosen.file.empty() && chosen.time_limit != scheduler::PolicySpec::kAnswerLimit)
    effects.without("scheduler.time_limit", "scheduler.policy", "a plug-in as scheduler.policy");
}

void check_requests(const scheduler::RequestSpec& requests, Effects& effects) {
  if (requests.list.empty()) {
    if (requests.count == 1 && requests.interval > base::Ps{0})
      effects.without("requests.interval", "requests.count", "requests.count above 1");
    return;
  }
  for (const char* key : {"requests.count", "requests.interval", "requests.deadline"})
    effects.beside(key, "requests.list");
  const std::int32_t priority = requests.list.front().priority;
  const bool same =
      std::ranges::all_of(requests.list, [priority](const auto& entry) { return entry.priority == priority; });
  if (same && priority != 0) effects.same_for_all("requests.list", "priority");
}

// What it holds back are channels that carry loads of requests without a deadline, while one has a deadline.
void check_best_effort(const RunSpec& spec, Effects& effects) {
  const auto given = spec.schedule.policy.options.find("best_effort_rate");
  if (given == spec.schedule.policy.options.end() || given->second == scheduler::OptionValue(std::int64_t{0})) return;
  const std::string path = "scheduler.best_effort_rate";
  if (spec.schedule.binding != scheduler::ChannelBinding::dynamically)
    effects.without(path, "dma.binding", "dma.binding: dynamic");
  bool urgent = false, other = false;
  for (std::int64_t r = 0; r < spec.requests.count; ++r)
    (spec.requests.at(r).deadline > base::Ps{0} ? urgent : other) = true;
  if (!urgent || !other)
    effects.without(path, "requests.list", "requests with and without a deadline in requests.list");
}

}  // namespace

void check_run_effects(const Node& root, const MachineOverrides& machine, const RunSpec& spec,
                       base::Diagnostics& problems) {
  Effects effects(root, spec, problems);
  check_policy(spec, effects);
  constexpr std::array kOperands{"input", "weight", "output"};
  if (spec.schedule.binding == scheduler::ChannelBinding::dynamically)
    for (std::size_t i = 0; i < kOperands.size(); ++i)
      if (spec.schedule.static_channel[i] != 0)
        effects.without(fmt::format("dma.static_channel.{}", kOperands[i]), "dma.binding",
                        "dma.binding: static or per_core");
  check_requests(spec.requests, effects);
  if (spec.trace.level == trace::Level::off && spec.trace.compression != TraceSpec{}.compression)
    effects.without("trace.compression", "trace.level", "a trace (trace.level)");
  if (spec.trace.level < trace::Level::tile && spec.trace.decisions)
    effects.without("trace.decisions", "trace.level", "trace.level tile or above");
  check_best_effort(spec, effects);
  const auto cores = machine.find("cores");
  if (spec.schedule.core_split != scheduler::CoreSplit::none && spec.npu.cores == 1)
    effects.without("core_split", cores == machine.end() ? nullptr : &cores->second, "several cores");
  if (spec.trace.device) return;
  for (const auto& [path, key] : machine)
    if (path.starts_with("trace_buffer"))
      problems.add(key.problem(fmt::format("{} has no effect without trace.device: true", path)));
}

}  // namespace tessera::sim
