#include "sim/config/machine_schedule.h"

#include <algorithm>

#include "base/config/map_reader.h"
#include "sim/config/run_parameters.h"
#include "sim/config/tile_rule_keys.h"

namespace tessera::sim {
namespace {

using base::Diagnostics;
using base::Entry;
using base::Node;

// A machine has no say in networks, requests or traces.
const std::vector<std::string>& schedule_keys() {
  static const std::vector<std::string> keys{"buffers", "tiles", "loop_order", "core_split", "dma", "scheduler"};
  return keys;
}

void add_missing(const Node& from, Node& to) {
  for (const Entry& entry : from.entries) {
    const auto found =
        std::find_if(to.entries.begin(), to.entries.end(), [&](const Entry& e) { return e.name() == entry.name(); });
    if (found == to.entries.end()) to.entries.push_back(entry);
    else if (found->value.is_map() && entry.value.is_map()) add_missing(entry.value, found->value);
  }
}

}  // namespace

void add_machine_schedule(const Node& machine, Node& run, Diagnostics& problems) {
  const Node* schedule = machine.find("schedule");
  if (schedule == nullptr || schedule->is_null()) return;
  if (!schedule->is_map()) {
    problems.add(schedule->problem("schedule must be a map of keys of a run file such as {buffers: {input: 1}}, not " +
                                   schedule->describe()));
    return;
  }
  bool known = true;
  for (const Entry& entry : schedule->entries) {
    if (std::ranges::find(schedule_keys(), entry.name()) != schedule_keys().end()) continue;
    problems.add(base::unknown_key(entry.key, "schedule", schedule_keys()));
    known = false;
  }
  if (known) add_missing(*schedule, run);
}

void check_machine_schedule(const Node& machine, Diagnostics& problems) {
  Node run = Node::make_map();
  add_machine_schedule(machine, run, problems);
  replace_tiles_from(run, {}, problems);
  RunSpec spec;
  run_parameters().read(run, spec, problems);
}

}  // namespace tessera::sim
