// What each DMA channel moved under the caps that the policy set (docs/semantics.md 7.27, 8.16).
//
// Transfers, not packets, are what every trace has: from the grant of the first packet of some to the end of the last,
// all in between under caps, a channel moves no more than the caps add up to, and one packet, and what the caps let it
// move in one cycle (8.9). Judged are each transfer alone, and of those that end one after the other the worst sum.
#include <algorithm>
#include <optional>

#include "trace/analysis/check_state.h"

namespace tessera::trace {
namespace {

using Since = ChannelCapSeen::Since;

// The change before which, and at which, `edge` lies.
const Since& in_force(const ChannelCapSeen& c, std::int64_t edge) {
  const auto after = std::upper_bound(c.changes.begin(), c.changes.end(), edge,
                                      [](std::int64_t e, const Since& s) { return e < s.edge; });
  return *(after - 1);
}
__int128 allowed(const ChannelCapSeen& c, std::int64_t edge) {
  const Since& s = in_force(c, edge);
  return s.allowed + static_cast<__int128>(edge - s.edge) * s.rate;
}
std::int64_t free_edges(const ChannelCapSeen& c, std::int64_t edge) {
  const Since& s = in_force(c, edge);
  return s.free_edges + (s.rate == 0 ? edge - s.edge : 0);
}

void note_cap(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  const auto channels = std::count_if(s.scene.header.units.begin(), s.scene.header.units.end(),
                                      [](const UnitInfo& u) { return u.scope == Scope::dma; });
  if (r.channel() >= channels || r.rate() < 0)
    return s.wrong(Invariant::places, v.id, r, "there is no such channel, or rate");
  const bool cut = s.scene.trailer != nullptr && !s.scene.clean && r.end == s.scene.trailer->end;
  if (cut) return;  // by the end of a run that failed
  if (s.caps.size() <= r.channel()) s.caps.resize(r.channel() + std::size_t{1});
  ChannelCapSeen& c = s.caps[r.channel()];
  if (c.changes.empty()) c.changes.push_back({0, 0, 0, 0});
  const std::int64_t edge = s.scene.interconnect_clock.first_edge(r.end).count();
  c.changes.push_back({edge, r.rate(), free_edges(c, edge), allowed(c, edge)});
}

// Thousandths of a byte by which `bytes` are more than the caps let through from a grant at edge `from` on until
// `until`; none where there was a time without a cap.
std::optional<__int128> excess(const ChannelCapSeen& c, std::int64_t bytes, std::int64_t from, std::int64_t until) {
  if (until < from || free_edges(c, until + 1) != free_edges(c, from)) return std::nullopt;
  return static_cast<__int128>(bytes) * 1000 - (allowed(c, until) - allowed(c, from));
}

std::int64_t highest_rate(const ChannelCapSeen& c, std::int64_t from, std::int64_t until) {
  std::int64_t rate = 0;
  for (const Since* s = &in_force(c, from); s != c.changes.data() + c.changes.size() && s->edge <= until; ++s)
    rate = std::max(rate, s->rate);
  return rate;
}

void judge_moved(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  ChannelCapSeen& c = s.caps[r.channel()];
  const base::Clock& clock = s.scene.interconnect_clock;
  const std::int64_t granted = clock.first_edge(r.start + v.waits().channel).count();
  const std::int64_t until = clock.first_edge(r.end).count();
  const auto alone = excess(c, r.bytes(), granted, until);
  if (!alone) {
    c.first = -1;
    return;
  }
  const std::int64_t first = std::min(c.first, granted);
  const auto together = c.first < 0 ? std::nullopt : excess(c, c.bytes + r.bytes(), first, until);
  const bool joins = together && *together > *alone;
  c.first = joins ? first : granted;
  c.bytes = joins ? c.bytes + r.bytes() : r.bytes();
  const __int128 slack = static_cast<__int128>(s.scene.facts.packet_bytes) * 1000 + highest_rate(c, c.first, until);
  if ((joins ? *together : *alone) > slack)
    s.wrong(Invariant::caps, v.id, r,
            std::to_string(c.bytes) + " bytes since edge " + std::to_string(c.first) +
                " of the interconnect are more than the policy's caps let its channel move");
}

}  // namespace

void judge_cap(CheckState& s, const SpanView& v) {
  const Record& r = v.record;
  if (r.name == Name::cap) return note_cap(s, v);
  if (s.caps.empty() || (r.name != Name::load && r.name != Name::store)) return;
  const bool cut = s.scene.trailer != nullptr && !s.scene.clean && r.end == s.scene.trailer->end;
  if (cut || !v.has_waits() || s.scene.facts.packet_bytes <= 0 || !s.scene.lossless) return;
  if (r.channel() < s.caps.size() && !s.caps[r.channel()].changes.empty()) judge_moved(s, v);
}

}  // namespace tessera::trace
