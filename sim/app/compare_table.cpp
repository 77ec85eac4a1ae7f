#include "sim/app/compare_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/escape.h"
#include "base/json_document.h"
#include "trace/record/reasons.h"
#include "trace/report/text.h"

namespace tessera::app {
namespace {

using sim::RunSummary;
using Number = std::optional<double>;

Number mac_utilization(const RunSummary& s) {
  double sum = 0;
  for (const auto& core : s.measures.cores) sum += core.mac_utilization.value_or(0);
  if (s.measures.cores.empty()) return {};
  return 100 * sum / static_cast<double>(s.measures.cores.size());
}
Number array_busy(const RunSummary& s) {
  double busy = 0, all = 0;
  for (const auto& core : s.measures.cores) {
    busy += static_cast<double>(core.array.busy.count());
    all += static_cast<double>(core.window.count());
  }
  if (all <= 0) return {};
  return 100 * busy / all;
}
Number dram_utilization(const RunSummary& s) {
  const double peak = static_cast<double>(s.dram_peak_bytes_per_second) * static_cast<double>(s.makespan.count());
  if (peak <= 0) return {};
  return 1e14 * static_cast<double>(s.dram.read_bytes + s.dram.write_bytes) / peak;
}
Number overlap(const RunSummary& s) {
  if (!s.measures.any_overlap_ratio) return {};
  return 100 * *s.measures.any_overlap_ratio;
}
Number energy(const RunSummary& s) {
  if (!s.energy) return {};
  return s.energy->run.report.total_uj();
}
Number power(const RunSummary& s) {
  if (!s.energy) return {};
  return s.energy->run.report.average_mw() * 1e-3;
}

base::Ps longest_request(const RunSummary& s) {
  base::Ps longest{0};
  for (const sim::RequestResult& r : s.requests) longest = std::max(longest, r.latency());
  return longest;
}

struct Column {
  std::string_view key, head;  // in the JSON document; on the screen
  int digits;
  Number (*value)(const RunSummary&);
  std::string_view text;
};
constexpr std::array kColumns{
    Column{"makespan_us", "us", 1, [](const RunSummary& s) -> Number { return s.makespan.count() / 1e6; }, "makespan"},
    Column{"gap", "x", 3, [](const RunSummary& s) { return s.gap().total(); },
           "makespan / lower bound: the product of the next three"},
    Column{"gap_bytes", "bytes", 2, [](const RunSummary& s) { return s.gap().bytes(); },
           "bound with moved bytes / bound"},
    Column{"gap_phases", "phases", 2, [](const RunSummary& s) { return s.gap().phase(); },
           "operators one after the other / bound with moved bytes"},
    Column{"gap_overlap", "overlap", 2, [](const RunSummary& s) { return s.gap().overlap(); },
           "makespan / operators one after the other"},
    Column{"mac_percent", "MAC%", 0, mac_utilization, "MACs / what all PEs could have done"},
    Column{"array_percent", "PE%", 0, array_busy, "arrays at work, mean over the cores"},
    Column{"dram_percent", "DRAM%", 0, dram_utilization, "bytes over the DRAM's buses / their peak"},
    Column{"overlap_percent", "both%", 0, overlap, "compute and transfers at once"},
    Column{"dram_mb", "MB", 1,
           [](const RunSummary& s) -> Number { return (s.dram.read_bytes + s.dram.write_bytes) / 1e6; },
           "bytes over the DRAM's buses"},
    Column{"energy_uj", "uJ", 0, energy, "energy of the run; not there without an energy table"},
    Column{"power_w", "W", 2, power, "energy / makespan"},
};

std::string shown(const Column& c, const RunSummary& s) {
  const Number n = c.value(s);
  return n ? fmt::format("{:.{}f}", *n, c.digits) : "-";
}

// The end of a long name says more than its beginning: a path ends in its file.
std::string clipped(const std::string& name, std::size_t most) {
  const std::string text = base::screen_text(name);
  return text.size() <= most ? text : ".." + text.substr(text.size() - most + 2);
}

double array_share(const RunSummary& s, std::size_t reason) {
  double wait = 0, all = 0;
  for (const auto& core : s.measures.cores) {
    wait += static_cast<double>(core.array.stall[reason].count());
    all += static_cast<double>(core.window.count());
  }
  return all > 0 ? wait / all : 0;
}

std::string title(const ComparedCell& cell) {
  std::string text = fmt::format("{} on {}", base::screen_text(cell.network), base::screen_text(cell.npu));
  for (const ComparedRun& run : cell.runs) {
    if (!run.summary) continue;
    text +=
        fmt::format(": {} tiles, bound {:.1f} us by {}", run.summary->tiles, run.summary->bound.time().count() / 1e6,
                    scheduler::kBoundTermNames[static_cast<std::size_t>(run.summary->bound.binding())]);
    break;
  }
  return text;
}

std::string reason_text(const DifferingReason& r) {
  return fmt::format("{} {:.0f} % ({}) to {:.0f} % ({})", r.reason, 100 * r.least, clipped(r.least_policy, 16),
                     100 * r.most, clipped(r.most_policy, 16));
}

// Of the head and of every row, one more than the longest.
std::size_t width_of(const Column& c, const ComparedCell& cell) {
  std::size_t width = c.head.size();
  for (const ComparedRun& run : cell.runs)
    if (run.summary) width = std::max(width, shown(c, *run.summary).size());
  return width + 1;
}

// As many columns side by side as the screen has room for; the others below, so that no line is longer.
std::string rows_text(const ComparedCell& cell, std::size_t width) {
  std::size_t name = 6;
  for (const ComparedRun& run : cell.runs) name = std::max(name, std::min<std::size_t>(20, run.policy.size()));
  std::string text;
  for (std::size_t from = 0, to = 0; from < kColumns.size(); from = to) {
    for (std::size_t used = name; to < kColumns.size(); ++to) {
      used += width_of(kColumns[to], cell);
      if (to > from && used > width) break;
    }
    const auto line = [&](const std::string& first, const auto& value) {
      fmt::format_to(std::back_inserter(text), "{:<{}}", first, name);
      for (std::size_t c = from; c < to; ++c)
        fmt::format_to(std::back_inserter(text), "{:>{}}", value(kColumns[c]), width_of(kColumns[c], cell));
      text += '\n';
    };
    line("policy", [](const Column& c) { return std::string(c.head); });
    for (const ComparedRun& run : cell.runs)
      if (run.summary) line(clipped(run.policy, name), [&](const Column& c) { return shown(c, *run.summary); });
  }
  return text;
}

// Of a run with several requests, or with a deadline: the longest latency and what was missed.
std::string requests_of(const RunSummary& s) {
  const sim::Deadlines d = sim::deadlines(s.requests);
  if (s.requests.size() < 2 && d.given == 0) return "";
  std::string text = fmt::format("{:.1f} us", longest_request(s).count() / 1e6);
  if (d.given > 0) text += fmt::format(" ({} of {} deadlines missed)", d.missed, d.given);
  return text;
}

std::vector<std::string> request_parts(const ComparedCell& cell) {
  std::vector<std::string> parts;
  for (const ComparedRun& run : cell.runs) {
    if (!run.summary) continue;
    if (const std::string text = requests_of(*run.summary); !text.empty())
      parts.push_back(fmt::format("{}{} {}", parts.empty() ? "" : ", ", clipped(run.policy, 16), text));
  }
  return parts;
}

}  // namespace

bool ComparedCell::failed() const {
  return !failure.empty() || std::ranges::any_of(runs, [](const ComparedRun& r) { return !r.failure.empty(); });
}

std::vector<DifferingReason> differing_reasons(const ComparedCell& cell, std::size_t count) {
  std::vector<DifferingReason> all;
  for (std::size_t r = 0; r < trace::kReasons.size(); ++r) {
    DifferingReason d{std::string(trace::kReasonWords[r]), {}, {}, 2, -1};
    for (const ComparedRun& run : cell.runs) {
      if (!run.summary) continue;
      const double share = array_share(*run.summary, r);
      if (share < d.least) d.least = share, d.least_policy = run.policy;
      if (share > d.most) d.most = share, d.most_policy = run.policy;
    }
    if (d.most - d.least >= 0.01) all.push_back(std::move(d));
  }
  std::ranges::stable_sort(all, [](const auto& a, const auto& b) { return a.most - a.least > b.most - b.least; });
  if (all.size() > count) all.resize(count);
  return all;
}

std::string compare_text(const std::vector<ComparedCell>& cells, std::size_t width) {
  std::string text;
  for (const ComparedCell& cell : cells) {
    if (!text.empty()) text += '\n';
    text += trace::wrapped("", title(cell), width) + '\n';
    if (!cell.failure.empty()) {
      text += trace::wrapped("  ", "failed: " + base::screen_text(cell.failure), width) + '\n';
      continue;
    }
    text += rows_text(cell, width);
    for (const ComparedRun& run : cell.runs)
      if (!run.failure.empty())
        text += trace::wrapped("  ", fmt::format("{} failed: {}", run.policy, base::screen_text(run.failure)), width);
    if (const auto requests = request_parts(cell); !requests.empty())
      text += trace::wrapped_parts("longest request: ", requests, width);
    const auto reasons = differing_reasons(cell, 3);
    std::vector<std::string> parts;
    for (const DifferingReason& r : reasons) parts.push_back(reason_text(r) + (&r == &reasons.back() ? "" : ", "));
    if (!parts.empty()) text += trace::wrapped_parts("arrays wait differently: ", parts, width);
  }
  text += '\n';
  for (const Column& c : kColumns) text += trace::wrapped("", fmt::format("{:<8}{}", c.head, c.text), width);
  return text;
}

std::string compare_markdown(const std::vector<ComparedCell>& cells) {
  std::string text;
  const auto out = std::back_inserter(text);
  const auto cell_text = [](std::string s) {
    for (std::size_t at = 0; (at = s.find_first_of("|\n", at)) != std::string::npos; at += 2)
      s.replace(at, 1, s[at] == '|' ? "\\|" : "  ");
    return s;
  };
  for (const ComparedCell& cell : cells) {
    fmt::format_to(out, "{}## {}\n\n", text.empty() ? "" : "\n", title(cell));
    if (!cell.failure.empty()) {
      fmt::format_to(out, "Failed: {}\n", cell.failure);
      continue;
    }
    text += "| policy |";
    for (const Column& c : kColumns) fmt::format_to(out, " {} |", c.head);
    text += "\n|---|";
    for (std::size_t c = 0; c < kColumns.size(); ++c) text += "---:|";
    text += '\n';
    for (const ComparedRun& run : cell.runs) {
      fmt::format_to(out, "| {} |", cell_text(run.policy));
      if (!run.summary) fmt::format_to(out, " failed: {} |", cell_text(run.failure));
      else
        for (const Column& c : kColumns) fmt::format_to(out, " {} |", shown(c, *run.summary));
      text += '\n';
    }
    if (const auto requests = request_parts(cell); !requests.empty())
      fmt::format_to(out, "\nLongest request: {}\n", fmt::join(requests, ""));
    const auto reasons = differing_reasons(cell, 3);
    if (!reasons.empty()) text += "\nArrays wait differently:\n\n";
    for (const DifferingReason& r : reasons) fmt::format_to(out, "- {}\n", reason_text(r));
  }
  text += '\n';
  for (const Column& c : kColumns) fmt::format_to(out, "- `{}`: {}\n", c.head, c.text);
  return text;
}

std::string compare_json(const std::vector<ComparedCell>& cells) {
  base::JsonDocument document("tessera.compare/1");
  document.open_list("cells");
  for (const ComparedCell& cell : cells) {
    const std::string at = document.append("cells");
    document.put(at + "network", cell.network);
    document.put(at + "npu", cell.npu);
    document.put(at + "failure", cell.failure.empty() ? base::Value{} : base::value_of(cell.failure));
    document.open_list(at + "runs");
    for (const ComparedRun& run : cell.runs) {
      const std::string here = document.append(at + "runs");
      document.put(here + "policy", run.policy);
      document.put(here + "failure", run.failure.empty() ? base::Value{} : base::value_of(run.failure));
      if (!run.summary) continue;
      const RunSummary& s = *run.summary;
      document.put(here + "makespan_ps", s.makespan);
      document.put(here + "lower_bound_ps", s.bound.time());
      document.put(here + "tiles", s.tiles);
      document.put(here + "longest_request_ps", longest_request(s));
      document.put(here + "deadlines_missed", sim::deadlines(s.requests).missed);
      for (const Column& c : kColumns) document.put(here + std::string(c.key), c.value(s));
      for (std::size_t r = 0; r < trace::kReasons.size(); ++r)
        document.put(here + "array_wait." + std::string(trace::kReasonWords[r]), array_share(s, r));
    }
    document.open_list(at + "differing_reasons");
    for (const DifferingReason& r : differing_reasons(cell, trace::kReasons.size())) {
      const std::string here = document.append(at + "differing_reasons");
      document.put(here + "reason", r.reason);
      document.put(here + "least", r.least);
      document.put(here + "least_policy", r.least_policy);
      document.put(here + "most", r.most);
      document.put(here + "most_policy", r.most_policy);
    }
  }
  return document.text() + "\n";
}

}  // namespace tessera::app
