#include "trace/export/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>

#include "trace/export/counters.h"
#include "trace/export/flows.h"
#include "trace/export/track_tree.h"

namespace tessera::trace {
namespace {

using base::Ps;
using Slice = Timeline::Slice;

std::optional<base::Diagnostics> read(FileReader& reader, Timeline& out, CounterSamples& samples) {
  RecordBatch batch;
  for (;;) {
    auto more = reader.next(batch);
    if (!more) return more.problems();
    if (!*more) return std::nullopt;
    std::uint64_t bad = 0;
    for_each_span(batch, [&](const SpanView& s) {
      const Record& r = s.record;
      if (r.start < Ps{0} || r.end < r.start) bad = s.id;
      else if (r.name == Name::counter) samples[r.unit].push_back({r.start, r.value()});
      else out.slices.push_back({s.id, 0, r.start, r.end, r, s.has_waits() ? std::optional(s.waits()) : std::nullopt});
    });
    if (bad != 0) {
      return base::failure(fmt::format("corrupt trace: record {} begins before time 0 or ends before it begins", bad));
    }
  }
}

// Bursts of a channel one behind the other, in the order of their answers.
void line_up_bursts(std::vector<Slice>& slices) {
  std::vector<Slice*> bursts;
  for (Slice& s : slices) {
    if (s.record.name == Name::burst) bursts.push_back(&s);
  }
  std::stable_sort(bursts.begin(), bursts.end(), [](const Slice* a, const Slice* b) {
    return std::tuple(a->record.unit, a->end) < std::tuple(b->record.unit, b->end);
  });
  for (std::size_t i = 1; i < bursts.size(); ++i) {
    const Slice& before = *bursts[i - 1];
    if (before.record.unit == bursts[i]->record.unit) bursts[i]->start = std::max(bursts[i]->start, before.end);
  }
}

bool comes_before(const Slice& a, const Slice& b) {
  const auto key = [](const Slice& s) {
    const bool nests = s.record.nests();
    return std::tuple(s.start, s.end > s.start, nests, nests ? -s.end.count() : 0, s.id);
  };
  return key(a) < key(b);
}

// Slices come by start. A slice goes to the first lane on which it follows or nests in what is open; on the one track
// of an exclusive unit that is always the first.
class Placement {
 public:
  explicit Placement(const std::vector<UnitInfo>& units) : units_(units), lanes_(units.size() * kKinds) {}

  void place(std::vector<Slice>& slices, TrackTree& tree) {
    std::vector<std::uint32_t> lane_of(slices.size());
    for (std::size_t i = 0; i < slices.size(); ++i) lane_of[i] = lane(slices[i]);
    std::vector<std::vector<std::uint32_t>> tracks(lanes_.size());
    for (std::size_t at = 0; at < lanes_.size(); ++at) {  // in the order of the unit table
      if (lanes_[at].empty()) continue;
      tracks[at] = tree.lanes(units_[at / kKinds], kNames[at % kKinds], lanes_[at].size());
    }
    for (std::size_t i = 0; i < slices.size(); ++i) slices[i].track = tracks[place_of(slices[i])][lane_of[i]];
  }

 private:
  // The host's operators and its tasks have lanes of their own.
  static constexpr std::array<std::string_view, 3> kNames{"", "operators", "tasks"};
  static constexpr std::size_t kKinds = kNames.size(), kOperators = 1, kTasks = 2;
  using Open = std::vector<Ps>;  // ends of what is open on a lane, outermost first

  [[nodiscard]] static std::size_t place_of(const Slice& s) {
    const Name name = s.record.name;
    return s.record.unit * kKinds + (name == Name::op ? kOperators : name == Name::host_task ? kTasks : 0);
  }
  std::uint32_t lane(const Slice& s) {
    auto& lanes = lanes_[place_of(s)];
    const bool may_nest = units_[s.record.unit].exclusive;
    std::uint32_t i = 0;
    for (; i < lanes.size(); ++i) {
      Open& open = lanes[i];
      while (!open.empty() && open.back() <= s.start) open.pop_back();
      if (open.empty() || (may_nest && open.back() >= s.end)) break;
    }
    if (i == lanes.size()) lanes.emplace_back();
    if (!s.instant()) lanes[i].push_back(s.end);
    return i;
  }

