// Actions of a run as a CSV file, for `tessera run --save-actions` and scheduler.table (docs/formats.md, "Action
// tables"). One list of columns, kActionColumns; whoever writes a table may leave most of them out.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "arch/spec/npu_spec.h"
#include "base/result.h"
#include "models/network/network.h"
#include "scheduler/policy/action_plan.h"
#include "scheduler/tiles/tile_graph.h"

namespace tessera::scheduler {

enum class ActionColumn : std::uint8_t {
  action,
  tile,
  op,
  request,
  group,
  slice,
  core,
  operand,
  input_channel,
  weight_channel,
  scheduler,
  until,
  start,
  channel,
  rate,
};
inline constexpr std::array<std::string_view, 15> kActionColumns{
    "action",        "tile",           "operator",  "request",  "group",    "slice",   "core", "operand",
    "input_channel", "weight_channel", "scheduler", "until_ps", "start_ps", "channel", "rate"};

// Keeps the actions of a run as a plan that leads to the same run. A row of a wait stands before an action that its
// scheduler could have taken earlier than the policy wanted it, and before what begins with a cap.
class ActionLog {
 public:
  void add(const TakenAction&);
  void done(base::Ps makespan) { plan_.makespan = makespan; }
  // When the run is over.
  [[nodiscard]] const ActionPlan& plan() const { return plan_; }

 private:
  ActionPlan plan_;
  base::Ps last_start_{0};
  std::size_t first_ = 0;  // row of the first action that began then
  bool waited_ = true;     // whether a wait until then stands before it; none can at time 0
};

[[nodiscard]] std::string write_action_table(const ActionPlan&, const models::Network&, const TileGraph&);

// The plan of a file, checked against the tiles and the machine: every tile once, and an order that can be kept.
// `per_core`: as one list for each core.
[[nodiscard]] base::Result<ActionPlan> read_action_table(const std::filesystem::path&, const models::Network&,
                                                         const TileGraph&, const arch::NpuSpec&, bool per_core);

}  // namespace tessera::scheduler
