#include "trace/export/timeline.h"

#include <algorithm>
#include <map>

namespace tessera::trace {
namespace {

using base::Ps;
constexpr std::int64_t kBandwidthWindows = 1000;
constexpr std::size_t kNone = static_cast<std::size_t>(-1);

// "core[0].sram.input[1]" -> "core[0]"; "dma.channel[0]" -> "dma"; "host" -> none.
std::string group_of(const std::string& path) {
  const auto dot = path.find('.');
  return dot == std::string::npos ? std::string() : path.substr(0, dot);
}

class Builder {
 public:
  explicit Builder(FileReader& reader) : reader_(reader) {}
  base::Result<Timeline> build() {
    if (auto bad = read()) return std::move(*bad);
    std::stable_sort(out_.slices.begin(), out_.slices.end(), [](const Timeline::Slice& a, const Timeline::Slice& b) {
      return a.record.start != b.record.start ? a.record.start < b.record.start : a.record.end > b.record.end;
    });
    place();
    connect();
    count_queues();
    return std::move(out_);
  }

 private:
  std::optional<base::Diagnostics> read() {
    RecordBatch batch;
    for (;;) {
      auto more = reader_.next(batch);
      if (!more) return more.problems();
      if (!*more) return std::nullopt;
      for_each_span(batch, [this](const SpanView& s) {
        const Record& r = s.record;
        if (r.name == Name::counter) {
          samples_[r.unit].push_back({r.start, r.value()});
        } else if (r.end >= r.start) {
          out_.slices.push_back({s.id, r.unit, r, s.has_waits() ? std::optional(s.waits()) : std::nullopt});
        }
      });
    }
  }

  std::uint32_t parent(const std::string& path) {
    const std::string group = group_of(path);
    if (group.empty()) return Timeline::kNoParent;
    const auto [it, added] = parents_.try_emplace(group, static_cast<std::uint32_t>(out_.tracks.size()));
    if (added) out_.tracks.push_back({group, Timeline::kNoParent, static_cast<std::int32_t>(out_.tracks.size())});
    return it->second;
  }
  std::uint32_t new_track(const UnitInfo& unit) {
    const std::uint32_t above = parent(unit.path);
    out_.tracks.push_back({unit.path, above, static_cast<std::int32_t>(out_.tracks.size())});
    return static_cast<std::uint32_t>(out_.tracks.size() - 1);
  }

  // Slices come by start. A slice goes to the first sub-track on which it follows or nests in what is open; on the one
  // track of an exclusive unit that is always the first.
  void place() {
    struct Lane {
      std::uint32_t track;
      std::vector<Ps> open;  // ends, outermost first
    };
    const auto& units = reader_.header().units;
    std::vector<std::vector<Lane>> lanes(units.size());
    std::vector<bool> used(units.size());
    for (const Timeline::Slice& s : out_.slices) used[s.record.unit] = true;
    for (std::size_t u = 0; u < units.size(); ++u) {  // tracks in the order of the unit table
      if (used[u]) lanes[u].push_back({new_track(units[u]), {}});
    }
    for (Timeline::Slice& s : out_.slices) {
      auto& of_unit = lanes[s.record.unit];
      const bool may_nest = units[s.record.unit].exclusive;
      Lane* home = nullptr;
      for (Lane& lane : of_unit) {
        while (!lane.open.empty() && lane.open.back() <= s.record.start) lane.open.pop_back();
        if (lane.open.empty() || (may_nest && lane.open.back() >= s.record.end)) {
          home = &lane;
          break;
        }
      }
      if (home == nullptr) {
        of_unit.push_back({new_track(units[s.record.unit]), {}});
        home = &of_unit.back();
      }
      s.track = home->track;
      if (!s.instant()) home->open.push_back(s.record.end);
    }
  }

  // load -> task -> store of a tile, and store -> first load (or task) of each tile that depends on it.
  void connect() {
    const TileTable& tiles = reader_.tiles();
    std::vector<std::size_t> task(tiles.tiles.size(), kNone), first_load(task), store(task);
    for (std::size_t i = 0; i < out_.slices.size(); ++i) {
      const Record& r = out_.slices[i].record;
      if (r.tile >= task.size()) continue;
      if (r.name == Name::compute || r.name == Name::vector) task[r.tile] = i;
      if (r.name == Name::load && first_load[r.tile] == kNone) first_load[r.tile] = i;
      if (r.name == Name::store) store[r.tile] = i;
    }
    const auto arrow = [this](std::size_t from, std::size_t to) {
      if (from != kNone && to != kNone && from < to) out_.flows.push_back({from, to});
    };
    for (std::size_t i = 0; i < out_.slices.size(); ++i) {
      const Record& r = out_.slices[i].record;
      if (r.tile >= task.size()) continue;
      if (r.name == Name::load) arrow(i, task[r.tile]);
      if (r.name == Name::store) arrow(task[r.tile], i);
    }
    for (const TileTable::Edge& e : tiles.edges)
      arrow(store[e.from], first_load[e.to] != kNone ? first_load[e.to] : task[e.to]);
    std::sort(out_.flows.begin(), out_.flows.end(), [](const Timeline::Flow& a, const Timeline::Flow& b) {
      return a.to != b.to ? a.to < b.to : a.from < b.from;
    });
  }

