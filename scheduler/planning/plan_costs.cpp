#include "scheduler/planning/plan_costs.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <numeric>
#include <tuple>

#include "scheduler/address/descriptor_spread.h"
#include "scheduler/tiles/request_rank.h"

namespace tessera::scheduler {

using base::Cycles;
using base::Ps;

namespace {

// Descriptors of one shape fall alike on packets and channels wherever they begin: most blocks of a tensor share one.
class MoveCosts {
 public:
  MoveCosts(const arch::NpuSpec& npu, const arch::MachineLimits& limits) : npu_(npu), limits_(limits) {}

  [[nodiscard]] MoveCost of(const Block& block) {
    const arch::Strided& d = block.where;
    const Key key{d.run_bytes, d.count, d.stride, block.bytes};
    if (!costs_.empty() && last_->first == key) return last_->second;
    auto [at, fresh] = costs_.try_emplace(key);
    if (fresh) at->second = measure(block);
    last_ = at;
    return at->second;
  }

 private:
  using Key = std::tuple<std::int64_t, std::array<std::int64_t, 3>, std::array<std::int64_t, 3>, std::int64_t>;

  [[nodiscard]] MoveCost measure(const Block& block) const {
    const std::int64_t bytes = block.bytes;
    const std::int64_t packets =
        std::max<std::int64_t>({1, packet_count(block.where, npu_.dram.burst.count(), npu_.dma.max_packet.count()),
                                base::ceil_div(bytes, npu_.dma.max_packet.count())});
    MoveCost m;
    const Ps way = limits_.packet_way(false);
    m.issue = std::max(npu_.interconnect_clock.duration(Cycles{packets}),
                       Ps{way.count() * packets / std::max<std::int64_t>(1, npu_.dma.outstanding)});
    // The channels that are used are alike, or the first of them stands for all.
    const base::ByteRate cap = npu_.dma.channels.empty() ? base::ByteRate{} : npu_.dma.channels[0].bytes_per_cycle;
    if (!cap.none()) m.issue = std::max(m.issue, npu_.interconnect_clock.duration(Cycles{cap.cycles(bytes)}));
    m.path = arch::time_at(bytes, limits_.interconnect_rate);
    m.shared = arch::time_at(bytes, limits_.shared_sram_rate);
    m.dram = arch::time_at(crowding_of(block.where, npu_.dram).of(bytes), limits_.dram.peak_bytes_per_second);
    return m;
  }

