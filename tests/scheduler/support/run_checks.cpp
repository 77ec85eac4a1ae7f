#include "tests/scheduler/support/run_checks.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>

namespace tessera::scheduler::testing {
namespace {

using base::Ps;
using trace::Link;
using trace::Name;
using trace::Reason;
using trace::Record;
using Items = std::vector<trace::Collector::Item>;

class Checker {
 public:
  Checker(const Scenario& setup, const trace::Lanes& lanes, const TestMachine& machine, const Items& items, Ps makespan)
      : setup_(setup), graph_(setup.graph), lanes_(lanes), machine_(machine), items_(items), makespan_(makespan) {}
  std::vector<std::string> problems;

  void all() {
    every_tile_once();
    edges();
    for (std::uint32_t c = 0; c < setup_.npu.cores; ++c) {
      covers(lanes_.pe_array(c));
      covers(lanes_.vector_unit(c));
    }
    path();
    slots();
    host();
  }

 private:
  void problem(const std::string& what) {
    if (problems.size() < 20) problems.push_back(what);
  }
  static std::string text(const Record& r) {
    return std::string(trace::to_string(r.name)) + " [" + std::to_string(r.start.count()) + "," +
           std::to_string(r.end.count()) + ") tile " + std::to_string(static_cast<std::int32_t>(r.tile));
  }

  void every_tile_once() {
    std::vector<std::uint32_t> decisions(graph_.tiles.size()), stores(graph_.groups.size());
    for (const auto& i : items_) {
      if (i.record.name == Name::decision || i.record.name == Name::host_task) ++decisions[i.record.tile];
      if (i.record.name == Name::undispatch) {
        const Group& group = graph_.groups[graph_.tiles[i.record.tile].group];
        if (decisions[group.first] != 1) problem("taken back and not dispatched: " + text(i.record));
        for (TileId t = group.first; t < group.first + group.slices; ++t) decisions[t] = 0;
      }
      if (i.record.name == Name::host_task && graph_.tiles[i.record.tile].kind != TileKind::host)
        problem("the host ran tile " + std::to_string(i.record.tile));
      if (i.record.name == Name::store || i.record.name == Name::host_task)
        stores[graph_.tiles[i.record.tile].group] |= 1;
    }
    for (TileId t = 0; t < graph_.tiles.size(); ++t) {
      if (decisions[t] != 1)
        problem("tile " + std::to_string(t) + " was dispatched " + std::to_string(decisions[t]) + " times");
      const std::uint32_t starts = machine_.starts[t];
      const bool unit = graph_.tiles[t].kind == TileKind::pe ||
                        (graph_.tiles[t].kind == TileKind::vector && graph_.tiles[t].vector_cycles > base::Cycles{0});
      if (starts != (unit ? 1U : 0U))
        problem("tile " + std::to_string(t) + " ran " + std::to_string(starts) + " times");
    }
    for (GroupId g = 0; g < stores.size(); ++g)
      if (stores[g] == 0) problem("group " + std::to_string(g) + " was not stored");
  }

  void edges() {
    std::vector<Ps> stored(graph_.groups.size()), decided(graph_.tiles.size());
    for (const auto& i : items_) {
      const Record& r = i.record;
      if (r.name == Name::store || r.name == Name::host_task)
        stored[graph_.tiles[r.tile].group] = std::max(stored[graph_.tiles[r.tile].group], r.end);
      if (r.name == Name::decision || r.name == Name::host_task) decided[r.tile] = r.start;
    }
    for (GroupId g = 0; g < graph_.groups.size(); ++g) {
      const Group& group = graph_.groups[g];
      if (decided[group.first] < graph_.requests[group.request].arrival)
        problem("a tile was dispatched before its request arrived");
      for (const GroupId p : graph_.predecessors(g)) {
        if (decided[group.first] < stored[p])
          problem("group " + std::to_string(g) + " did not wait for group " + std::to_string(p));
      }
    }
  }

