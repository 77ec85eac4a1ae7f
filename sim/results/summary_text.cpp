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

std::string grouped(std::int64_t n) {
  std::string digits = std::to_string(n);
  for (auto i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), 1, ',');
  return digits;
}

std::string mib(std::int64_t bytes) { return fmt::format("{:.2f} MiB", static_cast<double>(bytes) / (1 << 20)); }
double ms(base::Ps t) { return static_cast<double>(t.count()) * 1e-9; }

std::string bounds_text(const RunSummary& s) {
  std::string text = "lower bound (ms)                       bound  makespan/bound   terms; * binds\n";
  const auto line = [&](const char* name, const scheduler::LowerBound& bound) {
    const base::Ps time = bound.time();
    const double over =
        time.count() > 0 ? static_cast<double>(s.makespan.count()) / static_cast<double>(time.count()) : 0;
    fmt::format_to(std::back_inserter(text), "  {:<33}{:>9.4f}  {:>12.3f} x  ", name, ms(time), over);
    for (std::size_t i = 0; i < bound.terms.size(); ++i) {
      if (bound.terms[i].count() == 0) continue;
      const bool binds = static_cast<std::size_t>(bound.binding()) == i;
      fmt::format_to(std::back_inserter(text), " {} {:.4f}{}", scheduler::kBoundTermNames[i], ms(bound.terms[i]),
                     binds ? "*" : "");
    }
    text += '\n';
  };
  line("any schedule of these tiles", s.bound);
  line("... moving the bytes of this run", s.bound_moved);
  line("any tiling of this network", s.bound_network);
  return text;
}

std::string memory_text(const RunSummary& s) {
  const double seconds = static_cast<double>(s.makespan.count()) * 1e-12;
  const double rate = static_cast<double>(s.dram.read_bytes + s.dram.write_bytes) / seconds / 1e9;
  const double peak = static_cast<double>(s.dram_peak_bytes_per_second) / 1e9;
  std::string text = fmt::format("DRAM      read {}, written {}: {:.2f} GB/s of {:.2f} GB/s peak ({:.1f} %)\n",
                                 mib(s.dram.read_bytes), mib(s.dram.write_bytes), rate, peak, 100 * rate / peak);
  fmt::format_to(std::back_inserter(text), "wasted    {} ({} of bursts outside the blocks, {} of dropped prefetches)\n",
                 mib(s.wasted_bytes()), mib(s.padding_bytes), mib(s.dropped_bytes));
  fmt::format_to(std::back_inserter(text), "reused    {} of {} planned bytes were still in a slot\n",
                 mib(s.dispatch.reused_bytes), mib(s.planned_bytes));
  if (s.shared_sram) {
    fmt::format_to(std::back_inserter(text), "shared SRAM  read hits {}, misses {}, stored {}, written back {}\n",
                   mib(s.shared_sram->read_hit_bytes), mib(s.shared_sram->read_miss_bytes),
                   mib(s.shared_sram->write_bytes), mib(s.shared_sram->write_back_bytes));
  }
  return text;
}

// Components by what they cost, then what the sum leaves out.
std::string energy_text(const EnergySummary& s) {
  const arch::EnergyReport& report = s.run.report;
  const auto uj = [](arch::Femtojoules e) { return static_cast<double>(e.count()) * 1e-9; };
  std::string text = fmt::format("energy    {:.3f} uJ by table {}: {:.3f} mW on average, {:.3f} mW at most\n",
                                 report.total_uj(), base::screen_text(report.table), report.average_mw(), s.peak_mw());
  std::vector<int> order(arch::kComponentCount);
  std::iota(order.begin(), order.end(), 0);
  const auto energy = [&](int c) { return report.components[static_cast<std::size_t>(c)]; };
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return energy(a) > energy(b); });
  for (const int c : order) {
    if (energy(c) == arch::Femtojoules{0}) continue;
    fmt::format_to(std::back_inserter(text), "  {:<17}{:>14.3f} uJ {:>6.1f} %\n",
                   to_string(static_cast<arch::Component>(c)), uj(energy(c)), 100 * uj(energy(c)) / report.total_uj());
  }
  const auto list = [&text](const char* what, const std::vector<std::string>& names) {
    if (!names.empty()) fmt::format_to(std::back_inserter(text), "  {}: {}\n", what, fmt::join(names, ", "));
  };
  list("without a figure, not counted", report.unpriced);
  list("figures without a source", report.unsourced());
  if (!s.operators.empty()) {
    const OperatorEnergy& top = s.operators.front();
    fmt::format_to(std::back_inserter(text), "  most: operator {} ({}), {:.3f} uJ\n", base::screen_text(top.name),
                   base::screen_text(top.type), uj(top.energy));
  }
  return text;
}

}  // namespace

std::string summary_text(const RunSummary& s) {
  const auto& m = s.measures;
  std::string text =
      fmt::format("{} on {}, policy {}\n\n", base::screen_text(s.network), base::screen_text(s.npu), s.policy);
  fmt::format_to(std::back_inserter(text), "makespan  {} cycles = {:.4f} ms\n", grouped(s.makespan_cycles.count()),
                 ms(s.makespan));
  fmt::format_to(std::back_inserter(text), "work      {:.1f} M MACs, {} operators, {} tiles\n",
                 static_cast<double>(s.macs) / 1e6, s.operators, grouped(static_cast<std::int64_t>(s.tiles)));
  text += memory_text(s) + "\n" + bounds_text(s) + "\n";
  text += trace::core_table(m) + "\n" + trace::stall_table(m) + "\n" + trace::buffer_table(m) + "\n" +
          trace::dma_table(m) + "\n" + trace::operator_table(m, 5) + "\n";
  if (s.energy) text += energy_text(*s.energy) + "\n";
  text += trace::legend();
  fmt::format_to(std::back_inserter(text), "\n{} trace events; {:.2f} s wall time ({:.2f} s reading and tiling)\n",
                 grouped(static_cast<std::int64_t>(s.trace.events)), s.wall_seconds(), s.prepare_seconds);
  if (s.trace.device_lost) {
    fmt::format_to(std::back_inserter(text), "modelled trace buffer: {} records kept, {} lost\n", *s.trace.device_kept,
                   *s.trace.device_lost);
  }
  return text;
}

}  // namespace tessera::sim
