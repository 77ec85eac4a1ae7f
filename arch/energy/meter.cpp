#include "arch/energy/meter.h"

#include <algorithm>

#include "trace/record/spans.h"

namespace tessera::arch {

using base::Ps;
using trace::Name;
using trace::Record;

Femtojoules RunEnergy::operator_total(std::size_t op) const {
  Femtojoules sum{0};
  for (const Femtojoules e : operators[op]) sum += e;
  return sum;
}

EnergyMeter::EnergyMeter(const EnergyPrices& prices, WorkOf work_of, const Options& options)
    : prices_(prices), work_of_(std::move(work_of)), options_(options), charged_(options.operators + 1),
      loaded_(options.operators + 1, 0), stored_(options.operators + 1, 0),
      bins_(kTracks, options.bins, options.first_width) {}

void EnergyMeter::consume(std::span<const Record> records, std::uint64_t) {
  trace::for_each_span(records, [this](const trace::SpanView& s) {
    const Record& r = s.record;
    switch (r.name) {
      case Name::compute: compute(r); break;
      case Name::vector:
      case Name::post: vector(r); break;
      case Name::load:
      case Name::store:
        // Nothing moves while a transfer waits for its channel.
        transfer(r, std::min(r.end, r.start + s.waits().channel));
        break;
      default: break;
    }
  });
}

void EnergyMeter::finish(Ps end) {
  counts_.window = end;
  bins_.extend(end);
}

std::int64_t EnergyMeter::charge(std::size_t row, Event e, std::int64_t count) {
  if (count == 0) return 0;
  counts_[e] += count;
  const Femtojoules energy = prices_.of(e, count);
  charged_[row][static_cast<std::size_t>(component_of(e))] += energy;
  return energy.count();
}

std::int64_t EnergyMeter::charge_sram(std::size_t row, int region, SramUser user, const SramBytes& bytes) {
  return charge(row, sram_event(region, user, false), bytes.read) +
         charge(row, sram_event(region, user, true), bytes.written);
}

void EnergyMeter::compute(const Record& r) {
  const TileWork work = work_of_(r.tile);
  const std::size_t row = row_of(r);
  std::int64_t energy = charge(row, mac_event(work.macs_at), work.macs);
  for (int region = 0; region < kRegionCount; ++region) {
    energy += charge_sram(row, region, SramUser::array, work.array[static_cast<std::size_t>(region)]);
  }
  bins_.add(kOnChip, r.start, r.end, energy);
}

void EnergyMeter::vector(const Record& r) {
  const TileWork work = work_of_(r.tile);
  const std::size_t row = row_of(r);
  std::int64_t energy = charge(row, vector_add_event(work.vector_at), work.vector.adds) +
                        charge(row, vector_multiply_event(work.vector_at), work.vector.multiplies);
  for (int region = 0; region < kRegionCount; ++region) {
    energy += charge_sram(row, region, SramUser::vector_unit, work.vector_unit[static_cast<std::size_t>(region)]);
  }
  bins_.add(kOnChip, r.start, r.end, energy);
}

void EnergyMeter::transfer(const Record& r, Ps active_from) {
  const bool write = r.name == Name::store;
  const std::size_t row = row_of(r);
  std::int64_t energy = charge(row, Event::interconnect, r.bytes());
  const int region = static_cast<int>(r.operand());
  if (region < kRegionCount) energy += charge(row, sram_event(region, SramUser::dma, !write), r.bytes());
  bins_.add(kOnChip, active_from, r.end, energy);
  (write ? stored_ : loaded_)[row] += r.bytes();
  bins_.add(write ? kStored : kLoaded, active_from, r.end, r.bytes());
}

std::vector<std::int64_t> EnergyMeter::evenly() const {
  std::vector<std::int64_t> lengths(bins_.used());
  const std::int64_t width = bins_.width().count();
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    lengths[i] = std::min(width, bins_.end().count() - static_cast<std::int64_t>(i) * width);
  }
  return lengths;
}

void EnergyMeter::spread(RunEnergy& run, Component c, const std::vector<std::int64_t>& operator_bytes,
                         const std::vector<std::int64_t>& bin_bytes) const {
  const auto component = static_cast<std::size_t>(c);
  const std::int64_t total = run.report.components[component].count();
  const auto is_empty = [](const auto& weights) {
    return std::all_of(weights.begin(), weights.end(), [](auto w) { return w == 0; });
  };
  if (is_empty(operator_bytes)) {
    run.unattributed[component] += Femtojoules{total};
  } else {
    const auto parts = apportion(total, operator_bytes);
    for (std::size_t i = 0; i < run.operators.size(); ++i) run.operators[i][component] += Femtojoules{parts[i]};
    run.unattributed[component] += Femtojoules{parts.back()};
  }
  const auto parts = apportion(total, is_empty(bin_bytes) ? evenly() : bin_bytes);
  for (std::size_t i = 0; i < parts.size(); ++i) run.power[i].energy += Femtojoules{parts[i]};
}

RunEnergy EnergyMeter::report(const MemoryCounts& memory) const {
  EnergyCounts counts = counts_;
  counts[Event::dram_read] = memory.dram_read_bytes;
  counts[Event::dram_write] = memory.dram_write_bytes;
  counts[Event::dram_activate] = memory.activates;
  counts[Event::dram_refresh] = memory.refreshes;
  counts[Event::shared_sram_read] = memory.shared_read_bytes;
  counts[Event::shared_sram_write] = memory.shared_write_bytes;

  RunEnergy run;
  run.report = energy_of(counts, prices_);
  run.operators.assign(charged_.begin(), charged_.end() - 1);
  run.unattributed = charged_.back();
  const std::vector<std::int64_t> lengths = evenly();
  const auto on_chip = bins_.track(kOnChip), loaded = bins_.track(kLoaded), stored = bins_.track(kStored);
  std::vector<std::int64_t> moved = loaded_, loaded_bins(loaded.begin(), loaded.end()),
                            stored_bins(stored.begin(), stored.end());
  std::vector<std::int64_t> moved_bins = loaded_bins;
  for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += stored_[i];
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    const Ps start = bins_.width() * static_cast<std::int64_t>(i);
    run.power.push_back({start, start + Ps{lengths[i]}, Femtojoules{on_chip[i]}});
    moved_bins[i] += stored_bins[i];
  }

  spread(run, Component::dram_read, loaded_, loaded_bins);
  spread(run, Component::dram_write, stored_, stored_bins);
  spread(run, Component::dram_activate, moved, moved_bins);
  spread(run, Component::shared_sram, moved, moved_bins);
  for (const Component c : {Component::dram_refresh, Component::dram_background, Component::leakage})
    spread(run, c, {}, {});

  const auto peak = std::max_element(run.power.begin(), run.power.end(),
                                     [](const auto& a, const auto& b) { return a.mw() < b.mw(); });
  run.peak = static_cast<std::size_t>(peak - run.power.begin());
  return run;
}

}  // namespace tessera::arch
