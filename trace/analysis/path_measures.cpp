// What a document says of the critical path besides its steps.
#include "trace/analysis/measure_table.h"

namespace tessera::trace {
namespace {

MeasureTable<CriticalPath> make_path() {
  using enum MeasureUnit;
  constexpr auto none = Aggregate::none;
  MeasureTable<CriticalPath> t;
  t.add("makespan_ps", ps, Level::tile, none, "end of the last store; the sum of the parts", &CriticalPath::makespan)
      .same_as = "makespan_ps";
  for (std::size_t i = 0; i < kPathParts; ++i) {
    const std::string part(to_string(static_cast<PathPart>(i)));
    t.add("parts_ps." + part, ps, Level::tile, none, "time of the critical path in its part " + part,
          [i](const CriticalPath& p) { return p.length[i]; });
  }
  for (std::size_t i = 1; i < kLinkWords.size(); ++i) {
    const std::string link(to_string(static_cast<Link>(i)));
    t.add("links." + link, count, Level::tile, none, "how often the critical path goes back by " + link,
          [i](const CriticalPath& p) { return p.links[i]; });
  }
  return t;
}

}  // namespace

const MeasureTable<CriticalPath>& path_measures() {
  static const auto table = make_path();
  return table;
}

}  // namespace tessera::trace