  // Work and stalls of a unit tile [0, makespan) without gap or overlap; stalls inside a compute stay inside it.
  void covers(std::uint16_t lane) {
    std::vector<Record> spans, inner;
    for (const auto& i : items_) {
      const Record& r = i.record;
      if (r.unit != lane) continue;
      const bool nested = r.nests();
      if (r.name == Name::stall && !nested && (r.reason() == Reason::none || r.start >= r.end))
        problem("stall " + text(r));
      (nested ? inner : spans).push_back(r);
    }
    // Tasks without length may stand at the edge of a span.
    std::stable_sort(spans.begin(), spans.end(), [](const Record& a, const Record& b) {
      return a.start != b.start ? a.start < b.start : a.end < b.end;
    });
    Ps at{0};
    for (const Record& r : spans) {
      if (r.start != at)
        problem("lane " + std::to_string(lane) + ": " + text(r) + " does not begin at " + std::to_string(at.count()));
      at = r.end;
    }
    if (at != makespan_) problem("lane " + std::to_string(lane) + " ends at " + std::to_string(at.count()));
    for (const Record& r : inner) {
      const bool inside = std::any_of(spans.begin(), spans.end(), [&](const Record& s) {
        return unit_work(s.name) && s.tile == r.tile && s.start <= r.start && r.end <= s.end;
      });
      if (!inside) problem("inner stall outside its task: " + text(r));
    }
  }

  [[nodiscard]] const Record* by_id(std::uint64_t id) const {
    const auto i = std::lower_bound(items_.begin(), items_.end(), id,
                                    [](const auto& item, std::uint64_t v) { return item.id < v; });
    return i != items_.end() && i->id == id ? &i->record : nullptr;
  }
  [[nodiscard]] bool unit_work(Name n) const { return n == Name::compute || n == Name::vector || n == Name::post; }

  // Every record's cause, then the walk from the last store: its lengths and gaps add up to the makespan.
  void path() {
    const Ps period{setup_.npu.core_clock.period_num() / setup_.npu.core_clock.period_den() + 1};
    const Record* last = nullptr;
    for (const auto& i : items_) {
      const Record& r = i.record;
      if ((r.name == Name::store || r.name == Name::host_task) && r.end == makespan_) last = &r;
      if (r.cause == trace::kNoCause || r.name == Name::stall) continue;
      const Record* cause = by_id(r.cause);
      if (cause == nullptr || r.cause >= i.id) {
        problem("cause of " + text(r));
        continue;
      }
      if (r.link == Link::start_of) {
        if (cause->name != Name::compute || cause->start > r.start || cause->end < r.start)
          problem("start_of " + text(r));
        continue;
      }
      const Ps gap = r.start - cause->end;
      const bool chosen = is_action(r.name);
      if (gap < Ps{0} || (!chosen && gap >= (unit_work(r.name) ? period : Ps{1}))) {
        problem(text(r) + " begins " + std::to_string(gap.count()) + " ps after its cause " + text(*cause));
      }
    }
    Ps sum{0}, until = makespan_;
    for (const Record* r = last; r != nullptr; r = by_id(r->cause)) {
      sum += until - r->start;  // the part up to the follower, gap included
      until = r->start;
      if (r->cause != trace::kNoCause) continue;
      if (r->name != Name::arrival) problem("path ends at " + text(*r));
      sum += r->start;
      until = Ps{0};
      break;
    }
    if (last == nullptr || until != Ps{0} || sum != makespan_)
      problem("path adds up to " + std::to_string(sum.count()));
  }

  // One task at a time, as long as it says, and none while the host could have begun earlier.
  void host() {
    Ps free{0};
    for (const auto& i : items_) {
      const Record& r = i.record;
      if (r.name != Name::host_task) continue;
      if (r.start < free || r.end - r.start != graph_.host_task(r.tile).time) problem("host: " + text(r));
      Ps ready = graph_.requests[r.request].arrival;
      for (const GroupId p : graph_.predecessors(graph_.tiles[r.tile].group))
        for (const auto& before : items_)
          if ((before.record.name == Name::store || before.record.name == Name::host_task) &&
              graph_.tiles[before.record.tile].group == p)
            ready = std::max(ready, before.record.end);
      if (r.start != std::max(ready, free)) problem("host, later than it could: " + text(r));
      free = r.end;
    }
  }

