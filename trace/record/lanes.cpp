#include "trace/record/lanes.h"

namespace tessera::trace {
namespace {

constexpr std::uint16_t kNoCore = UnitInfo::kNoCore;

std::string indexed(const std::string& name, std::uint32_t i) { return name + "[" + std::to_string(i) + "]"; }

}  // namespace

Lanes::Lanes(const Shape& shape) : shape_(shape) {
  const auto add = [this](std::string path, Scope scope, std::uint32_t core, std::uint32_t index) {
    const auto id = static_cast<std::uint16_t>(units_.size());
    const bool exclusive =
        scope == Scope::scheduler || scope == Scope::pe || scope == Scope::vector || scope == Scope::sram;
    units_.push_back({std::move(path), scope, static_cast<std::uint16_t>(core), static_cast<std::uint16_t>(index),
                      clock_of(scope), exclusive});
    return id;
  };
  add("host", Scope::host, kNoCore, 0);
  for (std::uint32_t i = 0; i < shape.schedulers; ++i) add(indexed("scheduler", i), Scope::scheduler, kNoCore, i);
  region_start_[1] = shape.slots[0];
  region_start_[2] = region_start_[1] + shape.slots[1];
  per_core_ = static_cast<std::uint16_t>(3 + region_start_[2] + shape.slots[2]);
  cores_ = static_cast<std::uint16_t>(units_.size());
  for (std::uint32_t c = 0; c < shape.cores; ++c) {
    const std::string core = indexed("core", c);
    add(core + ".pe_array", Scope::pe, c, 0);
    add(core + ".pe_array.drain", Scope::pe, c, 1);
    add(core + ".vector_unit", Scope::vector, c, 0);
    for (std::uint32_t region = 0; region < 3; ++region) {
      const std::string name{to_string(static_cast<Operand>(region))};
      for (std::uint32_t s = 0; s < shape.slots[region]; ++s)
        add(core + ".sram." + indexed(name, s), Scope::sram, c, s);
    }
  }
  channels_ = static_cast<std::uint16_t>(units_.size());
  for (std::uint32_t i = 0; i < shape.channels; ++i) add(indexed("dma.channel", i), Scope::dma, kNoCore, i);
  noc_ = add("interconnect", Scope::noc, kNoCore, 0);
  for (std::uint32_t i = 0; i < shape.dram_channels; ++i) add(indexed("dram.channel", i), Scope::dram, kNoCore, i);
  add("power_uw", Scope::counter, kNoCore, 0);
}

}  // namespace tessera::trace
