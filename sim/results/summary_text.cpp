#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <vector>

#include "base/escape.h"
#include "sim/results/summary.h"
#include "trace/report/text.h"

namespace tessera::sim {
namespace {

using PlanPart = std::optional<scheduler::PlanReport::Part>;

std::string grouped(std::int64_t n) {
  std::string digits = std::to_string(n);
  for (auto i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), 1, ',');
  return digits;
}

std::string mb(std::int64_t bytes) { return fmt::format("{:.3f} MB", static_cast<double>(bytes) * 1e-6); }

// What binds stands first; the others as they come.
std::string terms_text(const scheduler::LowerBound& bound, const trace::TimeUnit& unit, std::size_t width) {
  std::vector<std::string> parts;
  const auto add = [&](std::size_t i, const char* mark) {
    parts.push_back(
        fmt::format("{} {}{}  ", scheduler::kBoundTermNames[i], trace::in_unit(bound.terms[i], unit), mark));
  };
  const auto binding = static_cast<std::size_t>(bound.binding());
  add(binding, "*");
  for (std::size_t i = 0; i < bound.terms.size(); ++i) {
    if (i != binding && bound.terms[i].count() > 0) add(i, "");
  }
  return trace::wrapped_parts("    ", parts, width);
}

std::string bounds_text(const RunSummary& s, const trace::Screen& screen) {
  const trace::TimeUnit unit = trace::time_unit(s.makespan);
  std::string text =
      fmt::format("{:<34}{:>13}  makespan/bound\n", fmt::format("lower bound in {}; * binds", unit.name), "bound");
  const auto line = [&](const char* name, const scheduler::LowerBound& bound) {
    const base::Ps time = bound.time();
    const double over =
        time.count() > 0 ? static_cast<double>(s.makespan.count()) / static_cast<double>(time.count()) : 0;
    fmt::format_to(std::back_inserter(text), "  {:<32}{:>13}  {:>12.3f} x\n", name, trace::in_unit(time, unit), over);
    text += terms_text(bound, unit, screen.width);
  };
  line("any schedule of these tiles", s.bound);
  line("... moving the bytes of this run", s.bound_moved);
  line("any tiling of this network", s.bound_network);
  return text;
}

// Of a run with a bound: why it is longer.
std::string gap_text(const Gap& gap, std::size_t width) {
  if (!gap.total() || !gap.overlap()) return {};
  std::vector<std::string> parts{fmt::format("{:.3f} x = ", *gap.total())};
  for (const GapFactor& factor : kGapFactors) {
    const bool last = &factor == &kGapFactors.back();
    parts.push_back(fmt::format("{} {:.3f}{}", factor.name, (gap.*factor.value)().value_or(0), last ? "" : " * "));
  }
  return trace::wrapped_parts("gap       ", parts, width);
}

std::string memory_text(const RunSummary& s, std::size_t width) {
  const double seconds = static_cast<double>(s.makespan.count()) * 1e-12;
  const auto moved = static_cast<double>(s.dram.read_bytes + s.dram.write_bytes);
  const double rate = seconds > 0 ? moved / seconds / 1e9 : 0;  // a network may have no tiles
  const double peak = static_cast<double>(s.dram_peak_bytes_per_second) / 1e9;
  const auto line = [width](const char* name, const std::vector<std::string>& parts) {
    return trace::wrapped_parts(fmt::format("{:<10}", name), parts, width);
  };
  const std::string of_peak = peak > 0 ? fmt::format("of {:.2f} GB/s peak ({:.1f} %)", peak, 100 * rate / peak) : "";
  std::string text =
      line("DRAM", {fmt::format("read {}, ", mb(s.dram.read_bytes)),
                    fmt::format("written {}: ", mb(s.dram.write_bytes)), fmt::format("{:.2f} GB/s ", rate), of_peak});
  if (s.dram.merged_bytes + s.dram.forwarded_bytes > 0) {
    text += line("", {fmt::format("{} came with equal reads, ", mb(s.dram.merged_bytes)),
                      fmt::format("{} out of waiting writes", mb(s.dram.forwarded_bytes))});
  }
  text += line("wasted", {fmt::format("{}: ", mb(s.wasted_bytes())),
                          fmt::format("{} of bursts outside the blocks, ", mb(s.padding_bytes)),
                          fmt::format("{} of dropped prefetches", mb(s.dropped_bytes))});
  text += line("operands",
               {fmt::format("{}: ", mb(s.operand_bytes())), fmt::format("{} loaded, ", mb(s.dispatch.loaded_bytes)),
                fmt::format("{} prefetched, ", mb(s.dispatch.prefetched_bytes)),
                fmt::format("{} used again from a slot", mb(s.dispatch.reused_bytes))});
  if (s.shared_sram) {
    text += line("shared", {fmt::format("SRAM: read hits {}, ", mb(s.shared_sram->read_hit_bytes)),
                            fmt::format("misses {}, ", mb(s.shared_sram->read_miss_bytes)),
                            fmt::format("stored {}, ", mb(s.shared_sram->write_bytes)),
                            fmt::format("written back {}", mb(s.shared_sram->write_back_bytes))});
  }
  return text;
}

// Components by what they cost, then what the sum leaves out.
std::string energy_text(const EnergySummary& s, std::size_t width) {
  const arch::EnergyReport& report = s.run.report;
  const auto uj = [](arch::Femtojoules e) { return static_cast<double>(e.count()) * 1e-9; };
  std::string text = trace::wrapped_parts(
      "energy    ",
      {fmt::format("{:.3f} uJ by table {}: ", report.total_uj(), base::screen_text(report.table)),
       fmt::format("{:.3f} uJ dynamic, ", uj(report.dynamic())), fmt::format("{:.3f} uJ idle", uj(report.idle()))},
      width);
  text += trace::wrapped_parts(
      "power     ",
      {fmt::format("{:.3f} W on average, ", report.average_mw() * 1e-3),
       fmt::format("{:.3f} W of it idle (leakage, DRAM's background and refresh); ", report.idle_mw() * 1e-3),
       fmt::format("{:.3f} W at most", s.peak_mw() * 1e-3)},
      width);
  std::vector<int> order(arch::kComponentCount);
  std::iota(order.begin(), order.end(), 0);
  const auto energy = [&](int c) { return report.components[static_cast<std::size_t>(c)]; };
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return energy(a) > energy(b); });
  for (const int c : order) {
    if (energy(c) == arch::Femtojoules{0}) continue;
    fmt::format_to(std::back_inserter(text), "  {:<17}{:>14.3f} uJ {:>6.1f} %\n",
                   to_string(static_cast<arch::Component>(c)), uj(energy(c)), 100 * uj(energy(c)) / report.total_uj());
  }
  const auto list = [&](const char* what, const std::vector<std::string>& names) {
    if (!names.empty()) text += trace::wrapped("  ", fmt::format("{}: {}", what, fmt::join(names, ", ")), width);
  };
  list("without a figure, not counted", report.unpriced);
  list("figures without a source", report.unsourced());
  if (!s.operators.empty()) {
    const OperatorEnergy& top = s.operators.front();
    text += trace::wrapped("  ",
                           fmt::format("most: operator {} ({}), {:.3f} uJ", base::screen_text(top.name),
                                       base::screen_text(top.type), uj(top.energy)),
                           width);
  }
  return text;
}

