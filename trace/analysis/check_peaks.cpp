// No unit does more than its peak, in a span or in the whole run.
#include <algorithm>

#include "trace/analysis/check_state.h"

namespace tessera::trace {
namespace {

constexpr std::int64_t kPsPerSecond = 1'000'000'000'000;

// Whether `bytes` in `time` are more than a rate that was rounded down; an unknown rate (0) bounds nothing.
bool above(std::int64_t bytes, Ps time, std::int64_t bytes_per_second) {
  if (bytes_per_second <= 0) return false;
  return static_cast<__int128>(bytes) * kPsPerSecond > static_cast<__int128>(bytes_per_second + 1) * time.count();
}

// MACs of `arrays` arrays in a time: a cycle more than fit, since edges are rounded.
bool above_array(const CheckState& s, std::int64_t macs, Ps time) {
  const RunFacts& f = s.scene.facts;
  if (f.macs_per_1000_cycles <= 0 || f.clock_num_ps <= 0) return false;
  const __int128 cycles_by_num = static_cast<__int128>(time.count()) * f.clock_den + f.clock_num_ps;
  return static_cast<__int128>(macs) * f.clock_num_ps * 1000 > cycles_by_num * f.macs_per_1000_cycles;
}

}  // namespace

void judge_peak(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  LaneSeen& lane = s.lanes[r.unit];
  const bool cut_off = s.scene.trailer != nullptr && !s.scene.clean && r.end == s.scene.trailer->end;
  if (cut_off) return;  // by the end of a run that failed
  switch (r.name) {
    case Name::load:
    case Name::store:
      lane.bytes += r.bytes();
      ++s.transfers;
      if (above(r.bytes() - s.scene.facts.channel_lead_bytes, r.length(), s.scene.facts.channel_bytes_per_second))
        s.wrong(Invariant::peaks, v.id, r,
                std::to_string(r.bytes()) + " bytes are more than a channel moves in its time");
      return;
    case Name::compute:
    case Name::fold:
      if (r.name == Name::compute) lane.macs += r.macs();
      if (above_array(s, r.macs(), r.length()))
        s.wrong(Invariant::peaks, v.id, r, std::to_string(r.macs()) + " MACs are more than an array does in its time");
      return;
    case Name::burst: lane.bytes += r.bytes(); return;
    default: return;
  }
}

void finish_peaks(CheckState& s, Ps end) {
  if (s.scene.trailer == nullptr || !s.scene.tile_level) return;
  const RunFacts& f = s.scene.facts;
  const auto over = [&s](const std::string& unit, std::int64_t amount, const char* of) {
    s.violated(Invariant::peaks, unit + ": " + std::to_string(amount) + of + " in the run are more than its peak");
  };
  std::int64_t channels = 0;
  for (std::size_t u = 0; u < s.lanes.size(); ++u) {
    const UnitInfo& unit = s.scene.header.units[u];
    const LaneSeen& lane = s.lanes[u];
    if (unit.scope == Scope::dma) {
      channels += lane.bytes;
      if (above(lane.bytes - f.channel_lead_bytes, end, f.channel_bytes_per_second))
        over(unit.path, lane.bytes, " bytes");
    } else if (unit.scope == Scope::pe && above_array(s, lane.macs, end)) {
      over(unit.path, lane.macs, " MACs");
    }
  }
  if (above(channels, end, f.dma_bytes_per_second)) over("interconnect", channels, " bytes");
  if (s.scene.clean && above(f.dram_read_bytes + f.dram_write_bytes, end, f.dram_peak_bytes_per_second))
    over("dram", f.dram_read_bytes + f.dram_write_bytes, " bytes");
}

}  // namespace tessera::trace
