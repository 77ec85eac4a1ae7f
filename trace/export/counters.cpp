#include "trace/export/counters.h"

#include <algorithm>
#include <limits>

#include "trace/export/even_rate.h"
#include "trace/file/run_facts.h"

namespace tessera::trace {
namespace {

using base::Ps;
using Samples = std::vector<Timeline::Counter::Sample>;

constexpr std::int64_t kPsPerSecond = 1'000'000'000'000;
constexpr const char* kCount = "count";
constexpr const char* kBytesPerSecond = "B/s";

// A trace may claim amounts whose rates there are no numbers for.
std::int64_t bounded(__int128 value) {
  constexpr __int128 kMost = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::clamp<__int128>(value, 0, kMost));
}
std::int64_t per_second(std::int64_t amount, Ps time) {
  return bounded(static_cast<__int128>(amount) * kPsPerSecond / time.count());
}

// Changes of a number at times, in any order, and the number over time that they make.
class Changes {
 public:
  void span(Ps start, Ps end, std::int64_t amount = 1) {
    if (end <= start) return;
    list_.push_back({start, amount});
    list_.push_back({end, -amount});
  }
  void add(const Changes& more) { list_.insert(list_.end(), more.list_.begin(), more.list_.end()); }
  [[nodiscard]] Samples samples() && {
    std::sort(list_.begin(), list_.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    Samples out;
    __int128 sum = 0;
    for (std::size_t i = 0; i < list_.size();) {
      const Ps at = list_[i].at;
      for (; i < list_.size() && list_[i].at == at; ++i) sum += list_[i].value;
      const std::int64_t now = bounded(sum);
      if (out.empty() ? now != 0 : now != out.back().value) out.push_back({at, now});
    }
    return out;
  }

 private:
  Samples list_;
};

Samples rates(const std::vector<ByteWindow>& windows) {
  const std::vector<MovedBytes> curve = even_curve(windows);
  Samples out;
  const auto put = [&out](Ps at, std::int64_t rate) {
    if (out.empty() || out.back().value != rate) out.push_back({at, rate});
  };
  for (std::size_t i = 1; i < curve.size(); ++i)
    put(curve[i - 1].at, per_second(curve[i].bytes - curve[i - 1].bytes, curve[i].at - curve[i - 1].at));
  if (!curve.empty()) put(curve.back().at, 0);
  return out;
}

class Counting {
 public:
  Counting(const TraceHeader& head, TrackTree& tree, const Timeline& timeline)
      : head_(head), tree_(tree), units_(head.units.size()) {
    for (const Timeline::Slice& s : timeline.slices) collect(s.record, s.waits);
  }

  void add() {
    for (std::size_t u = 0; u < units_.size(); ++u) {
      const Scope scope = head_.units[u].scope;
      if (scope == Scope::pe) add_core(u);
      if (scope == Scope::dma || scope == Scope::dram) add_channel(u, scope == Scope::dma);
    }
    put("MAC rate", "MAC/s", "", std::move(macs_).samples());
    put("dma bandwidth", kBytesPerSecond, "dma", rates(all_transfers_));
    const bool hidden = facts_of(head_, nullptr).shared_sram_bytes > 0;
    if (!all_bursts_.empty()) put("dram bandwidth", kBytesPerSecond, "dram", rates(all_bursts_));
    else if (!hidden) put("dram bandwidth", kBytesPerSecond, "dram", rates(all_transfers_));
  }

 private:
  struct OfUnit {
    Changes macs, slots, queued, in_flight;
    std::vector<ByteWindow> moved;
  };

  void collect(const Record& r, const std::optional<Waits>& waits) {
    OfUnit& unit = units_[r.unit];
    switch (head_.units[r.unit].scope) {
      case Scope::pe: {
        if (r.name != Name::compute || r.end <= r.start) return;
        const std::int64_t rate = per_second(r.macs(), r.length());
        unit.macs.span(r.start, r.end, rate);
        return macs_.span(r.start, r.end, rate);
      }
      case Scope::sram: return unit.slots.span(r.start, r.end);
      case Scope::dma: {
        const Ps granted = r.start + (waits ? std::clamp(waits->channel, Ps{0}, r.length()) : Ps{0});
        unit.queued.span(r.start, granted);
        unit.in_flight.span(granted, r.end);
        unit.moved.push_back({granted, r.end, r.bytes()});
        return all_transfers_.push_back(unit.moved.back());
      }
      case Scope::dram:
        unit.in_flight.span(r.start, r.end);
        unit.moved.push_back({r.start, r.end, r.bytes()});
        return all_bursts_.push_back(unit.moved.back());
      default: return;
    }
  }

  void put(const std::string& name, const char* unit, const std::string& group, Samples samples) {
    if (!samples.empty()) tree_.counter(name, unit, group).samples = std::move(samples);
  }
  // At the core's array, the first of its units: its MACs and the slots of its regions.
  void add_core(std::size_t array) {
    const UnitInfo& of_array = head_.units[array];
    if (of_array.index != 0) return;
    const std::string core = of_array.path.substr(0, of_array.path.find('.'));
    put(core + " MAC rate", "MAC/s", core, std::move(units_[array].macs).samples());
    std::vector<std::pair<std::string, Changes>> regions;
    for (std::size_t u = 0; u < units_.size(); ++u) {
      const UnitInfo& slot = head_.units[u];
      if (slot.scope != Scope::sram || slot.core != of_array.core) continue;
      const std::string region = slot.path.substr(0, slot.path.rfind('['));
      if (regions.empty() || regions.back().first != region) regions.push_back({region, {}});
      regions.back().second.add(units_[u].slots);
    }
    for (auto& [region, slots] : regions) put(region + " slots", kCount, core, std::move(slots).samples());
  }
  void add_channel(std::size_t u, bool of_dma) {
    const std::string& path = head_.units[u].path;
    if (of_dma) put(path + " queue depth", kCount, path, std::move(units_[u].queued).samples());
    put(path + " in flight", kCount, path, std::move(units_[u].in_flight).samples());
    put(path + " bandwidth", kBytesPerSecond, path, rates(units_[u].moved));
  }

  const TraceHeader& head_;
  TrackTree& tree_;
  std::vector<OfUnit> units_;
  Changes macs_;
  std::vector<ByteWindow> all_transfers_, all_bursts_;
};

}  // namespace

void add_counters(const TraceHeader& head, CounterSamples samples, TrackTree& tree, Timeline& timeline) {
  Counting(head, tree, timeline).add();
  for (auto& [unit, list] : samples) {
    std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    const std::string& path = head.units[unit].path;
    const bool power = path.ends_with("_uw");  // a lane's name carries its unit
    tree.counter(power ? path.substr(0, path.size() - 3) : path, power ? "uW" : kCount, "").samples = std::move(list);
  }
}

}  // namespace tessera::trace