// Of a run with several requests, or with a deadline.
std::string requests_text(const RunSummary& s, const trace::TimeUnit& unit, std::size_t width) {
  const Deadlines d = deadlines(s.requests);
  if (s.requests.size() < 2 && d.given == 0) return {};
  base::Ps sum{0}, longest{0};
  for (const RequestResult& r : s.requests) sum += r.latency(), longest = std::max(longest, r.latency());
  const base::Ps mean{sum.count() / static_cast<std::int64_t>(s.requests.size())};
  std::vector<std::string> parts{
      fmt::format("{}: latency {} {} on average, ", s.requests.size(), trace::in_unit(mean, unit), unit.name),
      fmt::format("{} {} at most{}", trace::in_unit(longest, unit), unit.name, d.given > 0 ? "; " : "")};
  if (d.given > 0)
    parts.push_back(fmt::format("{} of {} deadlines missed{}", d.missed, d.given, d.missed > 0 ? ", " : ""));
  if (d.missed > 0)
    parts.push_back(fmt::format("request {} by {} {}", d.latest, trace::in_unit(d.late_by, unit), unit.name));
  return trace::wrapped_parts("requests  ", parts, width);
}

// Where the run parted from the table that it followed.
std::string plan_text(const scheduler::PlanReport& r, const trace::TimeUnit& unit, std::size_t width) {
  const auto line = [width](const char* name, const std::vector<std::string>& parts) {
    return trace::wrapped_parts(fmt::format("{:<10}", name), parts, width);
  };
  std::string text = line(
      "plan", {fmt::format("{}: ", base::screen_text(r.table)),
               fmt::format("{} of {} dispatches on time, ", r.on_time, r.timed), fmt::format("{} later, ", r.later),
               fmt::format("{} earlier, ", r.earlier), fmt::format("{} without a start; ", r.dispatches - r.timed),
               fmt::format("{} of {} prefetches skipped", r.skipped_prefetches, r.prefetches)});
  const auto part = [&](const char* what, const PlanPart& p, const char* direction) {
    if (!p) return;
    const base::Ps by = p->by() < base::Ps{0} ? base::Ps{0} - p->by() : p->by();
    text += line("", {fmt::format("{}: tile {} ", what, p->tile),
                      fmt::format("(operator {}) ", base::screen_text(p->op)), fmt::format("to core {}: ", p->core),
                      fmt::format("planned for {} {}, ", trace::in_unit(p->planned, unit), unit.name),
                      fmt::format("{} {} {}", trace::in_unit(by, unit), unit.name, direction)});
  };
  part("first later", r.first_later, "later");
  part("most late", r.most_later, "later");
  part("first earlier", r.first_earlier, "earlier");
  if (r.planned_makespan != base::kNever)
    text += line("", {fmt::format("planned makespan {} {}, ", trace::in_unit(r.planned_makespan, unit), unit.name),
                      fmt::format("run {} {}", trace::in_unit(r.makespan, unit), unit.name)});
  return text;
}

}  // namespace

