// A run that is small enough to work out by hand, as a story. Clock 1 ns; dispatch latency 10 cycles; a load of b bytes
// takes 20 ps x b + 1 ns; computes of 400 cycles (drain 30), posts of 100, which start 300 after their compute. Inputs
// and results go over channel 0, weights over channel 1.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "scheduler/policy/policies.h"
#include "tests/scheduler/support/run_checks.h"
#include "tests/scheduler/support/scripted_policy.h"
#include "trace/explain/story.h"

namespace tessera::trace::test {

using namespace scheduler::testing;
using scheduler::Action;
using scheduler::Dispatch;
using scheduler::Policy;
using scheduler::Prefetch;
using scheduler::Undispatch;
using scheduler::View;
using scheduler::Wait;

inline Scenario chain(std::int64_t operators, std::int64_t blocks, std::int64_t slices = 1) {
  Scenario s;
  s.graph = layered_graph(operators, blocks, slices);
  s.npu.cores = 1;
  s.npu.core_clock = base::Clock(1000, 1);
  s.npu.scheduler.dispatch_latency = base::Cycles{10};
  s.npu.dma.channels.resize(2);
  s.schedule.binding = scheduler::ChannelBinding::statically;
  s.schedule.static_channel = {0, 1, 0};
  return s;
}

// The table of the run's tiles, as its trace would have it.
inline TileTable table_of(const scheduler::TileGraph& g) {
  TileTable table;
  for (const scheduler::Tile& t : g.tiles) {
    while (table.operators.size() <= t.op) {
      table.operators.push_back({"conv" + std::to_string(table.operators.size()), "Conv"});
    }
    TileTable::Tile row;
    row.op = t.op;
    row.request = t.request;
    row.group = t.group;
    row.slice = t.slice;
    row.kind = static_cast<TileTable::Kind>(t.kind);
    row.core = g.groups[t.group].core_hint;
    const auto bytes = [&g](scheduler::BlockId b) {
      return b == scheduler::kNoId ? 0 : static_cast<std::uint64_t>(g.blocks[b].bytes);
    };
    row.input_bytes = bytes(t.input);
    row.weight_bytes = bytes(t.weight);
    if (t.last()) row.output_bytes = bytes(g.groups[t.group].output);
    table.tiles.push_back(row);
  }
  for (scheduler::GroupId to = 0; to < g.groups.size(); ++to) {
    for (const auto from : g.predecessors(to)) {
      const auto last = g.groups[from].first + g.groups[from].slices - 1;
      table.edges.push_back({last, g.groups[to].first, TileTable::EdgeKind::input});
    }
  }
  return table;
}

struct Told {
  Told(const Scenario& s, Policy& policy) : tiles(table_of(s.graph)) {
    MachineShape machine;
    machine.least_latency = 1000;
    machine.random_latency = 0;
    machine.record_answers = true;
    outcome = run_checked(s, policy, machine, true);
    for (const auto& p : outcome.problems) ADD_FAILURE() << p;
    Lanes::Shape units;
    units.cores = static_cast<std::uint16_t>(s.npu.cores);
    units.schedulers = static_cast<std::uint16_t>(s.npu.scheduler.count);
    units.channels = static_cast<std::uint16_t>(s.npu.dma.channels.size());
    for (std::size_t r = 0; r < 3; ++r) units.slots[r] = static_cast<std::uint16_t>(s.graph.slots[r]);
    head.units = Lanes(units).units();
    head.clocks = {{"core", s.npu.core_clock}};
    RunFacts facts;
    facts.policy = policy.name();
    facts.score = "missing bytes";
    facts.decisions = 1;
    facts.dma_bytes_per_second = 100'000'000'000;  // 10 ps a byte
    head.meta = meta_of(facts, FactPlace::head);
    end.clean_end = true;
    story = std::make_unique<Story>(head, tiles, &end);
    for (const auto& i : outcome.records) {
      const Record both[] = {i.record, i.waits ? Record::extension(*i.waits) : Record()};
      story->consume(std::span(both, i.waits ? 2 : 1), i.id);
    }
    story->finish(outcome.makespan);
  }
  Told(const Scenario& s, const std::function<Action(const View&)>& decide)
      : Told(s, *std::make_unique<Scripted>(decide)) {}

  [[nodiscard]] const Event& decision(std::uint32_t tile) const {
    for (const std::uint32_t i : story->of_tile(tile))
      if (story->at(i).record.name == Name::decision) return story->at(i);
    throw std::runtime_error("never dispatched");
  }

  TileTable tiles;
  TraceHeader head;
  Trailer end;
  Outcome outcome;
  std::unique_ptr<Story> story;
};

}  // namespace tessera::trace::test
