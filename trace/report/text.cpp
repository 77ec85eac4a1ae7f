#include "trace/report/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "trace/analysis/measure_table.h"
#include "trace/report/columns.h"

namespace tessera::trace {
namespace {

using base::Value;

constexpr std::size_t kMostCores = 6;  // in a table; many-core machines show their first cores and the mean

std::string percent(const Ratio& r) { return r ? fmt::format("{:6.2f}%", *r * 100) : "     -"; }
std::string share(Ps part, Ps whole) {
  return whole > Ps{0} ? percent(static_cast<double>(part.count()) / static_cast<double>(whole.count())) : "     -";
}

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
    case Show::time: return scaled(v, 1 / time_unit(window).ps, 3);
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

std::string row_name(const std::string& name) {
  return fmt::format("  {:<{}}", end_of_name(name, kNameWidth), kNameWidth);
}

template <class Row>
std::string latency_row(const std::string& title, const std::string& id, const MeasureTable<Row>& table, const Row& row,
                        const MeasuresResult& m) {
  const auto value = [&](std::string_view part) { return table.find(id + std::string(part))->value(row, m.level); };
  return fmt::format("  {:<20}", title) + cells(kLatencyColumns, m.window, value) + "\n";
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

std::string core_table(const MeasuresResult& m) {
  std::string out = fmt::format("{:<14}{}\n", "Cores [1]", titles(kCoreColumns));
  for (std::size_t i = 0; i < shown(m); ++i) {
    const CoreMeasures& c = m.cores[i];
    out += row_name(c.name) + cells(kCoreColumns, m.window, values_of(core_measures(), c, m.level)) + "\n";
  }
  out += rest(m) + row_name("mean / total") +
         cells(kCoreColumns, m.window, [&m](std::string_view id) { return run_value(m, id); }) + "\n";
  const TimeUnit unit = time_unit(m.window);
  out += fmt::format("  machine-wide overlap {}; no request for {} of {} {}\n", percent(m.any_overlap_ratio),
                     in_unit(m.no_request, unit), in_unit(m.window, unit), unit.name);
  if (m.host_tasks > 0)
    out += fmt::format("  host: {} task(s), busy for {} of {} {} ({})\n", m.host_tasks, in_unit(m.host_busy, unit),
                       in_unit(m.window, unit), unit.name, share(m.host_busy, m.window));
  return out;
}

std::string stall_table(const MeasuresResult& m) {
  std::string out = "Array time, share of the window [2]\n";
  out += fmt::format("  {:<14}", "");
  for (std::size_t c = 0; c < shown(m); ++c) out += fmt::format(" {:>9}", end_of_name(m.cores[c].name, 9));
  out += "\n";
  stall_rows(out, m, &CoreMeasures::array);
  out += rest(m) + "Vector unit time, share of the window [2]\n";
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
  out += fmt::format("{:<22}{}\n", fmt::format("Latency in {} [4]", time_unit(m.window).name), titles(kLatencyColumns));
  out += latency_row("load to compute", "load_to_compute", run_measures(), m, m);
  out += latency_row("compute to writeback", "compute_to_writeback", run_measures(), m, m);
  if (!m.cores.empty()) {
    const std::string title = "tile gap, " + end_of_name(m.cores[0].name, 10);
    out += latency_row(title, "tile_gap", core_measures(), m.cores[0], m);
  }
  out += latency_row("request", "request_latency", run_measures(), m, m);
  return out;
}

std::string wait_table(const MeasuresResult& m) {
  const TimeUnit unit = time_unit(m.window);
  std::string out = fmt::format("{:<18}", fmt::format("DMA waits in {} [6]", unit.name));
  for (const char* title : kWaitTitles) out += fmt::format(" {:>14}", title);
  out += "\n";
  std::array<Ps, kWaitTitles.size()> sum{};
  const auto row = [&](const std::string& name, const auto& waits) {
    out += fmt::format("  {:<16}", name);
    for (const Ps wait : waits) out += fmt::format(" {:>14}", in_unit(wait, unit));
    out += "\n";
  };
  for (const ChannelMeasures& c : m.channels) {
    row(end_of_name(c.name, 16), c.waits);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += c.waits[i];
  }
  row("all", sum);
  return out;
}

std::string dma_table(const MeasuresResult& m) {
  std::string out = fmt::format("{:<14}{}\n", "DMA [5]", titles(kChannelColumns));
  for (const ChannelMeasures& c : m.channels)
    out += row_name(c.name) + cells(kChannelColumns, m.window, values_of(channel_measures(), c, m.level)) + "\n";
  // All channels together have a peak of their own.
  auto all = kChannelColumns;
  all[2].id = "dma_bytes_per_second";
  all[3].id = "dma_utilization";
  const std::array of_run{all[0], all[1], all[2], all[3]};
  out += row_name("all") + cells(of_run, m.window, [&m](std::string_view id) { return run_value(m, id); });
  if (m.wasted_bytes) out += fmt::format("   wasted {} MB", shown_as(Show::mega, *m.wasted_bytes, m.window));
  return out + "\n" + wait_table(m);
}

// A wider screen shows more of the names, and then the types.
std::string operator_table(const MeasuresResult& m, const Screen& screen) {
  constexpr std::size_t kNumbers = 58, kType = 12, kMostName = 48;
  const std::size_t free = std::max(screen.width, kLeastWidth) - kNumbers - 2;
  const bool types = free >= 32 + kType;
  const std::size_t name_width = std::min(kMostName, free - (types ? kType : 0));
  const std::string title = fmt::format("Operators, {} [7]", time_unit(m.window).name);
  std::string out = fmt::format("{:<{}}{}\n", title, name_width + 2 + (types ? kType : 0), titles(kOperatorColumns));
  const std::size_t most = std::min(screen.operators, m.operators.size());
  for (std::size_t i = 0; i < most; ++i) {
    const OperatorMeasures& o = m.operators[i];
    const std::string name = o.name.empty() ? fmt::format("operator {}", o.op) : o.name;
    out += fmt::format("  {:<{}}", end_of_name(name, name_width), name_width);
    if (types) out += fmt::format(" {:<{}}", base::screen_text(o.type).substr(0, kType - 1), kType - 1);
    out += cells(kOperatorColumns, m.window, values_of(operator_measures(), o, m.level)) + "\n";
  }
  if (most < m.operators.size())
    out += fmt::format("  ... and {} more operators (--operators {})\n", m.operators.size() - most, m.operators.size());
  return out;
}

std::string path_table(const CriticalPath& p) {
  const TimeUnit unit = time_unit(p.makespan);
  std::string out = fmt::format("Critical path [8], {} {}\n", in_unit(p.makespan, unit), unit.name);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < kPathParts; ++i) {
    if (p.length[i] > Ps{0}) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p.length[a] > p.length[b]; });
  for (const std::size_t i : order) {
    out += fmt::format("  {:<14} {:>14} {} {:>9}\n", to_string(static_cast<PathPart>(i)), in_unit(p.length[i], unit),
                       unit.name, share(p.length[i], p.makespan));
  }
  return out;
}

std::string jumps(const CriticalPath& p, const Screen& screen) {
  std::vector<std::string> parts;
  for (std::size_t i = 1; i < p.links.size(); ++i) {
    if (p.links[i] > 0) parts.push_back(fmt::format("{} {}, ", to_string(static_cast<Link>(i)), p.links[i]));
  }
  if (parts.empty()) return "";
  parts.back().resize(parts.back().size() - 2);
  return wrapped_parts("  jumps: ", parts, screen.width);
}

}  // namespace

std::string tables(const MeasuresResult& m, const CriticalPath* path, const Screen& screen) {
  std::string out = core_table(m) + "\n" + stall_table(m) + "\n" + buffer_table(m) + "\n" + dma_table(m) + "\n" +
                    operator_table(m, screen);
  if (path != nullptr) out += "\n" + path_table(*path) + jumps(*path, screen);
  return out;
}

std::string report_text(const MeasuresResult& m, const CriticalPath* path, const Screen& screen) {
  return tables(m, path, screen) + "\n" + legend(path, screen);
}

}  // namespace tessera::trace