  const std::vector<UnitInfo>& units_;
  std::vector<std::vector<Open>> lanes_;  // by unit and kind
};

}  // namespace

base::Result<Timeline> build_timeline(FileReader& reader) {
  Timeline out;
  CounterSamples samples;
  if (auto bad = read(reader, out, samples)) return std::move(*bad);
  const auto& units = reader.header().units;
  line_up_bursts(out.slices);
  std::sort(out.slices.begin(), out.slices.end(), comes_before);
  TrackTree tree(out);
  Placement(units).place(out.slices, tree);
  add_flows(reader.tiles(), out);
  add_counters(reader.header(), std::move(samples), tree, out);
  return out;
}

namespace {

std::string slice_name_of_answer(const Record& r) {
  const std::string tile = r.tile == kNoTile ? "" : " #" + std::to_string(r.tile);
  if (r.refusal() != 0) return "refused: " + std::string(kRefusalWords[r.refusal()]) + tile;
  return "answer: " + std::string(to_string(r.answer())) + tile;
}

}  // namespace

std::string slice_name(const Record& r, const TileTable& tiles) {
  const std::string word(to_string(r.name));
  if (r.name == Name::stall) return word + ": " + std::string(to_string(r.reason()));
  if (r.name == Name::burst) return r.write() ? "write" : "read";
  if (r.name == Name::cap) return word + " channel " + std::to_string(r.channel()) + (r.rate() == 0 ? " lifted" : "");
  if (r.name == Name::answer) return slice_name_of_answer(r);
  if (r.name == Name::arrival || r.name == Name::request) return word + " " + std::to_string(r.request);
  std::string label;
  if (r.has(Field::op) && r.op < tiles.operators.size()) label = tiles.operators[r.op].name;
  if (r.has(Field::tile) && r.tile != kNoTile) label += (label.empty() ? "#" : " #") + std::to_string(r.tile);
  if (label.empty()) return word;
  if (r.name == Name::compute || r.name == Name::vector || r.name == Name::op || r.name == Name::host_task)
    return label;
  const bool of_operand = r.name == Name::load || r.name == Name::prefetch;
  const std::string operand = of_operand ? " " + std::string(to_string(r.operand())) : "";
  return (r.name == Name::decision ? "dispatch" : word) + operand + " " + label;
}

std::vector<Edge> edges_in_order(const Timeline& timeline) {
  // Track by track, closing what has ended before the next begins; then all tracks by time. At one time first ends,
  // then slices without length, then begins: each track's order stays, and across tracks that of the slices holds.
  std::vector<std::vector<std::size_t>> by_track(timeline.tracks.size());
  for (std::size_t i = 0; i < timeline.slices.size(); ++i) by_track[timeline.slices[i].track].push_back(i);
  std::vector<Edge> out;
  std::vector<std::size_t> open;
  const auto close = [&](Ps until) {
    while (!open.empty() && timeline.slices[open.back()].end <= until) {
      out.push_back({timeline.slices[open.back()].end, open.back(), false});
      open.pop_back();
    }
  };
  for (const auto& track : by_track) {
    for (const std::size_t i : track) {
      const Slice& s = timeline.slices[i];
      close(s.start);
      out.push_back({s.start, i, true});
      if (!s.instant()) open.push_back(i);
    }
    close(Ps::max());
  }
  const auto key = [&timeline](const Edge& e) {
    const bool length = timeline.slices[e.slice].end > timeline.slices[e.slice].start;
    const bool ends = length && !e.begin;
    return std::tuple(e.at, ends ? 0 : length ? 2 : 1, ends ? 0 : e.slice);
  };
  std::stable_sort(out.begin(), out.end(), [&key](const Edge& a, const Edge& b) { return key(a) < key(b); });
  return out;
}

}  // namespace tessera::trace