std::string summary_text(const RunSummary& s, const trace::Screen& screen) {
  const trace::TimeUnit unit = trace::time_unit(s.makespan);
  std::string text = trace::wrapped(
      "", fmt::format("{} on {}, policy {}", base::screen_text(s.network), base::screen_text(s.npu), s.policy),
      screen.width);
  fmt::format_to(std::back_inserter(text), "\nmakespan  {} cycles = {} {}\n", grouped(s.makespan_cycles.count()),
                 trace::in_unit(s.makespan, unit), unit.name);
  fmt::format_to(std::back_inserter(text), "work      {:.1f} M MACs, {} operators, {} tiles\n",
                 static_cast<double>(s.macs) / 1e6, s.operators, grouped(static_cast<std::int64_t>(s.tiles)));
  text += memory_text(s, screen.width);
  text += requests_text(s, unit, screen.width);
  if (s.plan) text += plan_text(*s.plan, unit, screen.width);
  text += "\n" + bounds_text(s, screen);
  text += gap_text(s.gap(), screen.width) + "\n";
  text += trace::tables(s.measures, &s.path, screen) + "\n";
  if (s.energy) text += energy_text(*s.energy, screen.width) + "\n";
  text += trace::legend(&s.path, screen);
  fmt::format_to(std::back_inserter(text), "\n{} trace events; {:.2f} s wall time ({:.2f} s reading and tiling)\n",
                 grouped(static_cast<std::int64_t>(s.trace.events)), s.wall_seconds(), s.prepare_seconds);
  if (s.trace.device_lost) {
    fmt::format_to(std::back_inserter(text), "modelled trace buffer: {} records kept, {} lost\n", *s.trace.device_kept,
                   *s.trace.device_lost);
  }
  return text;
}

}  // namespace tessera::sim
