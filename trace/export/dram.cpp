// DRAM request list: lines `address R|W cycle`, as DRAM simulators read them. One line a native burst, in order of
// arrival at the DRAM, in cycles of the machine's DRAM clock.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "trace/export/formats.h"
#include "trace/file/run_facts.h"

namespace tessera::trace {
namespace {

struct Access {
  base::Ps arrival{0};
  std::int64_t address = 0, bytes = 0;
  bool write = false;
};

// Only level burst has what DRAM was asked for.
std::optional<base::Diagnostics> read_accesses(FileReader& reader, std::vector<Access>& accesses) {
  RecordBatch batch;
  for (;;) {
    auto more = reader.next(batch);
    if (!more) return more.problems();
    if (!*more) break;
    for_each_span(batch, [&accesses](const SpanView& s) {
      const Record& r = s.record;
      if (r.name == Name::burst) accesses.push_back({r.start, r.address(), r.bytes(), r.write()});
    });
  }
  std::stable_sort(accesses.begin(), accesses.end(),
                   [](const Access& a, const Access& b) { return a.arrival < b.arrival; });
  return std::nullopt;
}

}  // namespace

std::optional<base::Diagnostics> write_dram(FileReader& reader, TextOutput& out) {
  const TraceHeader& head = reader.header();
  if (head.level < Level::burst) {
    return base::failure(
        fmt::format("the trace has level {}; a DRAM request list needs level burst (--set trace.level=burst)",
                    to_string(head.level)));
  }
  const auto found =
      std::find_if(head.clocks.begin(), head.clocks.end(), [](const ClockDomain& c) { return c.name == "dram"; });
  const std::int64_t burst = facts_of(head, nullptr).dram_burst_bytes;
  if (found == head.clocks.end() || burst <= 0) {
    return base::failure("the trace does not say its DRAM clock and burst; it is not of a simulation");
  }
  const base::Clock& clock = found->clock;
  std::vector<Access> accesses;
  if (auto problem = read_accesses(reader, accesses)) return problem;
  out.put(fmt::format("# address R|W cycle; bursts of {} bytes, cycles of {}/{} ps\n", burst, clock.period_num(),
                      clock.period_den()));
  for (const Access& a : accesses) {
    // The first edge at or after the arrival.
    const std::int64_t cycle = clock.first_edge(a.arrival).count();
    for (std::int64_t at = a.address; at < a.address + a.bytes; at += burst) {
      out.put(fmt::format("0x{:x} {} {}\n", at, a.write ? 'W' : 'R', cycle));
    }
  }
  return std::nullopt;
}

}  // namespace tessera::trace