  // A compute's operands: filled before it starts, with a box that holds what it needs, and not refilled before its
  // end.
  void slots() {
    std::map<std::uint16_t, std::vector<Record>> fills;
    for (const auto& i : items_)
      if (i.record.name == Name::fill) fills[i.record.unit].push_back(i.record);
    for (const auto& i : items_) {
      const Record& r = i.record;
      if (r.name != Name::compute) continue;
      const std::uint32_t core = core_of(r.unit);
      const Tile& tile = graph_.tiles[r.tile];
      const OperandSlots& at = machine_.slots_of[r.tile];
      for (std::uint32_t o = 0; o < 2; ++o) {
        const BlockId needed = o == 0 ? tile.input : tile.weight;
        const auto lane = lanes_.slot(core, static_cast<trace::Operand>(o), o == 0 ? at.input : at.weight);
        const Record* content = nullptr;
        for (const Record& f : fills[lane]) {
          if (f.end <= r.start) content = &f;
          else if (f.start < r.end) problem("slot overwritten in use: " + text(f) + " under " + text(r));
        }
        if (content == nullptr) {
          problem("operand never filled: " + text(r));
          continue;
        }
        const Tile& brought = graph_.tiles[content->tile];
        const Block& held = graph_.blocks[o == 0 ? brought.input : brought.weight];
        const Block& want = graph_.blocks[needed];
        if (held.root != want.root || held.request != want.request || !held.box.contains(want.box))
          problem("wrong content: " + text(r));
      }
    }
  }
  [[nodiscard]] std::uint32_t core_of(std::uint16_t lane) const { return lanes_.units()[lane].core; }

  const Scenario& setup_;
  const TileGraph& graph_;
  const trace::Lanes& lanes_;
  const TestMachine& machine_;
  const Items& items_;
  Ps makespan_;
};

}  // namespace

Outcome run_checked(const Scenario& setup, Policy& policy, const MachineShape& shape, bool keep, ActionLog* actions) {
  trace::Lanes::Shape units;
  units.cores = static_cast<std::uint16_t>(setup.npu.cores);
  units.schedulers = static_cast<std::uint16_t>(setup.npu.scheduler.count);
  units.channels = static_cast<std::uint16_t>(setup.npu.dma.channels.size());
  for (std::size_t r = 0; r < 3; ++r) units.slots[r] = static_cast<std::uint16_t>(setup.graph.slots[r]);
  const trace::Lanes lanes(units);
  trace::Collector collector(lanes.units());
  trace::Sink sink;
  sink.add(collector);
  TestMachine machine(setup.graph, setup.npu, shape);
  const arch::MachineLimits limits = arch::machine_limits(setup.npu);
  Dispatcher dispatcher(setup.graph, setup.npu, limits, setup.schedule, lanes, policy, machine, sink);
  if (shape.record_answers) dispatcher.record_answers();
  if (actions != nullptr) dispatcher.on_action([actions](const TakenAction& taken) { actions->add(taken); });
  Outcome out;
  out.stopped = !machine.run(dispatcher);
  out.state = dispatcher.state();
  out.failure = dispatcher.failure();
  out.counts = dispatcher.counts();
  if (out.stopped) out.wait_chain = dispatcher.wait_chain(20);
  out.makespan = out.state == RunState::done ? dispatcher.makespan() : machine.now();
  dispatcher.finish(out.makespan);
  sink.finish(out.makespan);
  out.problems = collector.violations();
  out.problems.insert(out.problems.end(), machine.complaints.begin(), machine.complaints.end());
  if (out.state == RunState::done) {
    Checker checker(setup, lanes, machine, collector.items(), out.makespan);
    checker.all();
    out.problems.insert(out.problems.end(), checker.problems.begin(), checker.problems.end());
  }
  if (keep) out.records = collector.items();
  return out;
}

std::string report(const Outcome& o) {
  std::string text = o.failure + "\n" + o.wait_chain;
  for (const auto& p : o.problems) text += p + "\n";
  return text;
}

bool same_records(const Outcome& a, const Outcome& b) {
  return std::ranges::equal(a.records, b.records, [](const auto& x, const auto& y) {
    return std::memcmp(&x.record, &y.record, sizeof(trace::Record)) == 0;
  });
}

std::uint64_t random_runs(std::uint64_t usual) {
  const char* text = std::getenv("TESSERA_RANDOM_RUNS");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : usual;
}

MachineShape random_machine(Random& random) {
  MachineShape m;
  m.seed = random();
  m.ps_per_byte = pick(random, 1, 60);
  m.least_latency = pick(random, 1, 20'000);
  m.random_latency = chance(random, 30) ? 0 : pick(random, 1, 60'000);
  m.conflict_percent = chance(random, 50) ? 0 : 30;
  m.trace_wait_percent = chance(random, 70) ? 0 : 30;
  return m;
}

}  // namespace tessera::scheduler::testing