  // Per channel: transfers queued or on their way, and bytes per window.
  void count_queues() {
    const auto& units = reader_.header().units;
    std::map<std::uint16_t, std::map<Ps, std::int64_t>> change;
    std::map<std::uint16_t, std::vector<std::int64_t>> bytes;
    Ps end{1};
    for (const auto& s : out_.slices) end = std::max(end, s.record.end);
    const std::int64_t window = std::max<std::int64_t>(1, base::ceil_div(end.count(), kBandwidthWindows));
    for (const auto& s : out_.slices) {
      const Record& r = s.record;
      if (units[r.unit].scope != Scope::dma) continue;
      ++change[r.unit][r.start];
      --change[r.unit][r.end];
      auto& w = bytes[r.unit];
      w.resize(kBandwidthWindows + 1);
      w[static_cast<std::size_t>(std::max<std::int64_t>(0, r.end.count() - 1) / window)] += r.bytes();
    }
    for (const auto& [unit, steps] : change) {
      Timeline::Counter queue{units[unit].path + " transfers", "count", {}};
      std::int64_t open = 0;
      for (const auto& [at, step] : steps) queue.samples.push_back({at, open += step});
      out_.counters.push_back(std::move(queue));
      Timeline::Counter rate{units[unit].path + " bandwidth", "MB/s", {}};
      for (std::int64_t i = 0; i <= kBandwidthWindows && i * window <= end.count(); ++i) {
        // bytes per window of ps -> 10^6 bytes per second
        rate.samples.push_back(
            {Ps{i * window}, static_cast<std::int64_t>(static_cast<__int128>(bytes[unit][static_cast<std::size_t>(i)]) *
                                                       1'000'000 / window)});
      }
      out_.counters.push_back(std::move(rate));
    }
    for (auto& [unit, list] : samples_) {
      std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
      const bool power = units[unit].path.ends_with("_uw");  // a lane's name carries its unit
      out_.counters.push_back({units[unit].path, power ? "uW" : "count", std::move(list)});
    }
  }

  FileReader& reader_;
  Timeline out_;
  std::map<std::string, std::uint32_t> parents_;
  std::map<std::uint16_t, std::vector<Timeline::Counter::Sample>> samples_;
};

}  // namespace

std::string Timeline::Slice::name() const {
  std::string text(to_string(record.name));
  if (record.name == Name::stall) return text + ": " + std::string(to_string(record.reason()));
  if (record.name == Name::load || record.name == Name::fill || record.name == Name::hold) {
    if (record.operand() != Operand::none) return text.append(" ").append(to_string(record.operand()));
  }
  return text;
}

base::Result<Timeline> build_timeline(FileReader& reader) { return Builder(reader).build(); }

std::vector<Edge> edges_in_order(const Timeline& timeline) {
  // Track by track, closing what has ended before the next begins; then all tracks by time, keeping each track's order.
  std::vector<std::vector<std::size_t>> by_track(timeline.tracks.size());
  for (std::size_t i = 0; i < timeline.slices.size(); ++i) by_track[timeline.slices[i].track].push_back(i);
  std::vector<Edge> out;
  std::vector<std::size_t> open;
  const auto close = [&](Ps until) {
    while (!open.empty() && timeline.slices[open.back()].record.end <= until) {
      out.push_back({timeline.slices[open.back()].record.end, open.back(), false});
      open.pop_back();
    }
  };
  for (const auto& track : by_track) {
    for (const std::size_t i : track) {
      const Timeline::Slice& s = timeline.slices[i];
      close(s.record.start);
      out.push_back({s.record.start, i, true});
      if (!s.instant()) open.push_back(i);
    }
    close(Ps::max());
  }
  std::stable_sort(out.begin(), out.end(), [](const Edge& a, const Edge& b) { return a.at < b.at; });
  return out;
}

}  // namespace tessera::trace
