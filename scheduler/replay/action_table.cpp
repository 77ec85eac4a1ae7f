#include "scheduler/replay/action_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "base/config/quantity.h"
#include "base/escape.h"
#include "scheduler/replay/tile_names.h"

namespace tessera::scheduler {

void ActionLog::add(const TakenAction& taken) {
  // A plan is followed in its order: an action is not due before the one that stands before it.
  const bool waits = std::max(taken.since, last_start_) < taken.start;
  if (taken.start != last_start_) {
    first_ = plan_.actions.size();
    waited_ = waits;
  }
  if (waits) {
    plan_.actions.push_back({Wait{taken.start}, kAnyScheduler, last_start_});
  } else if (std::holds_alternative<Cap>(taken.action) && !waited_) {
    // What made it legal, the end of a sleep perhaps, may come later where the plan is followed.
    plan_.actions.insert(plan_.actions.begin() + static_cast<std::ptrdiff_t>(first_),
                         {Wait{taken.start}, kAnyScheduler, taken.start});
    waited_ = true;
  }
  plan_.actions.push_back({taken.action, taken.scheduler, taken.start});
  last_start_ = taken.start;
}

namespace {

std::string channel_text(std::int32_t channel) { return channel == kAnyChannel ? "any" : std::to_string(channel); }

class Writer {
 public:
  Writer(const models::Network& network, const TileGraph& graph) : names_(network, graph), graph_(graph) {}

  [[nodiscard]] std::string write(const ActionPlan& plan) {
    text_ = fmt::format("{}\n", fmt::join(kActionColumns, ","));
    for (const PlannedAction& row : plan.actions) {
      if (const auto* d = std::get_if<Dispatch>(&row.action)) add(row, *d);
      if (const auto* p = std::get_if<Prefetch>(&row.action)) add(row, *p);
      if (const auto* u = std::get_if<Undispatch>(&row.action)) add(row, *u);
      if (const auto* c = std::get_if<Cap>(&row.action))
        put("cap,,,,,,,,,,{},,{},{},{}\n", scheduler_text(row), start_text(row), c->channel, rate_text(c->rate));
      if (const auto* w = std::get_if<Wait>(&row.action))
        put("wait,,,,,,,,,,{},{},{},,\n", scheduler_text(row), w->until.count(), start_text(row));
    }
    if (plan.makespan != base::kNever) put("end,,,,,,,,,,,,{},,\n", plan.makespan.count());
    return std::move(text_);
  }

 private:
  template <class... Values>
  void put(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Values>(values)...);
  }
  static std::string scheduler_text(const PlannedAction& row) {
    return row.scheduler == kAnyScheduler ? "" : std::to_string(row.scheduler);
  }
  static std::string rate_text(base::ByteRate rate) {
    return rate.none() ? "none" : base::format_quantity(rate.thousandths, base::Dimension::rate);
  }
  static std::string start_text(const PlannedAction& row) {
    return row.start == base::kNever ? "" : std::to_string(row.start.count());
  }
  void put_tile(std::string_view action, TileId id) {
    const TileName name = names_.of(id);
    put("{},{},{},{},{},{},", action, id, base::csv_cell(names_.operator_name(name.op)), name.request, name.index,
        name.slice);
  }
  void add(const PlannedAction& row, const Dispatch& d) {
    const Tile& tile = graph_.tiles[d.tile];
    core_[d.tile] = d.core;
    put_tile("dispatch", d.tile);
    put("{},,{},{},{},,{},,\n", d.core, tile.input == kNoId ? "" : channel_text(d.channel[0]),
        tile.weight == kNoId ? "" : channel_text(d.channel[1]), scheduler_text(row), start_text(row));
  }
  void add(const PlannedAction& row, const Prefetch& p) {
    put_tile("prefetch", p.tile);
    const std::string channel = channel_text(p.channel);
    put("{},{},{},{},{},,{},,\n", p.core, p.operand == 0 ? "input" : "weight", p.operand == 0 ? channel : "",
        p.operand == 0 ? "" : channel, scheduler_text(row), start_text(row));
  }
  void add(const PlannedAction& row, const Undispatch& u) {
    put_tile("undispatch", u.tile);
    put("{},,,,{},,{},,\n", core_[u.tile], scheduler_text(row), start_text(row));
  }

  TileNames names_;
  const TileGraph& graph_;
  std::map<TileId, std::uint32_t> core_;  // of the last dispatch
  std::string text_;
};

}  // namespace

std::string write_action_table(const ActionPlan& plan, const models::Network& network, const TileGraph& graph) {
  return Writer(network, graph).write(plan);
}

}  // namespace tessera::scheduler
