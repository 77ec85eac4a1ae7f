#include "scheduler/plugin/plugin_tables.h"

namespace tessera::scheduler {
namespace {

static_assert(base::kNever.count() == TESSERA_NEVER);
static_assert(static_cast<int>(TileKind::host) == TESSERA_HOST && static_cast<int>(TileKind::pe) == TESSERA_PE);

template <class T>
tessera_array array_of(const std::vector<T>& elements) {
  return {elements.data(), elements.size(), sizeof(T)};
}

tessera_clock clock_of(const base::Clock& clock) { return {clock.period_num(), clock.period_den()}; }

tessera_block plain(const Block& b) {
  tessera_block block{};
  block.root = b.root, block.buffer = b.buffer, block.request = b.request;
  if (b.constant) block.flags |= TESSERA_CONSTANT;
  if (b.network_input) block.flags |= TESSERA_NETWORK_INPUT;
  if (b.network_output) block.flags |= TESSERA_NETWORK_OUTPUT;
  block.bits = b.bits, block.bytes = b.bytes, block.useful_bytes = b.useful_bytes;
  for (std::size_t i = 0; i < 4; ++i) block.begin[i] = b.box.begin[i], block.end[i] = b.box.end[i];
  return block;
}

}  // namespace

void PluginTables::make(const View& view) {
  make_graph(view);
  make_machine(view);
}

void PluginTables::make_graph(const View& view) {
  const TileGraph& g = view.graph();
  tiles_.reserve(g.tiles.size());
  for (TileId t = 0; t < g.tiles.size(); ++t) {
    const Tile& tile = g.tiles[t];
    const base::Ps predicted = tile.kind == TileKind::host ? g.host_task(t).time : view.predicted(t);
    tiles_.push_back({static_cast<std::uint32_t>(tile.kind), tile.op, tile.request, tile.group, tile.slice, tile.slices,
                      tile.input, tile.weight, tile.work, 0, tile.vector_cycles.count(), predicted.count()});
  }
  groups_.reserve(g.groups.size());
  for (const Group& x : g.groups) groups_.push_back({x.first, x.slices, x.output, x.request, x.op, x.core_hint});
  blocks_.reserve(g.blocks.size());
  for (const Block& b : g.blocks) blocks_.push_back(plain(b));
  for (const arch::ArrayWork& w : g.works)
    works_.push_back({w.occupancy.count(), w.latency.count(), w.last_step_offset.count(), w.macs});
  for (const Request& r : g.requests) {
    arrivals_.push_back(r.arrival.count());
    requests_.push_back(
        {r.arrival.count(), r.deadline.count(), r.priority, r.network, r.first_tile, r.tiles, r.operators, 0});
  }
  graph_.size = sizeof(graph_);
  graph_.tiles = array_of(tiles_), graph_.groups = array_of(groups_);
  graph_.blocks = array_of(blocks_), graph_.works = array_of(works_);
  graph_.predecessor_rows = g.predecessor_rows.data(), graph_.predecessor_ids = g.predecessor_ids.data();
  graph_.successor_rows = g.successor_rows.data(), graph_.successor_ids = g.successor_ids.data();
  graph_.control_rows = g.control_rows.data(), graph_.control_ids = g.control_ids.data();
  graph_.producer_rows = g.producer_rows.data(), graph_.producer_ids = g.producer_ids.data();
  for (std::size_t r = 0; r < 3; ++r) graph_.slots[r] = g.slots[r], graph_.slot_bytes[r] = g.slot_bytes[r];
  graph_.arrivals_ps = arrivals_.data(), graph_.requests = arrivals_.size();
  graph_.macs = g.macs;
  graph_.request_list = array_of(requests_);
}

void PluginTables::make_machine(const View& view) {
  const arch::NpuSpec& npu = view.npu();
  const arch::MachineLimits& limits = view.limits();
  const ScheduleSpec& schedule = view.schedule();
  for (std::uint32_t i = 0; i < npu.dma.channels.size(); ++i) {
    const arch::DmaChannelSpec& c = npu.dma.channels[i];
    const std::int64_t cap = c.bytes_per_cycle.thousandths;
    const arch::CapRange range = arch::cap_range(npu, i);
    channels_.push_back(
        {base::ceil_div(cap, 1000), c.priority, c.weight, cap, range.least.thousandths, range.most.thousandths});
  }
  tessera_machine& m = machine_;
  m.size = sizeof(m);
  m.core_clock = clock_of(npu.core_clock);
  m.interconnect_clock = clock_of(npu.interconnect_clock);
  m.dram_clock = clock_of(npu.dram_clock);
  m.cores = npu.cores, m.queue = npu.core.queue;
  const arch::SramSpec& sram = npu.core.sram;
  m.region_bytes[0] = sram.input.capacity.count();
  m.region_bytes[1] = sram.weight.capacity.count();
  m.region_bytes[2] = sram.output.capacity.count();
  m.rows = npu.core.pe_array.rows, m.columns = npu.core.pe_array.columns;
  m.vector_lanes = npu.core.vector_unit.lanes;
  m.channels = array_of(channels_);
  m.outstanding = npu.dma.outstanding;
  m.packet_bytes = npu.dma.max_packet.count(), m.burst_bytes = npu.dram.burst.count();
  m.interconnect_bytes_per_cycle = npu.interconnect.bytes_per_cycle;
  m.interconnect_latency = npu.interconnect.latency.count();
  m.full_duplex = npu.interconnect.full_duplex ? 1 : 0;
  m.asks_keep = npu.shared_sram.policy_directed ? 1 : 0;
  m.schedulers = npu.scheduler.count;
  m.dispatch_latency = npu.scheduler.dispatch_latency.count();
  m.launch_latency = npu.scheduler.launch_latency.count();
  m.shared_sram_bytes = npu.shared_sram.capacity.count();
  m.dram_channels = npu.dram.channels;
  m.dram_peak = limits.dram.peak_bytes_per_second;
  m.nearest_rate = limits.nearest_rate, m.shared_sram_rate = limits.shared_sram_rate;
  m.interconnect_rate = limits.interconnect_rate;
  m.channels_rate = limits.channels_rate, m.filling_channels = limits.filling_channels;
  m.hop_ps = limits.hop.count();
  m.read_latency_ps = limits.read_latency.count(), m.write_latency_ps = limits.write_latency.count();
  m.dma_split = schedule.dma_split;
  switch (schedule.binding) {
    case ChannelBinding::dynamically: m.static_binding = 0; break;
    case ChannelBinding::statically: m.static_binding = 1; break;
    case ChannelBinding::per_core: m.static_binding = 2; break;
  }
  for (std::size_t o = 0; o < 3; ++o) m.static_channel[o] = schedule.static_channel[o];
}

}  // namespace tessera::scheduler
