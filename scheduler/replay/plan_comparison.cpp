#include "scheduler/replay/plan_comparison.h"

#include <algorithm>
#include <map>

namespace tessera::scheduler {

PlanComparison::PlanComparison(const ActionPlan& plan, const TileNames& names) : plan_(plan), names_(names) {
  report_.table = plan.file;
  report_.planned_makespan = plan.makespan;
}

void PlanComparison::consume(std::span<const trace::Record> records, std::uint64_t) {
  for (const trace::Record& r : records) {
    if (r.is_extension()) continue;
    if (r.name == trace::Name::decision) taken_[r.tile] = r.start;
    if (r.name == trace::Name::prefetch) ++fetched_[{r.tile, static_cast<std::uint8_t>(r.operand()), r.core()}];
  }
}

void PlanComparison::finish(base::Ps end) {
  report_.makespan = end;
  std::map<TileId, const PlannedAction*> last;  // dispatch of each tile: those before were taken back
  for (const PlannedAction& row : plan_.actions)
    if (const auto* d = std::get_if<Dispatch>(&row.action)) last[d->tile] = &row;
  for (const PlannedAction& row : plan_.actions) {
    if (const auto* p = std::get_if<Prefetch>(&row.action)) {
      ++report_.prefetches;
      const auto fetched = fetched_.find({p->tile, p->operand, p->core});
      if (fetched == fetched_.end() || fetched->second == 0) ++report_.skipped_prefetches;
      else --fetched->second;
    }
    const auto* d = std::get_if<Dispatch>(&row.action);
    if (d == nullptr || last[d->tile] != &row) continue;
    ++report_.dispatches;
    const auto taken = taken_.find(d->tile);
    if (row.start == base::kNever || taken == taken_.end()) continue;
    ++report_.timed;
    const PlanReport::Part part{d->tile, names_.operator_name(names_.of(d->tile).op), d->core, row.start,
                                taken->second};
    if (part.by() > base::Ps{0}) {
      ++report_.later;
      report_.later_sum += part.by();
      if (!report_.first_later) report_.first_later = part;
      if (!report_.most_later || part.by() > report_.most_later->by()) report_.most_later = part;
    } else if (part.by() < base::Ps{0}) {
      ++report_.earlier;
      report_.earlier_sum -= part.by();
      if (!report_.first_earlier) report_.first_earlier = part;
    } else {
      ++report_.on_time;
    }
  }
}

}  // namespace tessera::scheduler
