#include "arch/energy/event.h"

namespace tessera::arch {
namespace {

constexpr std::array<std::string_view, kComponentCount> kComponentNames{
    "pe_array",  "vector_unit", "sram_input",    "sram_weight",  "sram_output",     "shared_sram", "interconnect",
    "dram_read", "dram_write",  "dram_activate", "dram_refresh", "dram_background", "leakage"};
constexpr std::array<std::string_view, kRegionCount> kRegions{"input", "weight", "output"};
constexpr std::array<std::string_view, kSramUserCount> kUsers{"array", "vector", "dma"};
constexpr std::array<std::string_view, 7> kSingles{"shared_sram.read", "shared_sram.write", "interconnect", "dram.read",
                                                   "dram.write",       "dram.activate",     "dram.refresh"};

}  // namespace

std::string_view to_string(Component c) { return kComponentNames[static_cast<std::size_t>(c)]; }

Component component_of(Event e) {
  if (e < Event::vector_add) return Component::pe_array;
  if (e < Event::core_sram) return Component::vector_unit;
  if (e < Event::shared_sram_read) {
    const int region = (static_cast<int>(e) - static_cast<int>(Event::core_sram)) / (kSramUserCount * 2);
    return static_cast<Component>(static_cast<int>(Component::sram_input) + region);
  }
  switch (e) {
    case Event::shared_sram_read:
    case Event::shared_sram_write: return Component::shared_sram;
    case Event::interconnect: return Component::interconnect;
    case Event::dram_read: return Component::dram_read;
    case Event::dram_write: return Component::dram_write;
    case Event::dram_activate: return Component::dram_activate;
    default: return Component::dram_refresh;
  }
}

std::string name_of(Event e) {
  const auto by_precision = [&](std::string_view group, Event first) {
    return std::string(group) + "." +
           std::string(base::to_string(static_cast<Precision>(static_cast<int>(e) - static_cast<int>(first))));
  };
  if (e < Event::vector_add) return by_precision("mac", Event::mac);
  if (e < Event::vector_multiply) return by_precision("vector_add", Event::vector_add);
  if (e < Event::core_sram) return by_precision("vector_multiply", Event::vector_multiply);
  if (e >= Event::shared_sram_read) {
    return std::string(kSingles[static_cast<std::size_t>(e) - static_cast<std::size_t>(Event::shared_sram_read)]);
  }
  const auto i = static_cast<std::size_t>(e) - static_cast<std::size_t>(Event::core_sram);
  return "sram." + std::string(kRegions[i / (kSramUserCount * 2)]) + "." + std::string(kUsers[i / 2 % kSramUserCount]) +
         (i % 2 == 0 ? "_read" : "_write");
}

}  // namespace tessera::arch
