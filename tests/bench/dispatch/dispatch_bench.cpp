// What the dispatcher and a policy cost for each tile, on a machine that answers at once: no engine, no kernel, no
// trace. The cost must be linear in tiles and must not grow with idle cores.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <queue>
#include <set>
#include <string>

#include "arch/spec/npu_reader.h"
#include "models/read_network.h"
#include "scheduler/dispatch/dispatcher.h"
#include "scheduler/policy/policies.h"
#include "scheduler/tiling/build_tile_graph.h"
#include "tests/scheduler/support/random_graph.h"

namespace tessera::scheduler::testing {
namespace {

using base::Cycles;
using base::Ps;

// One path that moves the DRAM's peak rate, fold plans for computes: as little of a machine as there can be.
class InstantMachine : public Machine {
 public:
  InstantMachine(const TileGraph& graph, const arch::NpuSpec& npu, const arch::MachineLimits& limits)
      : graph_(graph), npu_(npu),
        ps_per_kib_(1'000'000'000'000 / std::max<std::int64_t>(1, limits.dram.peak_bytes_per_second / 1024)) {}
  void run(Dispatcher& d) {
    while (d.state() == RunState::running) {
      const Ps now = std::min(d.next(), agenda_.empty() ? base::kNever : agenda_.top().at);
      if (now == base::kNever) break;
      for (; !agenda_.empty() && agenda_.top().at == now; agenda_.pop()) deliver(agenda_.top(), now, d);
      d.settle(now);
    }
  }
  void start_compute(std::uint32_t core, TileId tile, Ps start, const OperandSlots&) override {
    const arch::ArrayWork& w = graph_.works[graph_.tiles[tile].work];
    agenda_.push({npu_.core_clock.after(start, w.occupancy), 0, core, tile});
    agenda_.push({npu_.core_clock.after(start, w.latency), 1, core, tile});
  }
  void start_vector(std::uint32_t core, TileId tile, Ps start, Cycles cycles) override {
    agenda_.push({npu_.core_clock.after(start, cycles), 2, core, tile});
  }
  void submit(const arch::TransferRequest& r) override {
    busy_until_ = std::max(busy_until_, now_) + Ps{r.bytes * ps_per_kib_ / 1024};
    agenda_.push({busy_until_ + Ps{50'000}, 3, r.id, 0});
  }
  void promote(std::uint32_t) override {}
  void cancel(std::uint32_t transfer) override { cancelled_.insert(transfer); }
  void set_rate(std::uint32_t, base::ByteRate) override {}
  [[nodiscard]] std::int64_t unissued_bytes(std::uint32_t) const override { return 0; }

 private:
  struct Entry {
    Ps at;
    int what;
    std::uint32_t a, b;
    bool operator<(const Entry& o) const { return at > o.at; }
  };
  void deliver(const Entry& e, Ps now, Dispatcher& d) {
    now_ = now;
    switch (e.what) {
      case 0: return d.compute_done(now, e.a, Ps{0});
      case 1: return d.result_done(now, e.a, e.b);
      case 2: return d.vector_done(now, e.a);
      default: break;
    }
    if (cancelled_.count(e.a) != 0) return;
    arch::TransferDone done;
    done.id = e.a;
    d.transfer_done(now, done);
  }
  const TileGraph& graph_;
  const arch::NpuSpec& npu_;
  std::int64_t ps_per_kib_;
  Ps now_{0}, busy_until_{0};
  std::priority_queue<Entry> agenda_;
  std::set<std::uint32_t> cancelled_;
};

// `window`: of a policy that has that option; 0: its own.
void run(benchmark::State& state, const TileGraph& graph, const arch::NpuSpec& npu, std::string_view policy_name,
         std::int64_t window = 0) {
  const arch::MachineLimits limits = arch::machine_limits(npu);
  const ScheduleSpec schedule;
  trace::Lanes::Shape shape;
  shape.cores = static_cast<std::uint16_t>(npu.cores);
  shape.schedulers = static_cast<std::uint16_t>(npu.scheduler.count);
  shape.channels = static_cast<std::uint16_t>(npu.dma.channels.size());
  for (std::size_t r = 0; r < 3; ++r) shape.slots[r] = static_cast<std::uint16_t>(graph.slots[r]);
  const trace::Lanes lanes(shape);
  PolicySpec spec;
  spec.name = policy_name;
  if (window != 0) spec.options["window"] = window;
  std::int64_t makespan = 0;
  DispatchCounts counts;
  for (auto _ : state) {
    const auto policy = make_policy(spec);
    InstantMachine machine(graph, npu, limits);
    trace::Sink sink;
    Dispatcher dispatcher(graph, npu, limits, schedule, lanes, *policy, machine, sink);
    machine.run(dispatcher);
    if (dispatcher.state() != RunState::done) state.SkipWithError(dispatcher.wait_chain(5).c_str());
    makespan = dispatcher.makespan().count();
    counts = dispatcher.counts();
  }
  const auto tiles = static_cast<double>(graph.tiles.size());
  state.counters["ns_per_tile"] =
      benchmark::Counter(tiles * 1e-9, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["asked_per_tile"] = static_cast<double>(counts.asked) / tiles;
  state.counters["makespan_us"] = static_cast<double>(makespan) / 1e6;
}

// Tiles: 40 operators x blocks x 2 slices.
void run_policy(benchmark::State& state, std::string_view policy_name) {
  const TileGraph graph = layered_graph(40, state.range(1), 2);
  arch::NpuSpec npu;
  npu.core_clock = npu.interconnect_clock = base::Clock(1000, 1);
  npu.cores = state.range(0);
  npu.dma.channels.resize(4);
  npu.dram.simple.bytes_per_second = 50'000'000'000;
  run(state, graph, npu, policy_name);
}

struct Setup {
  arch::NpuSpec npu;
  TileGraph graph;
};

// A network of the zoo on a machine that ships, with so many cores (0: its own); built once.
const Setup* setup_of(const std::string& network_name, const std::string& npu_name, std::int64_t cores) {
  static std::map<std::string, std::unique_ptr<Setup>> made;
  auto& setup = made[network_name + npu_name + std::to_string(cores)];
  if (setup) return setup.get();
  const auto source = std::filesystem::path(TESSERA_SOURCE_DIR);
  const auto network = models::read_network(source / "models/zoo" / (network_name + ".yaml"));
  auto npu = arch::read_npu_file(source / "configs/npu" / (npu_name + ".yaml"), {});
  if (!network || !npu) return nullptr;
  if (cores != 0) npu->cores = cores;
  auto graph = build_tile_graph(*network, *npu, arch::machine_limits(*npu), {}, {});
  if (!graph) return nullptr;
  setup = std::make_unique<Setup>(Setup{std::move(*npu), std::move(*graph)});
  return setup.get();
}

void network(benchmark::State& state, const char* name, const char* npu, std::int64_t cores, const char* policy,
             std::int64_t window) {
  const Setup* setup = setup_of(name, npu, cores);
  if (setup == nullptr) return state.SkipWithError("network or machine cannot be read");
  run(state, setup->graph, setup->npu, policy, window);
}

// The same network on few cores, on many, and on four times as many.
const bool kNetworks = [] {
  for (const char* name : {"yolov5s_640x640", "resnet50"}) {
    for (const auto& [npu, cores] : {std::pair{"edge_8tops", 0}, {"many_core_64", 0}, {"many_core_64", 256}}) {
      for (const std::string_view policy : policy_names()) {
        std::string label = name;
        for (const std::string_view part : {std::string_view(npu), policy}) label.append("/").append(part);
        if (cores != 0) label.append("/cores:").append(std::to_string(cores));
        const auto add = [&](std::int64_t window) {
          const std::string full = window == 0 ? label : label + "/window:" + std::to_string(window);
          benchmark::RegisterBenchmark(full.c_str(), network, name, npu, cores, policy.data(), window)
              ->Unit(benchmark::kMillisecond);
        };
        add(0);
        if (policy == "lookahead")
          for (const std::int64_t window : {4, 16, 256}) add(window);
      }
    }
  }
  return true;
}();

void DepthFirst(benchmark::State& s) { run_policy(s, "depth_first"); }
void BreadthFirst(benchmark::State& s) { run_policy(s, "breadth_first"); }
void RoundRobin(benchmark::State& s) { run_policy(s, "round_robin"); }
void LookaheadPolicy(benchmark::State& s) { run_policy(s, "lookahead"); }

void sizes(benchmark::internal::Benchmark* b) {
  b->Unit(benchmark::kMillisecond);
  for (const int cores : {1, 8, 64}) b->Args({cores, 128});
  for (const int blocks : {32, 512}) b->Args({8, blocks});
}
BENCHMARK(DepthFirst)->Apply(sizes);
BENCHMARK(BreadthFirst)->Apply(sizes);
BENCHMARK(RoundRobin)->Apply(sizes);
BENCHMARK(LookaheadPolicy)->Apply(sizes);

}  // namespace
}  // namespace tessera::scheduler::testing
