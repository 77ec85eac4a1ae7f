// What Python sees of the C interface's structs: one line a field. A field that tessera_policy.h gets is one line here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "scheduler/plugin/sdk/tessera_policy.h"

namespace tessera::python {

enum class Form : std::uint8_t {
  number32,   // uint32_t
  signed32,   // int32_t
  number64,   // int64_t, or an array of them
  id,         // uint32_t; TESSERA_NO_ID is None
  flag,       // int32_t or uint32_t
  bit,        // a bit of a uint32_t
  kind,       // TESSERA_PE ...
  residency,  // TESSERA_ABSENT ...
  clock,      // tessera_clock
};

struct Field {
  const char* name;
  std::size_t offset, size;
  Form form;
  const char* text;
  std::uint32_t mask = 0;  // of a bit
  [[nodiscard]] std::size_t count() const { return form == Form::number64 ? size / sizeof(std::int64_t) : 1; }
};

#define TESSERA_MEMBER(Raw, member) offsetof(Raw, member), sizeof(Raw::member)

inline constexpr Field kTileFields[] = {
    {"kind", TESSERA_MEMBER(tessera_tile, kind), Form::kind, "TileKind"},
    {"op", TESSERA_MEMBER(tessera_tile, op), Form::number32, "operator of the network"},
    {"request", TESSERA_MEMBER(tessera_tile, request), Form::number32, "request that it is part of"},
    {"group", TESSERA_MEMBER(tessera_tile, group), Form::number32, "its group"},
    {"slice", TESSERA_MEMBER(tessera_tile, slice), Form::number32, "position in its group"},
    {"slices", TESSERA_MEMBER(tessera_tile, slices), Form::number32, "tiles of its group"},
    {"input", TESSERA_MEMBER(tessera_tile, input), Form::id, "block that must be in an input slot"},
    {"weight", TESSERA_MEMBER(tessera_tile, weight), Form::id, "block that must be in a weight slot"},
    {"work", TESSERA_MEMBER(tessera_tile, work), Form::id, "index into graph.works"},
    {"vector_cycles", TESSERA_MEMBER(tessera_tile, vector_cycles), Form::number64, "core cycles of the vector unit"},
    {"predicted_ps", TESSERA_MEMBER(tessera_tile, predicted_ps), Form::number64, "on its unit without waiting"},
};
inline constexpr Field kGroupFields[] = {
    {"first", TESSERA_MEMBER(tessera_group, first), Form::number32, "its first tile"},
    {"slices", TESSERA_MEMBER(tessera_group, slices), Form::number32, "its tiles"},
    {"output", TESSERA_MEMBER(tessera_group, output), Form::id, "block that its store writes"},
    {"request", TESSERA_MEMBER(tessera_group, request), Form::number32, "request that it is part of"},
    {"op", TESSERA_MEMBER(tessera_group, op), Form::number32, "operator of the network"},
    {"core_hint", TESSERA_MEMBER(tessera_group, core_hint), Form::number32, "where the tiling dealt it to"},
};
inline constexpr Field kBlockFields[] = {
    {"root", TESSERA_MEMBER(tessera_block, root), Form::number32, "tensor"},
    {"buffer", TESSERA_MEMBER(tessera_block, buffer), Form::number32, "memory of its own"},
    {"request", TESSERA_MEMBER(tessera_block, request), Form::number32, "constants: 0"},
    {"constant", TESSERA_MEMBER(tessera_block, flags), Form::bit, "may be prefetched", TESSERA_CONSTANT},
    {"network_input", TESSERA_MEMBER(tessera_block, flags), Form::bit, "", TESSERA_NETWORK_INPUT},
    {"network_output", TESSERA_MEMBER(tessera_block, flags), Form::bit, "", TESSERA_NETWORK_OUTPUT},
    {"bits", TESSERA_MEMBER(tessera_block, bits), Form::number64, "of one element"},
    {"bytes", TESSERA_MEMBER(tessera_block, bytes), Form::number64, "moved, in whole bursts"},
    {"useful_bytes", TESSERA_MEMBER(tessera_block, useful_bytes), Form::number64, "inside the box"},
    {"begin", TESSERA_MEMBER(tessera_block, begin), Form::number64, "n, h, w, c"},
    {"end", TESSERA_MEMBER(tessera_block, end), Form::number64, "n, h, w, c"},
};
inline constexpr Field kWorkFields[] = {
    {"occupancy", TESSERA_MEMBER(tessera_work, occupancy), Form::number64, "core cycles until the next may start"},
    {"latency", TESSERA_MEMBER(tessera_work, latency), Form::number64, "core cycles until the last result"},
    {"last_step_offset", TESSERA_MEMBER(tessera_work, last_step_offset), Form::number64,
     "core cycles until its post-operations may start"},
    {"macs", TESSERA_MEMBER(tessera_work, macs), Form::number64, "multiply-accumulates that count"},
};
inline constexpr Field kRequestFields[] = {
    {"arrival_ps", TESSERA_MEMBER(tessera_request, arrival_ps), Form::number64, ""},
    {"deadline_ps", TESSERA_MEMBER(tessera_request, deadline_ps), Form::number64, "NEVER: none"},
    {"priority", TESSERA_MEMBER(tessera_request, priority), Form::signed32, "the higher goes first"},
    {"network", TESSERA_MEMBER(tessera_request, network), Form::number32, "requests of one have the same tiles"},
    {"first_tile", TESSERA_MEMBER(tessera_request, first_tile), Form::number32, ""},
    {"tiles", TESSERA_MEMBER(tessera_request, tiles), Form::number32, ""},
    {"operators", TESSERA_MEMBER(tessera_request, operators), Form::number32, "of its network"},
};
inline constexpr Field kChannelFields[] = {
    {"bytes_per_cycle", TESSERA_MEMBER(tessera_channel, bytes_per_cycle), Form::number64, "0: no cap"},
    {"thousandths_per_cycle", TESSERA_MEMBER(tessera_channel, thousandths_per_cycle), Form::number64,
     "the cap in thousandths of a byte"},
    {"priority", TESSERA_MEMBER(tessera_channel, priority), Form::number64, ""},
    {"weight", TESSERA_MEMBER(tessera_channel, weight), Form::number64, ""},
    {"least_cap", TESSERA_MEMBER(tessera_channel, least_cap), Form::number64, "rates of a Cap, in thousandths"},
    {"most_cap", TESSERA_MEMBER(tessera_channel, most_cap), Form::number64, ""},
};
inline constexpr Field kSlotFields[] = {
    {"block", TESSERA_MEMBER(tessera_slot, block), Form::id, "None: empty"},
    {"residency", TESSERA_MEMBER(tessera_slot, residency), Form::residency, "Residency"},
    {"references", TESSERA_MEMBER(tessera_slot, references), Form::number32, "dispatched tiles that need it"},
    {"prefetched", TESSERA_MEMBER(tessera_slot, prefetched), Form::flag, "and no tile has referred to it yet"},
};
inline constexpr Field kGraphFields[] = {
    {"slots", TESSERA_MEMBER(tessera_graph, slots), Form::number64, "of input, weight, output region of every core"},
    {"slot_bytes", TESSERA_MEMBER(tessera_graph, slot_bytes), Form::number64, "of input, weight, output region"},
    {"macs", TESSERA_MEMBER(tessera_graph, macs), Form::number64, "multiply-accumulates that count"},
};
inline constexpr Field kMachineFields[] = {
    {"core_clock", TESSERA_MEMBER(tessera_machine, core_clock), Form::clock, "Clock"},
    {"interconnect_clock", TESSERA_MEMBER(tessera_machine, interconnect_clock), Form::clock, "Clock"},
    {"dram_clock", TESSERA_MEMBER(tessera_machine, dram_clock), Form::clock, "Clock"},
    {"cores", TESSERA_MEMBER(tessera_machine, cores), Form::number64, ""},
    {"queue", TESSERA_MEMBER(tessera_machine, queue), Form::number64, "dispatched tiles that wait for one unit"},
    {"region_bytes", TESSERA_MEMBER(tessera_machine, region_bytes), Form::number64, "input, weight, output region"},
    {"rows", TESSERA_MEMBER(tessera_machine, rows), Form::number64, "of the PE array"},
    {"columns", TESSERA_MEMBER(tessera_machine, columns), Form::number64, "of the PE array"},
    {"vector_lanes", TESSERA_MEMBER(tessera_machine, vector_lanes), Form::number64, ""},
    {"outstanding", TESSERA_MEMBER(tessera_machine, outstanding), Form::number64, "packets on their way at one time"},
    {"packet_bytes", TESSERA_MEMBER(tessera_machine, packet_bytes), Form::number64, ""},
    {"burst_bytes", TESSERA_MEMBER(tessera_machine, burst_bytes), Form::number64, ""},
    {"interconnect_bytes_per_cycle", TESSERA_MEMBER(tessera_machine, interconnect_bytes_per_cycle), Form::number64, ""},
    {"interconnect_latency", TESSERA_MEMBER(tessera_machine, interconnect_latency), Form::number64, "cycles, one way"},
    {"full_duplex", TESSERA_MEMBER(tessera_machine, full_duplex), Form::flag, ""},
    {"asks_keep", TESSERA_MEMBER(tessera_machine, asks_keep), Form::flag, "keep() is asked"},
    {"schedulers", TESSERA_MEMBER(tessera_machine, schedulers), Form::number64, ""},
    {"dispatch_latency", TESSERA_MEMBER(tessera_machine, dispatch_latency), Form::number64, "core cycles"},
    {"launch_latency", TESSERA_MEMBER(tessera_machine, launch_latency), Form::number64, "core cycles"},
    {"shared_sram_bytes", TESSERA_MEMBER(tessera_machine, shared_sram_bytes), Form::number64, "0: there is none"},
    {"dram_channels", TESSERA_MEMBER(tessera_machine, dram_channels), Form::number64, ""},
    {"dram_peak", TESSERA_MEMBER(tessera_machine, dram_peak), Form::number64, "bytes per second, as all rates"},
    {"nearest_rate", TESSERA_MEMBER(tessera_machine, nearest_rate), Form::number64, ""},
    {"shared_sram_rate", TESSERA_MEMBER(tessera_machine, shared_sram_rate), Form::number64, ""},
    {"interconnect_rate", TESSERA_MEMBER(tessera_machine, interconnect_rate), Form::number64, ""},
    {"channels_rate", TESSERA_MEMBER(tessera_machine, channels_rate), Form::number64, "0: a channel has no cap"},
    {"filling_channels", TESSERA_MEMBER(tessera_machine, filling_channels), Form::number64,
     "channels that together fill the path to the memory"},
    {"hop_ps", TESSERA_MEMBER(tessera_machine, hop_ps), Form::number64, ""},
    {"read_latency_ps", TESSERA_MEMBER(tessera_machine, read_latency_ps), Form::number64, ""},
    {"write_latency_ps", TESSERA_MEMBER(tessera_machine, write_latency_ps), Form::number64, ""},
    {"dma_split", TESSERA_MEMBER(tessera_machine, dma_split), Form::number64, "parts of one transfer"},
    {"static_binding", TESSERA_MEMBER(tessera_machine, static_binding), Form::signed32,
     "1: a transfer's channel follows from its operand, 2: and its core, whatever the policy says"},
    {"static_channel", TESSERA_MEMBER(tessera_machine, static_channel), Form::number64, "by operand"},
};

}  // namespace tessera::python
