#include "tests/golden/whole_run_checks.h"

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>

namespace tessera::tests {
namespace {

using base::Ps;
using scheduler::BlockId;
using scheduler::kNoId;
using trace::Name;
using trace::Operand;
using trace::Reason;
using trace::Record;
using trace::Scope;

class Laws {
 public:
  Laws(const Execution& run, const std::vector<trace::UnitInfo>& units)
      : run_(run), graph_(run.run.graph), summary_(run.summary()), items_(run.records), units_(units) {}
  std::vector<std::string> broken;

  void judge() {
    macs();
    planned_bytes();
    memory_bytes();
    operands_in_place();
    outputs_in_place();
    lanes();
    stalls();
    path();
    bounds();
  }

 private:
  void fail(std::string line) {
    if (broken.size() < 20) broken.push_back(std::move(line));
  }
  template <class A, class B>
  void equal(const std::string& what, A a, B b) {
    if (static_cast<std::int64_t>(a) != static_cast<std::int64_t>(b))
      fail(what + ": " + std::to_string(a) + " is not " + std::to_string(b));
  }
  static std::string text(const Record& r) {
    return std::string(trace::to_string(r.name)) + " [" + std::to_string(r.start.count()) + ", " +
           std::to_string(r.end.count()) + ") tile " + std::to_string(static_cast<std::int32_t>(r.tile));
  }
  [[nodiscard]] BlockId needed(const Record& r) const {
    const auto& tile = graph_.tiles[r.tile];
    if (r.name == Name::store) return graph_.groups[tile.group].output;
    return r.operand() == Operand::weight ? tile.weight : tile.input;
  }
  [[nodiscard]] const Record* by_id(std::uint64_t id) const {
    const auto i = std::lower_bound(items_.begin(), items_.end(), id,
                                    [](const auto& item, std::uint64_t v) { return item.id < v; });
    return i != items_.end() && i->id == id ? &i->record : nullptr;
  }

  void macs() {
    std::int64_t done = 0;
    for (const auto& item : items_) {  // grouped layers may run on the vector unit
      if (item.record.name == Name::compute || item.record.name == Name::vector) done += item.record.macs();
    }
    equal("MACs of computes against the network's", done,
          run_.run.network.macs() * static_cast<std::int64_t>(graph_.requests.size()));
    equal("MACs in the summary", summary_.macs, done);
  }

  // Every byte that the tiles ask for is either loaded for them or was there.
  void planned_bytes() {
    std::int64_t planned_loads = 0, planned_stores = 0, demand = 0, stored = 0, prefetched = 0;
    for (const auto& tile : graph_.tiles) {
      for (const BlockId b : {tile.input, tile.weight}) planned_loads += b == kNoId ? 0 : graph_.blocks[b].bytes;
    }
    for (const auto& group : graph_.groups) planned_stores += graph_.blocks[group.output].bytes;
    for (const auto& item : items_) {
      const Record& r = item.record;
      if (r.name == Name::store) stored += r.bytes();
      if (r.name != Name::load) continue;
      const Record* cause = by_id(r.cause);
      if (cause == nullptr || (cause->name != Name::decision && cause->name != Name::prefetch))
        fail("who asked for " + text(r));
      else (cause->name == Name::decision ? demand : prefetched) += r.bytes();
    }
    const auto& d = summary_.dispatch;
    equal("bytes loaded on demand against planned - found in a slot", demand,
          planned_loads - d.reused_bytes - d.prefetched_bytes);
    equal("bytes stored against planned", stored, planned_stores);
    equal("planned bytes in the summary", summary_.planned_bytes, planned_loads + planned_stores);
    moved_ = demand + prefetched + stored;
    loaded_ = demand + prefetched;
    stored_ = stored;
  }

  // DRAM, or DRAM and shared SRAM together, moved what the transfers did, and what dropped prefetches did.
  void memory_bytes() {
    std::int64_t channels = 0;
    for (const auto& c : summary_.engine.channels) channels += c.read_bytes + c.write_bytes;
    equal("bytes through the channels against transfers + dropped", channels, moved_ + summary_.dropped_bytes);
    if (summary_.dropped_bytes > 0 && summary_.dispatch.prefetches == 0) fail("dropped bytes without a prefetch");
    if (summary_.shared_sram) return;
    equal("DRAM bytes read", summary_.dram.read_bytes, loaded_ + summary_.dropped_bytes);
    equal("DRAM bytes written", summary_.dram.write_bytes, stored_);
  }

