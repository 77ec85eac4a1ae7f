// Parameters of what lies between a core and the memory: DMA engine, interconnect, shared SRAM, DRAM.
#include <fmt/format.h>

#include <algorithm>

#include "arch/spec/cap_range.h"
#include "arch/spec/npu_parameters.h"
#include "base/config/map_reader.h"

namespace tessera::arch {

using base::Dimension;
using base::Node;
using base::Range;

namespace {

constexpr std::int64_t kMostChannels = 64;
const Range kRate = Range::between(0, kHighestRate.thousandths);

DmaChannelSpec read_channel(const Node& node, const std::string& name, base::Diagnostics& problems) {
  base::MapReader map(node, name, problems);
  DmaChannelSpec channel;
  channel.bytes_per_cycle = ByteRate::of_thousandths(map.quantity_or("rate", 0, Dimension::rate, kRate));
  channel.priority = map.integer_or("priority", 0, Range::between(-1000, 1000));
  channel.weight = map.integer_or("weight", 1, Range::between(1, 1000));
  map.finish();
  return channel;
}

void read_channels(NpuSpec& spec, const Node& node, const std::string& name, base::Diagnostics& problems) {
  if (node.is_scalar()) {
    const auto count = base::read_integer(node, name, Range::between(1, kMostChannels), problems);
    if (count) spec.dma.channels.assign(static_cast<std::size_t>(*count), {});
    return;
  }
  if (!node.is_list() || node.items.empty() || node.items.size() > kMostChannels) {
    problems.add(node.problem(fmt::format(
        "{} must be a number of channels (1 to {}) or a list of maps "
        "{{rate, priority, weight}}, not {}",
        name, kMostChannels, node.is_list() ? fmt::format("a list of {}", node.items.size()) : node.describe())));
    return;
  }
  spec.dma.channels.clear();
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    spec.dma.channels.push_back(read_channel(node.items[i], fmt::format("{}[{}]", name, i), problems));
  }
}

std::optional<Node> write_channels(const NpuSpec& spec) {
  const auto& channels = spec.dma.channels;
  if (std::all_of(channels.begin(), channels.end(), [](const auto& c) { return c == DmaChannelSpec{}; })) {
    return Node::make_scalar(fmt::format("{}", channels.size()));
  }
  Node list = Node::make_list();
  for (const DmaChannelSpec& c : channels) {
    Node map = Node::make_map();
    base::put(map, "rate", Node::make_scalar(base::format_quantity(c.bytes_per_cycle.thousandths, Dimension::rate)));
    if (spec.dma.arbitration == Arbitration::priority)
      base::put(map, "priority", Node::make_scalar(fmt::format("{}", c.priority)));
    if (spec.dma.arbitration == Arbitration::weighted)
      base::put(map, "weight", Node::make_scalar(fmt::format("{}", c.weight)));
    list.items.push_back(std::move(map));
  }
  return list;
}

void add_interconnect(NpuTable& t) {
  t.quantity("interconnect.bytes_per_cycle", "64 B/cycle", Dimension::bytes_per_cycle, Range::between(1, 1 << 20),
             "width; of each direction when duplex is full", TESSERA_FIELD(interconnect.bytes_per_cycle));
  t.quantity("interconnect.latency", "10 cycles", Dimension::cycles, Range::between(0, 1'000'000), "one way",
             TESSERA_FIELD(interconnect.latency));
  t.choice<bool>("interconnect.duplex", true, {{"full", true}, {"half", false}},
                 "reads and writes side by side, or sharing one data path", TESSERA_FIELD(interconnect.full_duplex));
}

void add_shared_sram(NpuTable& t) {
  t.quantity("shared_sram.capacity", "0 B", Dimension::bytes, Range::between(0, std::int64_t{1} << 40),
             "cache of tensor lines between cores and DRAM; 0: none", TESSERA_FIELD(shared_sram.capacity));
  t.quantity("shared_sram.line", "256 B", Dimension::bytes, Range::between(16, 65536), "size of a line",
             TESSERA_FIELD(shared_sram.line));
  t.integer("shared_sram.banks", 8, Range::between(1, 1024), "banks", TESSERA_FIELD(shared_sram.banks));
  t.quantity("shared_sram.bytes_per_cycle", "64 B/cycle", Dimension::bytes_per_cycle, Range::between(1, 1 << 24),
             "width of all banks together, interconnect cycles", TESSERA_FIELD(shared_sram.bytes_per_cycle));
  t.quantity("shared_sram.latency", "4 cycles", Dimension::cycles, Range::between(0, 1'000'000),
             "of a hit, interconnect cycles", TESSERA_FIELD(shared_sram.latency));
  t.choice<bool>(
      "shared_sram.replacement", false, {{"lru", false}, {"policy", true}},
      "lru: the line used longest ago goes; policy: first those that the scheduling policy does not keep (by "
      "default what no tile will load again)",
      TESSERA_FIELD(shared_sram.policy_directed));
}

auto model_is(DramSpec::Kind kind) {
  return [kind](const NpuSpec& s) { return s.dram.kind == kind; };
}

void add_simple_dram(NpuTable& t) {
  const auto simple = model_is(DramSpec::Kind::simple);
  t.quantity("dram.bandwidth", "", Dimension::bandwidth, Range::between(1'000'000, 100'000'000'000'000),
             "of one channel (model: simple)", TESSERA_FIELD(dram.simple.bytes_per_second))
      .default_follows("none: required by model simple")
      .written_if(simple);
  t.quantity("dram.latency", "100 ns", Dimension::time, Range::between(0, 1'000'000'000),
             "from a packet's arrival at its channel to its answer, its transfer apart (model: simple)",
             TESSERA_FIELD(dram.simple.latency))
      .written_if(simple);
  t.quantity("dram.burst", "64 B", Dimension::bytes, Range::between(1, 4096),
             "native access size (model: simple; a standard brings its own)", TESSERA_FIELD(dram.burst))
      .written_if(simple);
}

void add_bank_state_dram(NpuTable& t) {
  const auto banked = model_is(DramSpec::Kind::bank_state);
  t.text("dram.standard", "", "timing standard: a built-in name such as DDR4-3200, or a file (model: bank_state)",
         TESSERA_FIELD(dram.bank_state.standard))
      .default_follows("none: required by model bank_state")
      .written_if(banked);
  t.choice<BankMapping>(
       "dram.mapping", BankMapping::bgi, {{"bgi", BankMapping::bgi}, {"rbc", BankMapping::rbc}},
       "address bits from high to low: row, bank, column, bank group; or row, bank, bank group, column "
       "(model: bank_state)",
       TESSERA_FIELD(dram.bank_state.mapping))
      .written_if(banked);
  const Range depth = Range::between(1, 4096);
  t.integer("dram.read_queue", 32, depth, "depth per channel (model: bank_state)",
            TESSERA_FIELD(dram.bank_state.read_queue))
      .written_if(banked);
  t.integer("dram.write_queue", 32, depth, "depth per channel (model: bank_state)",
            TESSERA_FIELD(dram.bank_state.write_queue))
      .written_if(banked);
  t.real("dram.drain_high", 0.8, {0, 1}, "share of the write queue above which writes drain (model: bank_state)",
         TESSERA_FIELD(dram.bank_state.drain_high))
      .written_if(banked);
  t.real("dram.drain_low", 0.2, {0, 1}, "share of the write queue below which draining ends (model: bank_state)",
         TESSERA_FIELD(dram.bank_state.drain_low))
      .written_if(banked);
  t.flag("dram.refresh", true, "refresh the banks (model: bank_state)", TESSERA_FIELD(dram.bank_state.refresh))
      .written_if(banked);
  t.flag("dram.stagger_refresh", true, "channels refresh one after the other, not all at once (model: bank_state)",
         TESSERA_FIELD(dram.bank_state.stagger_refresh))
      .written_if(banked);
}

}  // namespace

void add_dma_parameters(NpuTable& t) {
  auto& channels =
      t.add({"dma.channels", "whole number or list", "", "1", "1 to 64",
             "DMA channels: how many, or for each {rate (such as 13.6 B/cycle; 0: no cap), priority, weight}", false});
  channels.read = read_channels;
  channels.write = write_channels;
  t.quantity("dma.max_packet", "256 B", Dimension::bytes, Range::between(1, 1 << 20),
             "most bytes of a packet, at most a DRAM page; packets do not cross multiples of it",
             TESSERA_FIELD(dma.max_packet));
  t.integer("dma.outstanding", 64, Range::between(1, 1 << 20), "packets on their way at once, all channels together",
            TESSERA_FIELD(dma.outstanding));
  t.choice<Arbitration>("dma.arbitration", Arbitration::round_robin,
                        {{"round_robin", Arbitration::round_robin},
                         {"priority", Arbitration::priority},
                         {"weighted", Arbitration::weighted}},
                        "which channel's packet goes next", TESSERA_FIELD(dma.arbitration));
}

void add_memory_parameters(NpuTable& t) {
  add_interconnect(t);
  add_shared_sram(t);
  t.choice<DramSpec::Kind>("dram.model", DramSpec::Kind::simple,
                           {{"simple", DramSpec::Kind::simple}, {"bank_state", DramSpec::Kind::bank_state}},
                           "latency and bandwidth, or banks, commands and refresh by a standard",
                           TESSERA_FIELD(dram.kind));
  t.integer("dram.channels", 1, Range::between(1, 128), "memory channels", TESSERA_FIELD(dram.channels));
  t.quantity("dram.interleave", "256 B", Dimension::bytes, Range::between(1, 1 << 24),
             "consecutive bytes on one channel before the next channel's turn", TESSERA_FIELD(dram.interleave));
  add_simple_dram(t);
  add_bank_state_dram(t);
}

}  // namespace tessera::arch
