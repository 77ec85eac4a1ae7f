#include "tests/scheduler/optimum/small_cases.h"

#include <stdexcept>

#include "scheduler/optimum/plain_machine.h"
#include "scheduler/policy/policies.h"
#include "scheduler/replay/action_table.h"

namespace tessera::scheduler::tests {

SmallCase small_case(std::string name, const models::Network& network, const arch::NpuSpec& npu,
                     const ScheduleSpec& schedule, const RequestSpec& requests) {
  auto graph = tiled(network, npu, schedule, requests);
  if (!graph) throw std::runtime_error(name + ": " + graph.problems().to_string());
  return {std::move(name), std::move(graph).value(), npu, arch::machine_limits(npu), schedule};
}

arch::NpuSpec small_machine(std::int64_t cores, std::int64_t slot) {
  arch::NpuSpec npu = small_npu(slot);
  npu.cores = cores;
  for (arch::SramRegionSpec* region : {&npu.core.sram.input, &npu.core.sram.weight, &npu.core.sram.output})
    region->bytes_per_cycle = base::Bytes{256}, region->ports = 2;  // never in the array's way
  return npu;
}

namespace {

ScheduleSpec cut(TileRule rule) {
  ScheduleSpec schedule;
  schedule.tiles.push_back(std::move(rule));
  return schedule;
}

RequestSpec two_requests(base::Ps apart) {
  RequestSpec requests;
  requests.count = 2;
  requests.interval = apart;
  return requests;
}

// One convolution behind the other, each with weights of its own.
models::Network chain(int length) {
  NetworkMaker maker;
  auto t = maker.input({1, 8, 8, 32});
  for (int i = 0; i < length; ++i) t = maker.conv(t, {.n = 32});
  return maker.take();
}

// Layers of 1x1 convolutions; by rows, each tile waits for one of the layer before, by columns for all of them.
models::Network layers(int count, std::int64_t channels, std::int64_t side = 8) {
  NetworkMaker maker;
  auto t = maker.input({1, side, side, channels});
  for (int i = 0; i < count; ++i) t = maker.conv(t, {.n = channels});
  return maker.take();
}

// Two products with the same weights, each of an input of its own, and their sum.
models::Network shared_weights() {
  NetworkMaker maker;
  const auto a = maker.matmul(maker.input({1, 64, 1, 64}), 64);
  const auto b = maker.matmul(maker.input({1, 64, 1, 64}), 64);
  maker.elementwise(a, b);
  models::Network network = maker.take();
  network.operators[1].inputs[1] = network.operators[0].inputs[1];
  return network;
}

// Leaves of different sizes that are added up pairwise.
models::Network in_tree(int leaves) {
  NetworkMaker maker;
  std::vector<models::TensorId> level;
  for (int i = 0; i < leaves; ++i)
    level.push_back(maker.conv(maker.input({1, 4, 8, 16 + 16 * (i % 3)}),
                               {.n = 32, .kernel = i % 2 == 0 ? 1 : 3, .pad = i % 2 == 0 ? 0 : 1}));
  while (level.size() > 1) {
    std::vector<models::TensorId> next;
    for (std::size_t i = 0; i + 1 < level.size(); i += 2) next.push_back(maker.elementwise(level[i], level[i + 1]));
    if (level.size() % 2 == 1) next.push_back(level.back());
    level = std::move(next);
  }
  return maker.take();
}

// A branch of long work beside some of short work, which meet.
models::Network branches(int light) {
  NetworkMaker maker;
  const auto in = maker.conv(maker.input({1, 8, 8, 16}), {.n = 32});
  auto sum = maker.conv(maker.conv(in, {.n = 32, .kernel = 3, .pad = 1}), {.n = 32, .kernel = 3, .pad = 1});
  for (int i = 0; i < light; ++i) sum = maker.elementwise(sum, maker.conv(in, {.n = 32}));
  return maker.take();
}

// Array, vector unit and plain transfers beside one another.
models::Network mixed() {
  NetworkMaker maker;
  const auto in = maker.input({1, 8, 8, 32});
  const auto product = maker.conv(in, {.n = 32});
  const auto moved = maker.copy(in);
  const auto pooled = maker.max_pool(product, 2, 2, 0);
  maker.conv(pooled, {.n = 32});
  maker.conv(moved, {.n = 16});
  maker.softmax(product);
  return maker.take();
}

models::Network product(std::int64_t depth, std::int64_t columns) {
  NetworkMaker maker;
  maker.matmul(maker.input({1, 32, 1, depth}), columns);
  return maker.take();
}

// Two products, one after the other, whose reductions are cut in slices.
models::Network reduction(std::int64_t depth, std::int64_t columns) {
  NetworkMaker maker;
  maker.matmul(maker.matmul(maker.input({1, 32, 1, depth}), columns), 32);
  return maker.take();
}

}  // namespace

std::vector<SmallCase> small_cases() {
  std::vector<SmallCase> all;
  const auto add = [&](std::string name, const models::Network& network, const arch::NpuSpec& npu,
                       const ScheduleSpec& schedule, const RequestSpec& requests = {}) {
    all.push_back(small_case(std::move(name), network, npu, schedule, requests));
  };
  const ScheduleSpec whole = cut({.m = 8, .w = 8, .n = 64, .k = 64});
  const auto rows = [](std::int64_t m) { return cut({.m = m, .w = 14, .n = 64, .k = 64}); };
  const ScheduleSpec columns = cut({.m = 8, .w = 8, .n = 16, .k = 64}),
                     halves = cut({.m = 64, .w = 1, .n = 32, .k = 64});
  add("chain of 4, 1 core", chain(4), small_machine(1), whole);
  add("chain of 14, 1 core", chain(14), small_machine(1), whole);
  add("chain of 6, 2 cores", chain(6), small_machine(2), whole);
  add("two requests of a chain of 3, 1 core", chain(3), small_machine(1), whole, two_requests(base::Ps{500'000}));
  add("two requests of a chain of 3, 2 cores", chain(3), small_machine(2), whole, two_requests(base::Ps{0}));
  add("fan of 14, 1 core", layers(1, 32, 14), small_machine(1), rows(1));
  all.back().runs = 1000;
  add("fan of 8, 2 cores", layers(1, 32), small_machine(2), rows(1));
  add("fan of 8, 4 cores", layers(1, 32), small_machine(4), rows(1));
  add("two layers by rows, 2 cores", layers(2, 32), small_machine(2), rows(2));
  add("three layers by rows, 2 cores", layers(3, 32), small_machine(2), rows(4));
  add("two layers by columns, 2 cores", layers(2, 32), small_machine(2), columns);
  add("shared weights, 1 core", shared_weights(), small_machine(1), halves);
  add("shared weights, 2 cores", shared_weights(), small_machine(2), halves);
  add("in-tree of 4, 1 core", in_tree(4), small_machine(1, 16384), whole);
  add("in-tree of 3, 2 cores", in_tree(3), small_machine(2, 16384), whole);
  add("in-tree of 5, 2 cores", in_tree(5), small_machine(2, 16384), whole);
  all.back().runs = 1000;
  add("branches, 1 core", branches(2), small_machine(1, 16384), whole);
  add("branches, 2 cores", branches(1), small_machine(2, 16384), whole);
  add("array, vector unit and movements, 1 core", mixed(), small_machine(1, 16384), whole);
  add("array, vector unit and movements, 2 cores", mixed(), small_machine(2, 16384), whole);
  const auto slices = cut({.m = 32, .w = 1, .n = 16, .k = 32});
  add("reduction in 3 slices, 1 core", reduction(96, 32), small_machine(1), slices);
  add("reduction in 2 slices, 2 cores", product(64, 48), small_machine(2), slices);
  return all;
}

ActionPlan run_policy(const SmallCase& c, const PolicySpec& spec) {
  ActionLog log;
  const auto policy = make_policy(spec);
  const PlainRun run =
      run_plain(c.graph, c.npu, c.limits, c.schedule, *policy, [&](const TakenAction& taken) { log.add(taken); });
  if (!run.ok) return {};
  log.done(run.makespan);
  return log.plan();
}

base::Ps replayed(const SmallCase& c, const ActionPlan& plan) {
  PolicySpec spec{.name = "static"};
  spec.plan = std::make_shared<const ActionPlan>(plan);
  return run_policy(c, spec).makespan;
}

ActionPlan best_of_policies(const SmallCase& c) {
  ActionPlan best;
  for (const std::string_view name : policy_names()) {
    ActionPlan plan = run_policy(c, {.name = std::string(name)});
    if (plan.makespan < best.makespan) best = std::move(plan);
  }
  return best;
}

}  // namespace tessera::scheduler::tests
