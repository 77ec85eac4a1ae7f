// The head of a trace: units, clocks, facts; and its trailer.
#include <algorithm>
#include <map>

#include "trace/analysis/check_state.h"
#include "trace/record/lanes.h"

namespace tessera::trace {
namespace {

constexpr std::string_view kClocks[] = {"core", "interconnect", "dram"};

// The machine whose unit table this would be: how many units of each kind it lists.
Lanes::Shape shape_of(const std::vector<UnitInfo>& units) {
  Lanes::Shape shape{0, 0, 0, {0, 0, 0}, 0};
  for (const UnitInfo& u : units) {
    switch (u.scope) {
      case Scope::scheduler: ++shape.schedulers; break;
      case Scope::vector: ++shape.cores; break;
      case Scope::dma: ++shape.channels; break;
      case Scope::dram: ++shape.dram_channels; break;
      case Scope::sram:
        for (std::size_t o = 0; o < 3; ++o) {
          if (u.core == 0 && u.path.find(std::string(kOperandWords[o]) + "[") != std::string::npos) ++shape.slots[o];
        }
        break;
      default: break;
    }
  }
  return shape;
}

// How many units a machine of this shape has, before its table is built.
std::size_t size_of(const Lanes::Shape& s) {
  const std::size_t slots = std::size_t{s.slots[0]} + s.slots[1] + s.slots[2];
  return 3 + std::size_t{s.schedulers} + s.channels + s.dram_channels + std::size_t{s.cores} * (3 + slots);
}

void judge_units(CheckState& s) {
  const std::vector<UnitInfo>& units = s.scene.header.units;
  const Lanes::Shape shape = shape_of(units);
  if (size_of(shape) != units.size()) {
    return s.violated(Invariant::units, std::to_string(units.size()) + " units are not those of one machine");
  }
  const Lanes lanes(shape);
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (units[i] == lanes.units()[i]) continue;
    s.violated(Invariant::units, "unit " + std::to_string(i) + " (" + units[i].path + ") should be " +
                                     lanes.units()[i].path + " with its scope, core, index and clock");
  }
  if (s.scene.facts.cores != 0 && s.scene.facts.cores != shape.cores) {
    s.violated(Invariant::units, std::to_string(shape.cores) + " cores in the unit table, " +
                                     std::to_string(s.scene.facts.cores) + " in the facts");
  }
}

void judge_clocks(CheckState& s) {
  const std::vector<ClockDomain>& clocks = s.scene.header.clocks;
  const bool named = std::equal(clocks.begin(), clocks.end(), std::begin(kClocks), std::end(kClocks),
                                [](const ClockDomain& c, std::string_view name) { return c.name == name; });
  if (!named) return s.violated(Invariant::clocks, "the clocks are not core, interconnect and dram");
  const RunFacts& f = s.scene.facts;
  if (f.clock_num_ps > 0 && clocks[0].clock != base::Clock{f.clock_num_ps, f.clock_den})
    s.violated(Invariant::clocks, "the clock of the cores is not that of the arrays");
}

// A fact that is missing, or is no number.
void judge_fact(CheckState& s, const FactKey& fact) {
  const auto& meta = fact.place == FactPlace::head ? s.scene.header.meta : s.scene.trailer->meta;
  const auto found = meta.find(std::string(fact.key));
  if (found == meta.end()) return s.violated(Invariant::facts, std::string(fact.key) + " is missing");
  const auto* member = std::get_if<std::int64_t RunFacts::*>(&fact.member);
  if (member == nullptr) return;
  const std::int64_t value = s.scene.facts.*(*member);
  if (std::to_string(value) != found->second || value < 0)
    s.violated(Invariant::facts, std::string(fact.key) + " is \"" + found->second + "\", which is no amount");
}

void judge_facts(CheckState& s) {
  if (s.scene.trailer == nullptr) return;
  for (const FactKey& fact : kFactKeys) judge_fact(s, fact);
  const RunFacts& f = s.scene.facts;
  const auto refuse = [&s](bool wrong, const char* what) {
    if (wrong) s.violated(Invariant::facts, what);
  };
  refuse(f.cores <= 0 || f.macs_per_1000_cycles <= 0 || f.clock_num_ps <= 0 || f.dram_burst_bytes <= 0 ||
             f.packet_bytes <= 0,
         "a machine without cores, PEs, clock, packets or DRAM");
  refuse(f.decisions > 1 || (f.decisions == 1 && s.scene.header.level < Level::tile),
         "answers of the policy below level tile, or more than all of them");
  refuse(f.dropped_bytes > f.wasted_bytes, "more bytes were dropped than wasted");
  refuse(f.dma_bytes_per_second <= 0 || f.channel_bytes_per_second <= 0, "a unit without a rate");
}

}  // namespace