  const arch::NpuSpec& npu_;
  const arch::MachineLimits& limits_;
  std::map<Key, MoveCost> costs_;
  std::map<Key, MoveCost>::iterator last_;
};

// Marks the blocks that a slot might serve while it holds another one.
void mark_contained(const TileGraph& graph, std::vector<PlanBlock>& blocks, std::size_t families) {
  using Extents = std::array<std::int64_t, 4>;
  constexpr std::size_t kMost = 32;  // shapes of a family; of one that has more, any block may be contained
  const auto extents = [&](BlockId b) {
    const models::Box& box = graph.blocks[b].box;
    return Extents{box.extent(0), box.extent(1), box.extent(2), box.extent(3)};
  };
  std::vector<std::vector<Extents>> shapes(families);
  for (BlockId b = 0; b < blocks.size(); ++b) {
    auto& known = shapes[blocks[b].family];
    if (blocks[b].readers == 0 || known.size() > kMost) continue;
    if (const Extents e = extents(b); std::ranges::find(known, e) == known.end()) known.push_back(e);
  }
  for (BlockId b = 0; b < blocks.size(); ++b) {
    const Extents own = extents(b);
    const auto& known = shapes[blocks[b].family];
    blocks[b].contained = known.size() > kMost || std::ranges::any_of(known, [&](const Extents& e) {
                            return e != own && std::ranges::equal(e, own, std::ranges::greater_equal{});
                          });
  }
}

}  // namespace

PlanCosts::PlanCosts(const TileGraph& of, const arch::NpuSpec& npu, const arch::MachineLimits& limits,
                     const ScheduleSpec& schedule)
    : graph(&of), cores(static_cast<std::uint32_t>(npu.cores)),
      schedulers(static_cast<std::uint32_t>(npu.scheduler.count)), queue(static_cast<std::uint32_t>(npu.core.queue)),
      channels(static_cast<std::uint32_t>(
          std::clamp<std::int64_t>(std::max(limits.filling_channels, schedule.dma_split), 1, limits.dma_channels))),
      parts(static_cast<std::uint32_t>(std::clamp<std::int64_t>(schedule.dma_split, 1, channels))),
      full_duplex(npu.interconnect.full_duplex), shared_sram(npu.shared_sram.capacity.count() > 0),
      shared_bytes(npu.shared_sram.capacity.count()), decision(npu.core_clock.duration(npu.scheduler.dispatch_latency)),
      launch(npu.core_clock.duration(npu.scheduler.launch_latency)),
      pipeline(npu.core_clock.duration(npu.core.vector_unit.pipeline_latency)), read_way(limits.packet_way(false)),
      write_way(limits.packet_way(true)), far(std::max(Ps{0}, limits.dram.read_latency - limits.read_latency)) {
  for (int o = 0; o < 3; ++o) slots[o] = static_cast<std::uint32_t>(std::max<std::int64_t>(1, of.slots[o]));
  works.reserve(of.works.size());
  for (const auto& w : of.works) {
    works.push_back({npu.core_clock.duration(w.occupancy), npu.core_clock.duration(w.latency),
                     npu.core_clock.duration(w.last_step_offset)});
  }
  MoveCosts moves(npu, limits);
  std::map<std::pair<models::TensorId, std::uint32_t>, std::uint32_t> families;
  blocks.resize(of.blocks.size());
  for (BlockId b = 0; b < blocks.size(); ++b) {
    const Block& block = of.blocks[b];
    const auto family = families.try_emplace({block.root, block.constant ? kNoId : block.request},
                                             static_cast<std::uint32_t>(families.size()));
    blocks[b] = {moves.of(block), family.first->second, 0, block.constant};
  }
  const std::vector<std::uint32_t> ranks = request_ranks(of.requests);
  tiles.resize(of.tiles.size());
  std::map<std::int64_t, std::uint32_t> vector_works;
  for (TileId t = 0; t < tiles.size(); ++t) {
    const Tile& tile = of.tiles[t];
    PlanTile& p = tiles[t];
    p.block[0] = tile.input;
    p.block[1] = tile.weight;
    p.group = tile.group;
    p.kind = tile.kind;
    p.first = tile.slice == 0;
    p.last = tile.last();
    if (t == 0 || tile.op != of.tiles[t - 1].op || tile.request != of.tiles[t - 1].request) {
      stage_first.push_back(t);
      stage_kind.push_back(tile.kind);
      stage_request.push_back(ranks[tile.request]);
    }
    p.stage = stages() - 1;
    for (std::uint32_t o = 0; o < 2; ++o) {
      if (p.block[o] == kNoId) continue;
      ++blocks[p.block[o]].readers;
      p.load[o] = blocks[p.block[o]].move.share(parts);
    }
    const Ps vector = npu.core_clock.duration(tile.vector_cycles);
    if (tile.kind == TileKind::pe) {
      p.work = tile.work;
      p.post = vector;
    } else {
      const Ps time = tile.kind == TileKind::host ? of.host_task(t).time : vector;
      const auto made = vector_works.try_emplace(time.count(), static_cast<std::uint32_t>(works.size()));
      if (made.second) works.push_back({time, time, Ps{0}});
      p.work = made.first->second;
    }
  }
  order_stages();
  for (PlanTile& p : tiles)
    for (std::uint32_t o = 0; o < 2; ++o) p.shared[o] = p.block[o] != kNoId && blocks[p.block[o]].readers >= 2;
  mark_contained(of, blocks, families.size());
  for (const Group& g : of.groups) {
    home.push_back(g.core_hint % cores);
    stage.push_back(tiles[g.first].stage);
  }
}

// Stages are looked at by their numbers: those of requests that go first get the lower ones.
void PlanCosts::order_stages() {
  if (std::ranges::is_sorted(stage_request)) return;
  std::vector<std::uint32_t> order(stages()), place(stages());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, {}, [this](std::uint32_t s) { return stage_request[s]; });
  const std::vector<TileId> first = stage_first;
  const std::vector<TileKind> kind = stage_kind;
  const std::vector<std::uint32_t> request = stage_request;
  for (std::uint32_t s = 0; s < order.size(); ++s) {
    place[order[s]] = s;
    stage_first[s] = first[order[s]];
    stage_kind[s] = kind[order[s]];
    stage_request[s] = request[order[s]];
  }
  for (PlanTile& t : tiles) t.stage = place[t.stage];
}

}  // namespace tessera::scheduler
