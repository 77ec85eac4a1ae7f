// What stands below tiles: folds of computes, packets at the DRAM.
#include <algorithm>

#include "trace/analysis/check_state.h"

namespace tessera::trace {
namespace {

// The folds of the compute before are complete.
void close_compute(CheckState& s, LaneSeen& lane) {
  if (lane.compute == 0) return;
  const bool cut = !s.scene.clean && (s.scene.trailer == nullptr || lane.compute_end == s.scene.trailer->end);
  const bool ends = lane.folded + lane.held == lane.compute_end;
  if (!cut && (lane.fold_macs != lane.compute_macs || lane.fold_rows != lane.compute_rows ||
               lane.fold_columns != lane.compute_columns || !ends)) {
    s.violated(Invariant::folds, "record " + std::to_string(lane.compute) + " (compute, tile " +
                                     std::to_string(lane.compute_tile) +
                                     "): its folds do not add up to it in MACs, rows, columns or time");
  }
  lane.compute = 0;
}

void open_compute(LaneSeen& lane, const SpanView& v) {
  const Record& r = v.record;
  lane.compute = v.id;
  lane.compute_tile = r.tile;
  lane.compute_task = r.task;
  lane.compute_start = r.start;
  lane.compute_end = r.end;
  lane.compute_macs = r.macs();
  lane.compute_rows = r.rows();
  lane.compute_columns = r.columns();
  lane.folded = Ps{-1};
  lane.held = Ps{0};
  lane.fold_macs = 0;
  lane.fold_rows = lane.fold_columns = 0;
}

void judge_fold(CheckState& s, LaneSeen& lane, const SpanView& v) {
  const Record& r = v.record;
  ++s.folds;
  // A compute that the end of a failed run cut off has all of its folds.
  const bool cut = s.scene.trailer != nullptr && !s.scene.clean && lane.compute_end == s.scene.trailer->end;
  if (!s.scene.whole() || cut) return;
  const bool first = lane.folded < Ps{0};
  const bool follows = lane.compute != 0 && r.tile == lane.compute_tile && r.task == lane.compute_task &&
                       r.end <= lane.compute_end && (first ? r.start >= lane.compute_start : r.start == lane.folded);
  // The array's start-up comes before the first fold, the same in all tiles.
  const base::Clock& clock = s.scene.core_clock;
  const std::int64_t start_up = (clock.first_edge(r.start) - clock.first_edge(lane.compute_start)).count();
  if (first && s.start_up < 0) s.start_up = start_up;
  const bool on_edges = clock.align(r.start) == r.start && clock.align(r.end) == r.end;
  if (!follows || !on_edges || r.macs() < 0 || (first && start_up != s.start_up))
    s.wrong(Invariant::folds, v.id, r, "it does not follow within its compute");
  lane.folded = r.end;
  lane.fold_macs += r.macs();
  lane.fold_rows = std::max(lane.fold_rows, r.rows());
  lane.fold_columns = std::max(lane.fold_columns, r.columns());
}

void judge_packet(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  ++s.bursts;
  const std::int64_t burst = s.scene.facts.dram_burst_bytes;
  const bool whole =
      r.bytes() > 0 && r.address() >= 0 && (burst <= 0 || (r.bytes() % burst == 0 && r.address() % burst == 0));
  if (!whole || r.end <= r.start)
    s.wrong(Invariant::packets, v.id, r, "it is not made of whole bursts, or takes no time");
  if (r.moved() > r.bytes() || (r.write() && r.moved() != r.bytes()) || (burst > 0 && r.moved() % burst != 0))
    s.wrong(Invariant::packets, v.id, r, "the bus moves more than the packet, or less than a write");
  (r.write() ? s.written_at_dram : s.read_at_dram) += r.bytes();
  (r.write() ? s.write_moved : s.read_moved) += r.moved();
}

}  // namespace

void judge_detail(CheckState& s, const SpanView& v) {
  LaneSeen& lane = s.lanes[v.record.unit];
  const bool folds = s.scene.header.level >= Level::fold && s.scene.whole();
  switch (v.record.name) {
    case Name::compute:
      ++s.computes;
      if (!folds) return;
      close_compute(s, lane);
      return open_compute(lane, v);
    case Name::fold: return judge_fold(s, lane, v);
    case Name::burst: return judge_packet(s, v);
    default: return;
  }
}

namespace {

// Behind a shared SRAM the DRAM moves what it must, else what the transfers do, dropped prefetches among them; reads of
// one burst that wait together are moved once.
void judge_bus(CheckState& s) {
  const RunFacts& f = s.scene.facts;
  if (f.shared_sram_bytes != 0 || f.dram_peak_bytes_per_second == 0) return;
  if (f.dram_write_bytes != s.stored || f.dram_read_bytes > s.loaded + f.dropped_bytes)
    s.violated(Invariant::bytes, "the DRAM moved " + std::to_string(f.dram_read_bytes) + " + " +
                                     std::to_string(f.dram_write_bytes) + " bytes, the channels " +
                                     std::to_string(s.loaded + f.dropped_bytes) + " + " + std::to_string(s.stored));
}

}  // namespace

void finish_details(CheckState& s) {
  judge_bus(s);
  for (LaneSeen& lane : s.lanes) close_compute(s, lane);
  if (s.scene.header.level < Level::burst) return;
  const RunFacts& f = s.scene.facts;
  const auto differ = [&s](const char* what, std::int64_t packets, std::int64_t least, std::int64_t most) {
    if (packets >= least && packets <= most) return;
    s.violated(Invariant::packets, std::string(what) + std::to_string(packets) + " bytes in packets, and between " +
                                       std::to_string(least) + " and " + std::to_string(most) + " moved");
  };
  // Packets of dropped prefetches that are answered after the end have no record.
  differ("read over the buses: ", s.read_moved, f.dram_read_bytes - f.dropped_bytes, f.dram_read_bytes);
  differ("written over the buses: ", s.write_moved, f.dram_write_bytes, f.dram_write_bytes);

  if (f.shared_sram_bytes != 0) return;
  differ("read: ", s.read_at_dram, s.loaded, s.loaded + f.dropped_bytes);
  differ("written: ", s.written_at_dram, s.stored, s.stored);
}

}  // namespace tessera::trace
