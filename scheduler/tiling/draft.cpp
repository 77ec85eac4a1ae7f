#include "scheduler/tiling/draft.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/checked.h"
#include "scheduler/tiling/misfit.h"
#include "scheduler/tiling/operator_tiles.h"

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

Draft draft(const Job& job, const ScheduleSpec& schedule) {
  Draft d;
  AddressPlan addresses(job.network, job.npu, job.requests.count);
  TileWriter writer(job.network, job.npu, addresses, d.graph);
  writer.bound(job.building.limits, job.requests.count);
  writer.on_tiles([&job](std::uint64_t tiles) { job.progress("tiles made", tiles, 0); });
  KnownSizes known_sizes;
  const TilingContext context{job.network, job.npu, schedule, job.limits, addresses, writer, known_sizes, d.price};
  Shapes shapes(job.network);
  for (models::OperatorId id = 0; id < job.network.operators.size(); ++id) {
    job.progress("operators tiled", id, job.network.operators.size());
    if (job.network.is_empty(job.network.operators[id].output)) continue;  // no tiles, no bytes
    auto shape = write_tiles(context, id, shapes);
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

// Prices of rehearsals are no more exact than a hundredth, and the vector unit's tiles have none.
bool worth(const Draft& more, const Draft& fewer) {
  if (!fewer.ok()) return true;
  if (more.price == fewer.price) return more.graph.tiles.size() <= fewer.graph.tiles.size();
  return more.price < fewer.price - base::Ps{fewer.price.count() / 100};
}

}  // namespace

std::vector<std::int64_t> drafted_slots(const arch::SramRegionSpec& region, std::int64_t most) {
  const auto dealt = [&](std::int64_t slots) {
    return region.arrangement != arch::BankArrangement::separate || region.banks < slots || region.banks % slots == 0;
  };
  std::vector<std::int64_t> all{most};
  for (std::int64_t slots = base::ceil_div(most, 2); slots >= 2; slots = base::ceil_div(slots, 2)) {
    if (dealt(slots)) all.push_back(slots);
    if (slots == 2) break;
  }
  std::ranges::reverse(all);
  return all;
}

Draft cheapest_draft(const models::Network& network, const arch::NpuSpec& npu, const arch::MachineLimits& limits,
                     const ScheduleSpec& schedule, const RequestSpec& requests, const Building& building) {
  const Job job{network, npu, limits, requests, building};
  const auto& sram = npu.core.sram;
  const auto slots_of = [&](const arch::SramRegionSpec& region, std::size_t i) {
    const std::int64_t most = schedule.buffers[i], held = schedule.held_slots[i];
    return held > 0 ? std::vector{std::min(held, most)} : drafted_slots(region, most);
  };
  const std::array counts{slots_of(sram.input, 0), slots_of(sram.weight, 1), slots_of(sram.output, 2)};
  ScheduleSpec with = schedule;
  for (std::size_t i = 0; i < 3; ++i) with.buffers[i] = counts[i].front();
  Draft best = draft(job, with);
  for (std::size_t i = 0; i < 3; ++i) {
    std::int64_t taken = counts[i].front();
    for (const std::int64_t slots : counts[i]) {
      if (slots == counts[i].front()) continue;
      with.buffers[i] = slots;
      Draft more = draft(job, with);
      if (!more.ok() || !worth(more, best)) continue;
      best = std::move(more);
      taken = slots;
    }
    with.buffers[i] = taken;
  }
  return best;
}

}  // namespace tessera::scheduler
