#include "scheduler/tiling/draft.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/checked.h"
#include "scheduler/tiling/misfit.h"
#include "scheduler/tiling/operator_tiles.h"
#include "scheduler/tiling/pe_cost.h"
#include "scheduler/tiling/tile_rules.h"

namespace tessera::scheduler {

namespace {

// Block shapes of what has been tiled, so that element-wise operators can inherit them.
class Shapes {
 public:
  explicit Shapes(const models::Network& network)
      : network_(network), by_operator_(network.operators.size(), kNone), by_root_(network.tensors.size(), kNone) {}

  void set(models::OperatorId id, models::TensorId root, const BlockShape& shape) {
    by_operator_[id] = shape;
    if (by_root_[root][0] == 0) by_root_[root] = shape;
  }
  // Of the first producer of the operator's first input; zeros: fed in, constant, or no input.
  [[nodiscard]] BlockShape inherited(const models::Operator& op, const AddressPlan& addresses) const {
    if (op.inputs.empty()) return kNone;
    const auto& tensor = network_.tensors[op.inputs[0]];
    if (tensor.producer != models::kNone) return by_operator_[tensor.producer];
    return by_root_[addresses.root(op.inputs[0])];
  }

 private:
  static constexpr BlockShape kNone{0, 0, 0, 0};
  const models::Network& network_;
  std::vector<BlockShape> by_operator_, by_root_;
};

base::Result<BlockShape> write_tiles(const TilingContext& c, models::OperatorId id, const Shapes& shapes) {
  for (const models::TensorId input : c.network.operators[id].inputs) {
    if (c.network.is_empty(input))
      return base::failure("operator \"" + c.network.operators[id].name + "\" makes elements out of the tensor \"" +
                           c.network.tensors[input].name + "\", which has none");
  }
  switch (c.network.operators[id].unit) {
    case models::Unit::pe: return write_pe_tiles(c, id);
    case models::Unit::vector: return write_vector_tiles(c, id, shapes.inherited(c.network.operators[id], c.addresses));
    case models::Unit::movement: return write_movement_tiles(c, id);
    case models::Unit::host: return write_host_tile(c, id);
  }
  return base::failure("operator \"" + c.network.operators[id].name + "\" runs on no known unit");
}

struct Job {
  const models::Network& network;
  const arch::NpuSpec& npu;
  const arch::MachineLimits& limits;
  const RequestSpec& requests;
  const Building& building;
  void progress(std::string_view step, std::uint64_t done, std::uint64_t total) const {
    if (building.on_progress) building.on_progress(step, done, total);
  }
};

// What the tiles from `first` on cost, which are not the array's: moving their blocks, deciding, or the vector unit,
// whatever takes longest. Others want the memory too, as with the array's.
base::Ps block_price(const Job& job, const TileGraph& graph, std::size_t first) {
  std::int64_t bytes = 0, cycles = 0;
  for (std::size_t t = first; t < graph.tiles.size(); ++t) {
    const Tile& tile = graph.tiles[t];
    for (const BlockId b : {tile.input, tile.weight, graph.groups[tile.group].output})
      if (b != kNoId) bytes += graph.blocks[b].bytes;
    cycles = base::saturating_sum(cycles, tile.vector_cycles.count());
  }
  const auto tiles = static_cast<std::int64_t>(graph.tiles.size() - first);
  const base::Ps moving = std::max(arch::time_at(bytes, job.limits.dram.peak_bytes_per_second),
                                   arch::time_at(bytes, job.limits.interconnect_rate));
  const auto clocks = [&](std::int64_t sum, std::int64_t units) {
    return job.npu.core_clock.duration(base::Cycles{sum / units});
  };
  const std::int64_t deciding = tiles * job.npu.scheduler.dispatch_latency.count();
  return std::max({moving, clocks(deciding, job.npu.scheduler.count), clocks(cycles, job.npu.cores)}) +
         base::Ps{moving.count() / kOthersWantMemory};
}

// `known`: of operators, what is known of their sizes.
Draft draft(const Job& job, const ScheduleSpec& schedule, KnownSizes known = {}) {
  Draft d;
  d.sizes = std::move(known);
  AddressPlan addresses(job.network, job.npu, job.requests.count);
  TileWriter writer(job.network, job.npu, addresses, d.graph);
  writer.bound(job.building.limits, job.requests.count);
  writer.on_tiles([&job](std::uint64_t tiles) { job.progress("tiles made", tiles, 0); });
  const TilingContext context{job.network, job.npu, schedule, job.limits, addresses, writer, d.sizes, d.price};
  Shapes shapes(job.network);
  for (models::OperatorId id = 0; id < job.network.operators.size(); ++id) {
    job.progress("operators tiled", id, job.network.operators.size());
    if (job.network.is_empty(job.network.operators[id].output)) continue;  // no tiles, no bytes
    const std::size_t first = d.graph.tiles.size();
    auto shape = write_tiles(context, id, shapes);
    if (job.network.operators[id].unit != models::Unit::pe)
      d.price = base::Ps{base::saturating_sum(d.price.count(), block_price(job, d.graph, first).count())};
    if (shape) shapes.set(id, addresses.root(job.network.operators[id].output), *shape);
    else d.problems.append(shape.problems());
  }
  d.refusal = writer.refusal();
  const auto slots = slot_bytes(job.npu, schedule);
  for (std::size_t i = 0; i < 3; ++i) {
    d.graph.slot_bytes[i] = slots[i];
    d.graph.slots[i] = schedule.buffers[i];
  }
  d.request_bytes = addresses.request_bytes();
  d.end = addresses.end();
  return d;
}

// Prices of rehearsals are no more exact than a hundredth.
bool cheaper(base::Ps a, base::Ps b) { return a < b - base::Ps{b.count() / 100}; }

// Slots of each region.
template <class A, class B>
bool no_fewer(const A& a, const B& b) {
  return std::ranges::equal(a, b, std::greater_equal{});
}

bool worth(const Draft& more, const Draft& than) {
  if (!than.ok()) return true;
  if (more.price == than.price)
    return more.graph.tiles.size() <= than.graph.tiles.size() && no_fewer(more.graph.slots, than.graph.slots);
  return cheaper(more.price, than.price);
}

// Sizes of all PE operators of `than` under another number of slots, the operators that take most time first; nothing
// as soon as those looked at are neither cheaper than there nor, with more slots, cost the same.
std::optional<KnownSizes> cheaper_sizes(const Job& job, const ScheduleSpec& schedule, const Draft& than) {
  struct Entry {
    const KnownSizes::value_type* known;
    base::Ps price;  // of all operators alike
  };
  const auto of_all = [](base::Ps price, std::int64_t uses) {
    return base::Ps{base::saturating_product(price.count(), uses)};
  };
  std::vector<Entry> entries;
  for (const auto& known : than.sizes) entries.push_back({&known, of_all(known.second.price, known.second.uses)});
  std::ranges::sort(entries, [](const Entry& a, const Entry& b) {
    return a.price != b.price ? a.price > b.price : a.known->second.op < b.known->second.op;
  });
  AddressPlan addresses(job.network, job.npu, job.requests.count);
  const bool more = no_fewer(schedule.buffers, than.graph.slots);
  base::Ps sum{0}, there{0};
  KnownSizes found;
  for (const auto& [known, price] : entries) {
    const auto& op = job.network.operators[known->second.op];
    auto sizes = choose_pe_sizes(job.network, job.npu, schedule, job.limits, addresses, op, rule_for(schedule, op));
    if (!sizes) return std::nullopt;
    sum = base::Ps{base::saturating_sum(sum.count(), of_all(sizes->price, known->second.uses).count())};
    there = base::Ps{base::saturating_sum(there.count(), price.count())};
    if (!cheaper(sum, there) && !(more && sum == there)) return std::nullopt;
    sizes->op = known->second.op;
    found.emplace(known->first, *sizes);
  }
  return found;
}

std::optional<Draft> cheaper_draft(const Job& job, const ScheduleSpec& schedule, const Draft& than) {
  KnownSizes known;
  if (than.ok() && !than.sizes.empty()) {
    auto sizes = cheaper_sizes(job, schedule, than);
    if (!sizes) return std::nullopt;
    known = std::move(*sizes);
  }
  Draft more = draft(job, schedule, std::move(known));
  if (!more.ok() || !worth(more, than)) return std::nullopt;
  return more;
}

}  // namespace

std::vector<std::int64_t> drafted_slots(const arch::SramRegionSpec& region, std::int64_t most) {
  const auto dealt = [&](std::int64_t slots) {
    return region.arrangement != arch::BankArrangement::separate || region.banks < slots || region.banks % slots == 0;
  };
  std::vector<std::int64_t> all{most};
  for (std::int64_t slots = most; slots > 1;) {
    slots = base::ceil_div(slots, 2);
    if (dealt(slots)) all.push_back(slots);
  }
  std::ranges::reverse(all);
  return all;
}

std::array<std::vector<std::int64_t>, 3> slot_counts(const arch::NpuSpec& npu, const ScheduleSpec& schedule) {
  const auto of = [&](const arch::SramRegionSpec& region, std::size_t i) {
    const std::int64_t most = schedule.buffers[i], held = schedule.held_slots[i];
    return held > 0 ? std::vector{std::min(held, most)} : drafted_slots(region, most);
  };
  const auto& sram = npu.core.sram;
  return {of(sram.input, 0), of(sram.weight, 1), of(sram.output, 2)};
}

Draft cheapest_draft(const models::Network& network, const arch::NpuSpec& npu, const arch::MachineLimits& limits,
                     const ScheduleSpec& schedule, const RequestSpec& requests, const Building& building) {
  const Job job{network, npu, limits, requests, building};
  const auto counts = slot_counts(npu, schedule);
  const auto usual = [&](std::size_t i) { return counts[i][std::min<std::size_t>(1, counts[i].size() - 1)]; };
  ScheduleSpec with = schedule;
  for (std::size_t i = 0; i < 3; ++i) with.buffers[i] = usual(i);
  Draft best = draft(job, with);
  const auto consider = [&](std::size_t i, std::int64_t slots) {
    const std::int64_t before = std::exchange(with.buffers[i], slots);
    if (auto cheaper = cheaper_draft(job, with, best)) best = std::move(*cheaper);
    else with.buffers[i] = before;
  };
  // What is too large a run with two slots may be none with one. A single operator has nothing beside it that would
  // hide the loads of one slot: there the rehearsal is not exact enough.
  const bool priced = (best.ok() || best.refusal) && !best.sizes.empty() && network.operators.size() > 1;
  for (std::size_t i = 0; i < 3; ++i)
    if (priced && counts[i].front() < usual(i)) consider(i, counts[i].front());
  for (std::size_t i = 0; i < 3; ++i)
    for (const std::int64_t slots : counts[i])
      if (slots > usual(i)) consider(i, slots);
  return best;
}

Draft draft_with(const PeTiling& tiling, const Draft& than, const models::Network& network, const arch::NpuSpec& npu,
                 const arch::MachineLimits& limits, const ScheduleSpec& schedule, const RequestSpec& requests,
                 const Building& building) {
  ScheduleSpec with = schedule;
  with.buffers = tiling.slots;
  KnownSizes sizes = than.sizes;
  for (auto& [signature, known] : sizes) known.sizes = tiling.sizes, known.price = tiling.time, known.uses = 0;
  return draft({network, npu, limits, requests, building}, with, std::move(sizes));
}

}  // namespace tessera::scheduler
