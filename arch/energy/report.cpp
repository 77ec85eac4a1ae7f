#include "arch/energy/report.h"

namespace tessera::arch {
namespace {

std::int64_t mul_div(std::int64_t a, std::int64_t b, std::int64_t c) {
  return static_cast<std::int64_t>(static_cast<__int128>(a) * b / c);
}

void add(EnergyReport& report, FigureUse use) {
  report.components[static_cast<std::size_t>(use.component)] += use.energy;
  report.total += use.energy;
  report.figures.push_back(std::move(use));
}

// A memory whose bytes have a price and whose commands have none has the commands' share in the bytes.
bool is_included(const EnergyPrices& prices, Event e) {
  if (e != Event::dram_activate && e != Event::dram_refresh) return false;
  return !prices.figures[static_cast<std::size_t>(e)] && prices.figures[static_cast<std::size_t>(Event::dram_read)];
}

}  // namespace

Femtojoules EnergyReport::idle() const {
  const auto of = [&](Component c) { return components[static_cast<std::size_t>(c)]; };
  return of(Component::leakage) + of(Component::dram_background) + of(Component::dram_refresh);
}

std::vector<std::string> EnergyReport::unsourced() const {
  std::vector<std::string> names;
  for (const FigureUse& use : figures) {
    if (is_unsourced(use.figure.confidence)) names.push_back(use.name);
  }
  return names;
}

EnergyReport energy_of(const EnergyCounts& counts, const EnergyPrices& prices) {
  EnergyReport report;
  report.table = prices.table;
  report.window = counts.window;
  for (int i = 0; i < kEventCount; ++i) {
    const Event e = static_cast<Event>(i);
    const auto& figure = prices.figures[static_cast<std::size_t>(i)];
    if (counts[e] == 0 || is_included(prices, e)) continue;
    if (figure) {
      add(report, {name_of(e), component_of(e), *figure, counts[e], prices.of(e, counts[e])});
    } else {
      report.unpriced.push_back(name_of(e));
    }
  }
  for (const StandingPower& p : prices.powers) {
    if (!p.figure) {
      report.unpriced.push_back(p.name);
      continue;
    }
    // Nanowatts x picoseconds are 1e-21 J: a millionth of a femtojoule. The run's length keeps the energy within 2^62
    // fJ.
    const __int128 power = static_cast<__int128>(p.figure->value) * p.units;
    const Femtojoules energy{static_cast<std::int64_t>(power * counts.window.count() / 1'000'000)};
    add(report, {p.name, p.component, *p.figure, p.units, energy});
  }
  return report;
}

std::vector<std::int64_t> apportion(std::int64_t total, const std::vector<std::int64_t>& weights) {
  std::int64_t sum = 0;
  for (const std::int64_t w : weights) sum += w;
  std::vector<std::int64_t> parts(weights.size(), 0);
  if (sum == 0) return parts;
  // Differences of the rounded running share: every part is within one of its exact value.
  std::int64_t running = 0, before = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    running += weights[i];
    const std::int64_t share = mul_div(total, running, sum);
    parts[i] = share - before;
    before = share;
  }
  return parts;
}

}  // namespace tessera::arch