  [[nodiscard]] bool holds(BlockId content, BlockId wanted) const {
    const auto &a = graph_.blocks[content], &b = graph_.blocks[wanted];
    return a.root == b.root && a.request == b.request && a.box.contains(b.box);
  }

  // For each task and operand there is a slot of that core that held a box with the needed one throughout; as fill and
  // hold spans of one slot exclude each other (lanes()), nobody overwrote it.
  void operands_in_place() {
    struct Content {
      Ps from, to;
      BlockId block;
    };
    std::map<std::tuple<int, int>, std::vector<Content>> held;  // core, operand
    std::map<std::uint16_t, BlockId> filled;                    // slot lane: last content
    std::vector<const Record*> spans;
    for (const auto& i : items_)
      if (i.record.name == Name::fill || i.record.name == Name::hold) spans.push_back(&i.record);
    std::stable_sort(spans.begin(), spans.end(), [](const Record* a, const Record* b) { return a->start < b->start; });
    for (const Record* r : spans) {
      if (r->name == Name::fill) filled[r->unit] = needed(*r);
      else if (!filled.contains(r->unit)) fail("full before it was filled: " + text(*r));
      else held[{units_[r->unit].core, static_cast<int>(r->operand())}].push_back({r->start, r->end, filled[r->unit]});
    }
    for (const auto& i : items_) {
      const Record& r = i.record;
      if (r.name != Name::compute && r.name != Name::vector) continue;
      const auto& tile = graph_.tiles[r.tile];
      for (int o = 0; o < 2; ++o) {
        const BlockId wanted = o == 0 ? tile.input : tile.weight;
        if (wanted == kNoId) continue;
        const auto& slots = held[{units_[r.unit].core, o}];
        const bool there = std::any_of(slots.begin(), slots.end(), [&](const Content& c) {
          return c.from <= r.start && r.end <= c.to && holds(c.block, wanted);
        });
        if (!there) fail(std::string(o == 0 ? "input" : "weight") + " not in a slot during " + text(r));
      }
    }
  }

  // The output slot of a group: accumulating while its tasks run, draining while its store does.
  void outputs_in_place() {
    std::map<std::uint32_t, std::pair<Record, Record>> of;  // group -> accumulate, draining
    for (const auto& i : items_) {
      if (i.record.name == Name::accumulate) of[graph_.tiles[i.record.tile].group].first = i.record;
      if (i.record.name == Name::draining) of[graph_.tiles[i.record.tile].group].second = i.record;
    }
    for (const auto& i : items_) {
      const Record& r = i.record;
      const bool task =
          r.name == Name::compute || r.name == Name::vector || r.name == Name::post || r.name == Name::drain;
      if (!task && r.name != Name::store) continue;
      if (graph_.tiles[r.tile].kind == scheduler::TileKind::movement) continue;  // stored from its input slot
      const auto found = of.find(graph_.tiles[r.tile].group);
      if (found == of.end()) {
        fail("no output slot for " + text(r));
        continue;
      }
      const auto& [grown, emptied] = found->second;
      if (task && r.end > r.start && (r.start < grown.start || r.end > grown.end))
        fail("outside its output slot: " + text(r));
      if (r.name == Name::store && (r.start < emptied.start || r.end > emptied.end))
        fail("store outside its slot: " + text(r));
      if (r.name == Name::store && grown.unit != emptied.unit) fail("stored from another slot: " + text(r));
    }
  }

  void lanes() {
    std::map<std::uint16_t, std::vector<const Record*>> by_unit;
    for (const auto& i : items_) {
      const Record& r = i.record;
      if (r.start < Ps{0} || r.end < r.start || r.end > summary_.makespan) fail("not within the run: " + text(r));
      if (r.cause >= i.id) fail("its cause is not older: " + text(r));
      const bool nested = r.nests();
      if (units_[r.unit].exclusive && !nested && r.end > r.start) by_unit[r.unit].push_back(&r);
    }
    for (auto& [unit, spans] : by_unit) {
      std::stable_sort(spans.begin(), spans.end(),
                       [](const Record* a, const Record* b) { return a->start < b->start; });
      for (std::size_t i = 1; i < spans.size(); ++i) {
        if (spans[i]->start < spans[i - 1]->end)
          fail(units_[unit].path + ": " + text(*spans[i]) + " overlaps " + text(*spans[i - 1]));
      }
    }
  }

