#include "trace/report/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "trace/analysis/measure_table.h"
#include "trace/report/columns.h"

namespace tessera::trace {
namespace {

using base::Value;

constexpr std::size_t kMostCores = 8;  // rows of a table; many-core machines show their first cores and the mean

std::string percent(const Ratio& r) { return r ? fmt::format("{:6.2f}%", *r * 100) : "     -"; }
std::string share(Ps part, Ps whole) {
  return whole > Ps{0} ? percent(static_cast<double>(part.count()) / static_cast<double>(whole.count())) : "     -";
}
std::string us(Ps p) { return fmt::format("{:.3f}", static_cast<double>(p.count()) * 1e-6); }

std::string scaled(const Value& v, double factor, int digits) {
  const auto number = base::number_of(v);
  return number ? fmt::format("{:.{}f}", *number * factor, digits) : "-";
}
std::string plain(const Value& v) {
  if (const auto* whole = std::get_if<std::int64_t>(&v)) return fmt::format("{}", *whole);
  if (const auto* text = std::get_if<std::string>(&v)) return *text;
  return "-";
}

std::string shown_as(Show show, const Value& v, Ps window) {
  switch (show) {
    case Show::plain: return plain(v);
    case Show::percent: return percent(base::number_of(v));
    case Show::share: {
      const auto* ps = std::get_if<std::int64_t>(&v);
      return ps != nullptr ? share(Ps{*ps}, window) : percent(std::nullopt);
    }
    case Show::us: return scaled(v, 1e-6, 3);
    case Show::mega: return scaled(v, 1e-6, 3);
    case Show::giga: return scaled(v, 1e-9, 2);
  }
  return {};
}

template <std::size_t N>
std::string titles(const std::array<Column, N>& columns) {
  std::string line;
  for (const Column& c : columns) line += fmt::format(" {:>{}}", c.title, c.width);
  return line;
}

// The cells of one row; `value` gives the value of a measure by its id.
template <std::size_t N, class ValueOf>
std::string cells(const std::array<Column, N>& columns, Ps window, ValueOf value) {
  std::string line;
  for (const Column& c : columns) line += fmt::format(" {:>{}}", shown_as(c.show, value(c.id), window), c.width);
  return line;
}

template <class Row>
auto values_of(const MeasureTable<Row>& table, const Row& row, Level level) {
  return [&table, &row, level](std::string_view id) { return table.find(id)->value(row, level); };
}

// The cores that a table shows, and a line that says how many it does not.
std::size_t shown(const MeasuresResult& m) { return std::min(m.cores.size(), kMostCores); }
std::string rest(const MeasuresResult& m) {
  return m.cores.size() > shown(m) ? fmt::format("  ... and {} more cores\n", m.cores.size() - shown(m)) : "";
}

template <class Row>
std::string latency_row(const std::string& title, const std::string& id, const MeasureTable<Row>& table, const Row& row,
                        const MeasuresResult& m) {
  const auto value = [&](std::string_view part) { return table.find(id + std::string(part))->value(row, m.level); };
  return fmt::format("  {:<24}", title) + cells(kLatencyColumns, m.window, value) + "\n";
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
  std::string out = fmt::format("{:<16}{}\n", "Cores [1]", titles(kCoreColumns));
  for (std::size_t i = 0; i < shown(m); ++i) {
    const CoreMeasures& c = m.cores[i];
    out +=
        fmt::format("  {:<14}", c.name) + cells(kCoreColumns, m.window, values_of(core_measures(), c, m.level)) + "\n";
  }
  out += rest(m);
  out += fmt::format("  {:<14}", "mean / total") +
         cells(kCoreColumns, m.window, [&m](std::string_view id) { return run_value(m, id); }) + "\n";
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
  out += fmt::format("{:<26}{}\n", "Latency in us [4]", titles(kLatencyColumns));
  out += latency_row("load to compute", "load_to_compute", run_measures(), m, m);
  out += latency_row("compute to writeback", "compute_to_writeback", run_measures(), m, m);
  if (!m.cores.empty()) out += latency_row("tile gap, " + m.cores[0].name, "tile_gap", core_measures(), m.cores[0], m);
  out += latency_row("request", "request_latency", run_measures(), m, m);
  return out;
}

std::string dma_table(const MeasuresResult& m) {
  std::string out = fmt::format("{:<20}{}   waits us: channel / noc / dram\n", "DMA [5]", titles(kChannelColumns));
  for (const ChannelMeasures& c : m.channels) {
    out += fmt::format("  {:<18}", c.name) +
           cells(kChannelColumns, m.window, values_of(channel_measures(), c, m.level)) +
           fmt::format("   {} / {} / {}\n", us(c.waits[0]), us(c.waits[1]), us(c.waits[2]));
  }
  // All channels together have a peak of their own.
  const std::array all{Column{"", "read_bytes", Show::mega, 10}, Column{"", "write_bytes", Show::mega, 11},
                       Column{"", "dma_bytes_per_second", Show::giga, 9},
                       Column{"", "dma_utilization", Show::percent, 9}};
  out += fmt::format("  {:<18}", "all") + cells(all, m.window, [&m](std::string_view id) { return run_value(m, id); });
  if (m.wasted_bytes) out += fmt::format("   wasted {} MB", shown_as(Show::mega, *m.wasted_bytes, m.window));
  return out + "\n";
}

std::string operator_table(const MeasuresResult& m, std::size_t most) {
  std::string out = fmt::format("{:<48}{}\n", "Operators by active time [6]", titles(kOperatorColumns));
  for (std::size_t i = 0; i < std::min(most, m.operators.size()); ++i) {
    const OperatorMeasures& o = m.operators[i];
    std::string name = o.name.empty() ? fmt::format("operator {}", o.op) : o.name;
    if (name.size() > 36) name = "..." + name.substr(name.size() - 33);
    out += fmt::format("  {:<36} {:<9}", name, o.type.substr(0, 9)) +
           cells(kOperatorColumns, m.window, values_of(operator_measures(), o, m.level)) + "\n";
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

std::string report_text(const MeasuresResult& m, const CriticalPath* path, std::size_t most_operators) {
  std::string out = core_table(m) + "\n" + stall_table(m) + "\n" + buffer_table(m) + "\n" + dma_table(m) + "\n" +
                    operator_table(m, most_operators) + "\n";
  if (path != nullptr) out += path_table(*path) + "\n";
  return out + legend();
}

}  // namespace tessera::trace
