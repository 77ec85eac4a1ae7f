#include "trace/report/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace tessera::trace {
namespace {

constexpr std::size_t kMostCores = 8;  // rows of a table; many-core machines show their first cores and the mean

std::string percent(const Ratio& r) { return r ? fmt::format("{:6.2f}%", *r * 100) : "     -"; }
std::string share(Ps part, Ps whole) {
  return whole > Ps{0} ? percent(static_cast<double>(part.count()) / static_cast<double>(whole.count())) : "     -";
}
std::string us(Ps p) { return fmt::format("{:.3f}", static_cast<double>(p.count()) * 1e-6); }
std::string us(const std::optional<Ps>& p) { return p ? us(*p) : "-"; }
std::string gb_per_second(const Ratio& r) { return r ? fmt::format("{:.2f}", *r * 1e-9) : "-"; }
std::string mega(std::int64_t bytes) { return fmt::format("{:.3f}", static_cast<double>(bytes) * 1e-6); }

// The cores that a table shows, and a line that says how many it does not.
std::size_t shown(const MeasuresResult& m) { return std::min(m.cores.size(), kMostCores); }
std::string rest(const MeasuresResult& m) {
  return m.cores.size() > shown(m) ? fmt::format("  ... and {} more cores\n", m.cores.size() - shown(m)) : "";
}

std::string latency_row(const char* name, const Latency& l) {
  return fmt::format("  {:<24} {:>9} {:>12} {:>12} {:>12} {:>12} {:>12}\n", name, l.samples, us(l.mean), us(l.p50),
                     us(l.p90), us(l.p99), us(l.max));
}

void stall_rows(std::string& out, const MeasuresResult& m, UnitTime CoreMeasures::*unit) {
  const auto row = [&](std::string_view name, auto value) {
    std::string line = fmt::format("  {:<14}", name);
    for (std::size_t c = 0; c < shown(m); ++c) line += fmt::format(" {:>9}", share(value(m.cores[c].*unit), m.window));
    out += line + "\n";
  };
  row("busy", [](const UnitTime& t) { return t.busy; });
  for (std::size_t r = 1; r < kReasonCount; ++r) {
    const bool any =
        std::any_of(m.cores.begin(), m.cores.end(), [&](const CoreMeasures& c) { return (c.*unit).stall[r] > Ps{0}; });
    if (any) row(to_string(static_cast<Reason>(r)), [r](const UnitTime& t) { return t.stall[r]; });
  }
}

}  // namespace

std::string core_table(const MeasuresResult& m) {
  std::string out = "Cores [1]          array busy   MAC util.     overlap      hidden     exposed            MACs\n";
  for (std::size_t i = 0; i < shown(m); ++i) {
    const CoreMeasures& c = m.cores[i];
    out += fmt::format("  {:<14} {:>12} {:>11} {:>11} {:>11} {:>11} {:>15}\n", c.name, percent(c.time_utilization),
                       percent(c.mac_utilization), percent(c.overlap_ratio), percent(c.hidden_transfer),
                       percent(c.exposed_transfer), c.macs);
  }
  out += rest(m);
  out += fmt::format("  {:<14} {:>12} {:>11} {:>11} {:>11} {:>11} {:>15}\n", "mean / total",
                     percent(m.time_utilization), percent(m.mac_utilization), percent(m.overlap_ratio),
                     percent(m.hidden_transfer), percent(m.exposed_transfer), m.macs);
  out += fmt::format("  machine-wide overlap {}; no request for {} of {} us\n", percent(m.any_overlap_ratio),
                     us(m.no_request), us(m.window));
  return out;
}

std::string stall_table(const MeasuresResult& m) {
  std::string head = "Array time, share of the window [2]\n  ";
  head += fmt::format("{:<12}", "");
  for (std::size_t c = 0; c < shown(m); ++c) head += fmt::format(" {:>9}", m.cores[c].name);
  std::string out = head + "\n";
  stall_rows(out, m, &CoreMeasures::array);
  out += rest(m) + "Vector unit time, share of the window\n";
  stall_rows(out, m, &CoreMeasures::vector);
  return out;
}

std::string buffer_table(const MeasuresResult& m) {
  std::string out = "Double buffering [3]\n";
  for (std::size_t o = 0; o < 3; ++o) {
    const OperandMeasures& b = m.operands[o];
    out += fmt::format("  {:<14} {:>9}  {}\n", to_string(static_cast<Operand>(o)), percent(b.effectiveness),
                       b.verdict ? to_string(*b.verdict) : "no data");
  }
  out += fmt::format("{:<26} {:>9} {:>12} {:>12} {:>12} {:>12} {:>12}\n", "Latency in us [4]", "samples", "mean", "P50",
                     "P90", "P99", "max");
  out += latency_row("load to compute", m.load_to_compute);
  out += latency_row("compute to writeback", m.compute_to_writeback);
  if (!m.cores.empty()) out += latency_row(("tile gap, " + m.cores[0].name).c_str(), m.cores[0].tile_gap);
  out += latency_row("request", m.request_latency);
  return out;
}

