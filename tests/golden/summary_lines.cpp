#include "tests/golden/summary_lines.h"

#include <sstream>

#include "trace/analysis/critical_path.h"

namespace tessera::tests {
namespace {

constexpr int kScheduleRows = 12;

void bound_line(std::ostream& text, const char* name, const scheduler::LowerBound& bound) {
  text << "bound " << name << ": " << bound.time().count() << " ps by "
       << scheduler::kBoundTermNames[static_cast<std::size_t>(bound.binding())] << ";";
  for (std::size_t i = 0; i < bound.terms.size(); ++i) {
    if (bound.terms[i].count() > 0) text << ' ' << scheduler::kBoundTermNames[i] << ' ' << bound.terms[i].count();
  }
  text << '\n';
}

void unit_line(std::ostream& text, const std::string& name, const trace::UnitTime& unit) {
  text << name << ": busy " << unit.busy.count();
  for (std::size_t i = 0; i < unit.stall.size(); ++i) {
    if (unit.stall[i].count() > 0)
      text << ", " << to_string(static_cast<trace::Reason>(i)) << ' ' << unit.stall[i].count();
  }
  text << '\n';
}

void path_line(std::ostream& text, const Execution& run) {
  trace::CriticalPathWalk walk;
  for (const auto& item : run.records) walk.consume({&item.record, 1}, item.id);
  walk.finish(run.summary().makespan);
  text << "critical path:";
  for (int i = 0; i < trace::kPathParts; ++i) {
    const auto length = walk.path().length[static_cast<std::size_t>(i)].count();
    if (length > 0) text << ' ' << to_string(static_cast<trace::PathPart>(i)) << ' ' << length;
  }
  text << '\n';
}

}  // namespace

std::string summary_lines(const Execution& run, const std::filesystem::path& out) {
  const sim::RunSummary& s = run.summary();
  std::ostringstream text;
  text << s.network << " on " << s.npu << ", policy " << s.policy << '\n'
       << "makespan: " << s.makespan.count() << " ps = " << s.makespan_cycles.count() << " cycles\n";
  bound_line(text, "of these tiles", s.bound);
  bound_line(text, "with the bytes moved", s.bound_moved);
  bound_line(text, "of the network", s.bound_network);
  text << "work: " << s.macs << " MACs, " << s.operators << " operators, " << s.tiles << " tiles, " << s.groups
       << " groups\n"
       << "decisions: " << s.dispatch.dispatches << " dispatches, " << s.dispatch.prefetches << " prefetches; "
       << s.dispatch.loads << " operands loaded, " << s.dispatch.load_hits << " there already\n"
       << "bytes: " << s.planned_bytes << " planned, " << s.dispatch.reused_bytes + s.dispatch.prefetched_bytes
       << " reused, " << s.padding_bytes << " padding, " << s.dropped_bytes << " dropped; DRAM read "
       << s.dram.read_bytes << ", written " << s.dram.write_bytes << '\n';
  for (const auto& core : s.measures.cores) {
    if (core.array.busy.count() == 0 && core.vector.busy.count() == 0) continue;
    unit_line(text, core.name + ".pe_array", core.array);
    unit_line(text, core.name + ".vector_unit", core.vector);
  }
  for (const auto& channel : s.measures.channels) {
    text << channel.name << ": " << channel.transfers << " transfers, read " << channel.read_bytes << ", written "
         << channel.write_bytes << '\n';
  }
  path_line(text, run);
  text << "schedule.csv:\n";
  std::istringstream schedule(file_bytes(out / "schedule.csv"));
  std::string line;
  for (int i = 0; i <= kScheduleRows && std::getline(schedule, line); ++i) text << line << '\n';
  return text.str();
}

}  // namespace tessera::tests
