// DRAM request lists: what DRAM was asked for, one line a native burst, in order of arrival at the DRAM. Three forms,
// with the same bursts in the same order:
//   dram       `address R|W cycle` under a head that says burst and clock (base/dram_requests.h): for `tessera dram`
//   dramsim3   `address READ|WRITE cycle`, as DRAMsim3 reads traces: nothing but requests, cycles of its own clock
//   ramulator  `LD|ST address`, Ramulator 2's LoadStoreTrace: without times, sent as fast as they are accepted
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/dram_requests.h"
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

base::Result<base::DramRequestsHead> head_of(const TraceHeader& trace) {
  if (trace.level < Level::burst) {
    return base::failure(
        fmt::format("the trace has level {}; a DRAM request list needs level burst (--set trace.level=burst)",
                    to_string(trace.level)));
  }
  const auto found =
      std::find_if(trace.clocks.begin(), trace.clocks.end(), [](const ClockDomain& c) { return c.name == "dram"; });
  const std::int64_t burst = facts_of(trace, nullptr).dram_burst_bytes;
  if (found == trace.clocks.end() || burst <= 0)
    return base::failure("the trace does not say its DRAM clock and burst; it is not of a simulation");
  return base::DramRequestsHead{burst, found->clock};
}

// Calls line(address, write, cycle) for every burst; a cycle is the first edge at or after the arrival.
template <class Line>
std::optional<base::Diagnostics> write_list(FileReader& reader, const base::DramRequestsHead& head, Line&& line) {
  std::vector<Access> accesses;
  if (auto problem = read_accesses(reader, accesses)) return problem;
  for (const Access& a : accesses) {
    const std::int64_t cycle = head.clock.first_edge(a.arrival).count();
    for (std::int64_t at = a.address; at < a.address + a.bytes; at += head.burst_bytes) line(at, a.write, cycle);
  }
  return std::nullopt;
}

}  // namespace

std::optional<base::Diagnostics> write_dram(FileReader& reader, TextOutput& out) {
  const auto head = head_of(reader.header());
  if (!head) return head.problems();
  out.put(base::dram_requests_head(*head));
  return write_list(reader, *head, [&out](std::int64_t address, bool write, std::int64_t cycle) {
    out.put(fmt::format("0x{:x} {} {}\n", address, write ? 'W' : 'R', cycle));
  });
}

std::optional<base::Diagnostics> write_dramsim3(FileReader& reader, TextOutput& out) {
  const auto head = head_of(reader.header());
  if (!head) return head.problems();
  return write_list(reader, *head, [&out](std::int64_t address, bool write, std::int64_t cycle) {
    out.put(fmt::format("0x{:x} {} {}\n", address, write ? "WRITE" : "READ", cycle));
  });
}

std::optional<base::Diagnostics> write_ramulator(FileReader& reader, TextOutput& out) {
  const auto head = head_of(reader.header());
  if (!head) return head.problems();
  return write_list(reader, *head, [&out](std::int64_t address, bool write, std::int64_t) {
    out.put(fmt::format("{} 0x{:x}\n", write ? "ST" : "LD", address));
  });
}

}  // namespace tessera::trace