std::string dma_table(const MeasuresResult& m) {
  std::string out =
      "DMA [5]                 read MB    write MB      GB/s   of peak    active  transfers   waits us: channel / noc "
      "/ dram / port\n";
  for (const ChannelMeasures& c : m.channels) {
    out += fmt::format("  {:<18} {:>10} {:>11} {:>9} {:>9} {:>9} {:>10}   {} / {} / {} / {}\n", c.name,
                       mega(c.read_bytes), mega(c.write_bytes), gb_per_second(c.bytes_per_second),
                       percent(c.utilization), share(c.active, m.window), c.transfers, us(c.waits[0]), us(c.waits[1]),
                       us(c.waits[2]), us(c.waits[3]));
  }
  out += fmt::format("  {:<18} {:>10} {:>11} {:>9} {:>9}", "all", mega(m.read_bytes), mega(m.write_bytes),
                     gb_per_second(m.dma_bytes_per_second), percent(m.dma_utilization));
  if (m.wasted_bytes) out += fmt::format("   wasted {} MB", mega(*m.wasted_bytes));
  return out + "\n";
}

std::string operator_table(const MeasuresResult& m, std::size_t most) {
  std::string out = fmt::format("Operators by active time [6]{:<22} {:>12} {:>8} {:>9} {:>14} {:>10} {:>10}\n", "",
                                "active us", "share", "tiles", "MACs", "read MB", "write MB");
  for (std::size_t i = 0; i < std::min(most, m.operators.size()); ++i) {
    const OperatorMeasures& o = m.operators[i];
    std::string name = o.name.empty() ? fmt::format("operator {}", o.op) : o.name;
    if (name.size() > 36) name = "..." + name.substr(name.size() - 33);
    out +=
        fmt::format("  {:<36} {:<9} {:>14} {:>8} {:>9} {:>14} {:>10} {:>10}\n", name, o.type.substr(0, 9), us(o.active),
                    share(o.active, m.window), o.tiles, o.macs, mega(o.read_bytes), mega(o.write_bytes));
  }
  return out;
}

std::string path_table(const CriticalPath& p) {
  std::string out = fmt::format("Critical path [7], {} us\n", us(p.makespan));
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < kPathParts; ++i) {
    if (p.length[i] > Ps{0}) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p.length[a] > p.length[b]; });
  for (const std::size_t i : order) {
    out += fmt::format("  {:<14} {:>14} us {:>9}\n", to_string(static_cast<PathPart>(i)), us(p.length[i]),
                       share(p.length[i], p.makespan));
  }
  std::string jumps;
  for (std::size_t i = 1; i < p.links.size(); ++i) {
    if (p.links[i] > 0)
      jumps += fmt::format("{}{} {}", jumps.empty() ? "" : ", ", to_string(static_cast<Link>(i)), p.links[i]);
  }
  if (!jumps.empty()) out += "  jumps: " + jumps + "\n";
  return out;
}

std::string legend() {
  return "[1] array busy: busy / window. MAC util.: MACs / (PEs x array cycles of the window). overlap: |U(compute) n "
         "U(dma)| / window;\n"
         "    hidden: the same / |U(dma)|; exposed: the rest. Per core over its own transfers (queueing to last "
         "answer); U = union.\n"
         "[2] exactly one reason for every picosecond that a unit does not work; the column adds up to the window.\n"
         "[3] share of the fill time (output: drain time) of an operand's slots that lies under compute of its core;\n"
         "    working from 60 %, partly from 20 %.\n"
         "[4] end of a tile's last load to its start; end of a group's last task to the end of its store; idle array "
         "time between\n"
         "    two computes; arrival to last store. Percentiles by nearest rank.\n"
         "[5] bytes moved, padding included, over the whole window; active: a transfer queued or on its way; waits "
         "summed over transfers.\n"
         "[6] union of the operator's spans on arrays and vector units over all cores.\n"
         "[7] chain of spans and waits from the last store back to the first arrival; its parts add up to the "
         "makespan.\n";
}

std::string report_text(const MeasuresResult& m, const CriticalPath* path, std::size_t most_operators) {
  std::string out = core_table(m) + "\n" + stall_table(m) + "\n" + buffer_table(m) + "\n" + dma_table(m) + "\n" +
                    operator_table(m, most_operators) + "\n";
  if (path != nullptr) out += path_table(*path) + "\n";
  return out + legend();
}

}  // namespace tessera::trace