  void stalls() {
    struct Sum {
      std::int64_t busy = 0;
      std::array<std::int64_t, trace::kReasonCount> reason{};
    };
    std::vector<Sum> sums(units_.size());
    for (const auto& i : items_) {
      const Record& r = i.record;
      const std::int64_t length = (r.end - r.start).count();
      Sum& s = sums[r.unit];
      if (r.name == Name::stall) {
        s.reason[static_cast<std::size_t>(r.reason())] += length;
        if (r.reason() == Reason::none) fail("no reason: " + text(r));
        if (r.nests()) s.busy -= length;
      } else if (r.name == Name::compute || r.name == Name::vector || r.name == Name::post) {
        s.busy += length;
      }
    }
    for (std::size_t u = 0; u < units_.size(); ++u) {
      const bool array = units_[u].scope == Scope::pe && units_[u].index == 0;
      if (!array && units_[u].scope != Scope::vector) continue;
      const auto& core = summary_.measures.cores[units_[u].core];
      const trace::UnitTime& told = array ? core.array : core.vector;
      std::int64_t sum = sums[u].busy;
      for (const std::int64_t s : sums[u].reason) sum += s;
      equal(units_[u].path + ": busy + stalls against the makespan", sum, summary_.makespan.count());
      equal(units_[u].path + ": busy in the summary", told.busy.count(), sums[u].busy);
      for (std::size_t k = 0; k < sums[u].reason.size(); ++k) {
        equal(units_[u].path + ": " + std::string(to_string(static_cast<Reason>(k))) + " in the summary",
              told.stall[k].count(), sums[u].reason[k]);
      }
    }
  }

  // Back from the last store, each record counts from its start to where its follower takes over.
  void path() {
    const Record* at = nullptr;
    for (const auto& i : items_)
      if (i.record.name == Name::store && i.record.end == summary_.makespan) at = &i.record;
    if (at == nullptr) return fail("no store ends with the run");
    const Ps edge{run_.run.spec.npu.core_clock.period_num() / run_.run.spec.npu.core_clock.period_den() + 1};
    Ps until = summary_.makespan, sum{0};
    while (at->cause != trace::kNoCause) {
      const Record* cause = by_id(at->cause);
      if (cause == nullptr) return fail("no record is the cause of " + text(*at));
      const bool part = at->link == trace::Link::start_of;  // the cause counts up to this start only
      const Ps begin = part ? at->start : cause->end;
      const Ps wait = at->start - begin;
      const bool decided = is_action(at->name);
      const bool aligned = at->name == Name::compute || at->name == Name::vector || at->name == Name::post;
      if (wait < Ps{0} || (!decided && wait >= (aligned ? edge : Ps{1})))
        fail("not when its cause ended: " + text(*at));
      sum += until - begin;
      until = begin;
      at = cause;
    }
    sum += until - at->start;
    const Ps arrival = at->start;  // of the request: what is before it is arrival
    equal("path", (sum + arrival).count(), summary_.makespan.count());
    if (at->name != Name::arrival) fail("the path ends at " + text(*at));
  }

  void bounds() {
    const auto below = [this](const char* which, const scheduler::LowerBound& bound) {
      if (bound.time() <= Ps{0}) fail(std::string(which) + " bound says nothing");
      if (bound.time() > summary_.makespan) {
        fail("makespan " + std::to_string(summary_.makespan.count()) + " is below the bound of the " + which + ", " +
             std::to_string(bound.time().count()));
      }
    };
    below("tile graph", summary_.bound);
    below("bytes moved", summary_.bound_moved);
    below("network", summary_.bound_network);
  }

  const Execution& run_;
  const scheduler::TileGraph& graph_;
  const sim::RunSummary& summary_;
  const Items& items_;
  const std::vector<trace::UnitInfo>& units_;
  std::int64_t moved_ = 0, loaded_ = 0, stored_ = 0;
};

}  // namespace

std::vector<std::string> broken_laws(const Execution& run, const std::vector<trace::UnitInfo>& units) {
  if (!run.result.ok) return {"the run failed: " + run.result.failure};
  Laws laws(run, units);
  laws.judge();
  return laws.broken;
}

}  // namespace tessera::tests