void judge_head(CheckState& s) {
  if (const Trailer* t = s.scene.trailer; t != nullptr) {
    if (t->level != s.scene.header.level || t->device != s.scene.header.device)
      s.violated(Invariant::level, "the index gives another level or another kind of trace than the head");
  }

  judge_units(s);
  judge_clocks(s);
  judge_facts(s);
  if (s.scene.header.device && s.scene.header.level != Level::tile)
    s.violated(Invariant::level, "a trace of the modelled buffer has level tile");
  if (s.scene.header.level == Level::off) s.violated(Invariant::level, "a trace of level off has no file");
}

namespace {

void judge_counts(CheckState& s, std::size_t unit) {
  const UnitCount& c = s.scene.trailer->units[unit];
  const std::uint64_t seen = s.lanes[unit].records;
  const std::string& path = s.scene.header.units[unit].path;
  if (c.kept != seen || c.emitted != c.kept + c.lost) {
    s.violated(Invariant::counts, path + ": the index counts " + std::to_string(c.emitted) +
                                      " emitted = " + std::to_string(c.kept) + " kept + " + std::to_string(c.lost) +
                                      " lost records, the trace has " + std::to_string(seen));
  }
  const Ps* waits = s.lanes[unit].waits;
  if (!std::equal(std::begin(c.waits), std::end(c.waits), waits))
    s.violated(Invariant::waits, path + ": the waits of its records do not add up to those of the index");
  if (!s.scene.header.device && c.lost != 0)
    s.violated(Invariant::counts, path + ": " + std::to_string(c.lost) + " records lost in a lossless trace");
  if (c.lost_ranges.size() > c.lost || (c.lost_ranges.empty() && c.lost != 0))
    s.violated(Invariant::counts, path + ": " + std::to_string(c.lost_ranges.size()) + " ranges of " +
                                      std::to_string(c.lost) + " lost records");
  for (const UnitCount::Range& r : c.lost_ranges) {
    if (r.begin < Ps{0} || r.end < r.begin || r.end > s.scene.trailer->end)
      s.violated(Invariant::counts, path + ": records lost in [" + std::to_string(r.begin.count()) + ", " +
                                        std::to_string(r.end.count()) + ") ps, outside the run");
  }
}

// The highest kind of record that the level promises: folds where there are computes, packets where there are
// transfers.
void judge_level(CheckState& s) {
  if (!s.scene.all()) return;
  const Level level = s.scene.header.level;
  if (level >= Level::fold && s.computes > 0 && s.folds == 0)
    s.violated(Invariant::level, "a trace of level " + std::string(to_string(level)) + " without a fold");
  if (level >= Level::burst && s.transfers > 0 && s.bursts == 0)
    s.violated(Invariant::level, "a trace of level burst without a packet at the DRAM");
}

void judge_end(CheckState& s, Ps end) {
  const RunFacts& f = s.scene.facts;
  if (f.makespan_ps != end.count())
    s.violated(Invariant::end,
               "the run ends at " + text(end) + ", the makespan is given as " + std::to_string(f.makespan_ps) + " ps");
  const auto& requests = s.request_recorded;
  const bool done = !requests.empty() && std::all_of(requests.begin(), requests.end(), [](bool r) { return r; });
  if (!s.scene.clean && done) s.violated(Invariant::end, "every request ended, and the trace says that the run failed");
}

}  // namespace

void finish_trailer(CheckState& s, Ps end) {
  if (s.scene.trailer == nullptr) return s.violated(Invariant::end, "no trailer: the trace is truncated");
  if (s.last_end > end)
    s.violated(Invariant::spans, "a span ends at " + text(s.last_end) + ", after the run at " + text(end));
  if (s.scene.trailer->events != s.records) {
    s.violated(Invariant::counts, "the index counts " + std::to_string(s.scene.trailer->events) +
                                      " records, the trace has " + std::to_string(s.records));
  }
  for (std::size_t u = 0; u < s.lanes.size(); ++u) judge_counts(s, u);
  judge_level(s);
  judge_end(s, end);
}

}  // namespace tessera::trace
