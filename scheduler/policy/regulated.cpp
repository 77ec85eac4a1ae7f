#include "scheduler/policy/regulated.h"

#include <fmt/format.h>

#include "scheduler/policy/policy_fault.h"

namespace tessera::scheduler {

bool Regulated::urgent(const View& view, TileId tile) const {
  const TileGraph& graph = view.graph();
  return graph.requests[graph.tiles[tile].request].deadline != base::kNever;
}

void Regulated::begin(const View& view) {
  const TileGraph& graph = view.graph();
  channels_ = static_cast<std::uint32_t>(view.npu().dma.channels.size());
  cores_ = static_cast<std::uint32_t>(view.npu().cores / 2);
  if (channels_ < 2 || cores_ == 0)
    throw PolicyFault("scheduler.best_effort_rate needs a machine with at least two cores and two DMA channels");
  first_ = channels_ / 2;
  rate_ = base::ByteRate::of_thousandths(rate_.thousandths / (channels_ - first_));
  for (std::uint32_t c = first_; c < channels_; ++c) {
    const arch::CapRange range = arch::cap_range(view.npu(), c);
    if (rate_ < range.least)
      throw PolicyFault(
          fmt::format("scheduler.best_effort_rate is {} thousandths of a byte per cycle for each of {} "
                      "channels, and a cap of one is {} at least",
                      rate_.thousandths, channels_ - first_, range.least.thousandths));
  }
  groups_left_.assign(graph.requests.size(), 0);
  for (const Group& g : graph.groups)
    if (!graph.is_host(g)) ++groups_left_[g.request];
  in_flight_ = 0;
  inner_->begin(view);
}

EventSet Regulated::subscriptions() const {
  return EventSet::of_bits(
      inner_->subscriptions().bits() |
      EventSet{PolicyEvent::arrival, PolicyEvent::tile_done, PolicyEvent::unit_idle, PolicyEvent::decision}.bits());
}

void Regulated::on_arrival(const View& view, std::uint32_t request) {
  if (view.graph().requests[request].deadline != base::kNever && groups_left_[request] != 0) ++in_flight_;
  inner_->on_arrival(view, request);
}

void Regulated::on_tile_done(const View& view, TileId tile) {
  const std::uint32_t request = view.graph().tiles[tile].request;
  if (--groups_left_[request] == 0 && urgent(view, tile)) --in_flight_;
  inner_->on_tile_done(view, tile);
}

// Whether what is queued on the cores of requests with a deadline is theirs.
bool Regulated::apart(const View& view) const {
  for (std::uint32_t c = 0; c < cores_; ++c)
    for (const CoreUnit unit : {CoreUnit::pe_array, CoreUnit::vector_unit})
      for (std::uint32_t i = 0; i < view.queued(c, unit); ++i)
        if (!urgent(view, view.queued_tile(c, unit, i))) return false;
  return true;
}

// Of the tile's half the one with the fewest bytes; `other` has `more` bytes that are not queued yet.
std::int32_t Regulated::channel(const View& view, TileId tile, std::int64_t more, std::int32_t other) const {
  const bool lower = urgent(view, tile);
  std::int32_t best = kAnyChannel;
  std::int64_t fewest = 0;
  for (std::uint32_t c = lower ? 0 : first_; c < (lower ? first_ : channels_); ++c) {
    const auto i = static_cast<std::int32_t>(c);
    const std::int64_t bytes = view.unissued_bytes(c) + (i == other ? more : 0);
    if (best == kAnyChannel || bytes < fewest) best = i, fewest = bytes;
  }
  return best;
}

Action Regulated::decide(const View& view) {
  const base::ByteRate wanted = in_flight_ != 0 ? rate_ : base::ByteRate{};
  for (std::uint32_t c = first_; c < channels_ && (in_flight_ == 0 || apart(view)); ++c) {
    base::ByteRate rate = wanted;
    if (const base::ByteRate most = arch::cap_range(view.npu(), c).most; rate > most) rate = {};
    if (const Cap cap{c, rate}; view.cap(c) != rate && view.check(cap) == Illegal::none) return cap;
  }
  Action action = inner_->decide(view);
  const TileGraph& graph = view.graph();
  if (auto* d = std::get_if<Dispatch>(&action)) {
    const Tile& tile = graph.tiles[d->tile];
    const std::int64_t input = tile.input == kNoId ? 0 : graph.blocks[tile.input].bytes;
    if (d->channel[0] == kAnyChannel) d->channel[0] = channel(view, d->tile, 0, kAnyChannel);
    if (d->channel[1] == kAnyChannel) d->channel[1] = channel(view, d->tile, input, d->channel[0]);
  } else if (auto* p = std::get_if<Prefetch>(&action)) {
    if (p->channel == kAnyChannel) p->channel = channel(view, p->tile, 0, kAnyChannel);
  }
  return action;
}

}  // namespace tessera::scheduler
