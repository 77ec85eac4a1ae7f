// Charges a run's records to components and operators, and keeps power over time.
//
// What a record says of its tile or bytes is charged when it comes, spread evenly over its span (a transfer's from its
// first packet on). What only the memory knows is charged at the end from its own counts, so that the sum is that of
// the memory: DRAM bytes, activates and shared SRAM bytes in proportion to the bytes that operators moved, and over
// time likewise; refresh, background and leakage evenly over time, to no operator.
// Left out: which of an operator's transfers hit the shared SRAM (records do not say), and energy of decisions.
#pragma once

#include <functional>
#include <vector>

#include "arch/energy/prices.h"
#include "arch/energy/report.h"
#include "arch/energy/tile_work.h"
#include "arch/energy/time_bins.h"
#include "trace/record/sink.h"

namespace tessera::arch {

// Counts of the memory system after the run.
struct MemoryCounts {
  std::int64_t dram_read_bytes = 0, dram_write_bytes = 0;
  std::int64_t activates = 0, refreshes = 0;
  std::int64_t shared_read_bytes = 0, shared_write_bytes = 0;  // in and out of the shared SRAM's banks
};

struct PowerSample {
  base::Ps start{0}, end{0};
  Femtojoules energy{0};
  [[nodiscard]] double mw() const {
    return static_cast<double>(energy.count()) / static_cast<double>((end - start).count());
  }
};

struct RunEnergy {
  EnergyReport report;                     // components, total, figures with their provenance
  std::vector<ComponentEnergy> operators;  // by operator id; with `unattributed` they add up to the components
  ComponentEnergy unattributed{};          // belongs to no operator: refresh, background, leakage
  std::vector<PowerSample> power;          // equal steps (the last may be shorter); adds up to the total
  std::size_t peak = 0;                    // index of the sample with the highest power; 0 of an empty series

  [[nodiscard]] Femtojoules operator_total(std::size_t op) const;
};

class EnergyMeter : public trace::Consumer {
 public:
  struct Options {
    std::size_t operators = 0;   // records of others go to `unattributed`
    std::size_t bins = 512;      // most samples of power over time
    base::Ps first_width{1024};  // of a bin, until the run outgrows them
  };
  // The work of a tile by its number; asked once per compute, vector and post record.
  using WorkOf = std::function<TileWork(std::uint32_t tile)>;

  // `prices` outlives the meter.
  EnergyMeter(const EnergyPrices& prices, WorkOf work_of, const Options& options);

  void consume(std::span<const trace::Record> records, std::uint64_t first_id) override;
  void finish(base::Ps end) override;

  // After finish().
  [[nodiscard]] RunEnergy report(const MemoryCounts& memory) const;
  // What was counted from records alone: no DRAM and no shared SRAM in it.
  [[nodiscard]] const EnergyCounts& counts() const { return counts_; }

 private:
  enum Track : std::size_t { kOnChip, kLoaded, kStored, kTracks };  // femtojoules, bytes, bytes

  void compute(const trace::Record& r);
  void vector(const trace::Record& r);
  void transfer(const trace::Record& r, base::Ps active_from);
  // Counts an event and charges it to the record's operator; returns its energy.
  std::int64_t charge(std::size_t row, Event e, std::int64_t count);
  std::int64_t charge_sram(std::size_t row, int region, SramUser user, const SramBytes& bytes);
  [[nodiscard]] std::size_t row_of(const trace::Record& r) const {
    return r.op < options_.operators ? r.op : options_.operators;
  }
  [[nodiscard]] std::vector<std::int64_t> evenly() const;  // weights: the length of each bin
  void spread(RunEnergy& run, Component c, const std::vector<std::int64_t>& operator_bytes,
              const std::vector<std::int64_t>& bin_bytes) const;

  const EnergyPrices& prices_;
  WorkOf work_of_;
  Options options_;
  EnergyCounts counts_;
  // By operator, the last row for records of none.
  std::vector<ComponentEnergy> charged_;
  std::vector<std::int64_t> loaded_, stored_;
  TimeBins bins_;
};

}  // namespace tessera::arch
