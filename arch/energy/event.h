// What costs energy when it happens, and which part of the machine pays for it. Closed lists: a price, a count and a
// component for every event.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "arch/spec/precision.h"
#include "base/units.h"

namespace tessera::arch {

using Femtojoules = base::Quantity<struct FemtojoulesTag>;

enum class Component : std::uint8_t {
  pe_array,
  vector_unit,
  sram_input,
  sram_weight,
  sram_output,
  shared_sram,
  interconnect,
  dram_read,
  dram_write,
  dram_activate,
  dram_refresh,
  dram_background,
  leakage,
};
inline constexpr int kComponentCount = 13;
[[nodiscard]] std::string_view to_string(Component);
using ComponentEnergy = std::array<Femtojoules, kComponentCount>;  // by Component

using base::kPrecisionCount;
inline constexpr int kRegionCount = 3;  // input, weight, output
// Who reads or writes a core's SRAM.
enum class SramUser : std::uint8_t { array, vector_unit, dma };
inline constexpr int kSramUserCount = 3;

// A dense number. Operations by precision, then SRAM bytes by region, user and direction, then the single ones.
enum class Event : std::uint8_t {
  mac = 0,  // first of one per precision
  vector_add = kPrecisionCount,
  vector_multiply = 2 * kPrecisionCount,
  core_sram = 3 * kPrecisionCount,  // first of region x user x direction
  shared_sram_read = core_sram + kRegionCount * kSramUserCount * 2,
  shared_sram_write,
  interconnect,  // bytes
  dram_read,
  dram_write,  // bytes
  dram_activate,
  dram_refresh,
};
inline constexpr int kEventCount = static_cast<int>(Event::dram_refresh) + 1;

[[nodiscard]] constexpr Event mac_event(Precision p) {
  return static_cast<Event>(static_cast<int>(Event::mac) + static_cast<int>(p));
}
[[nodiscard]] constexpr Event vector_add_event(Precision p) {
  return static_cast<Event>(static_cast<int>(Event::vector_add) + static_cast<int>(p));
}
[[nodiscard]] constexpr Event vector_multiply_event(Precision p) {
  return static_cast<Event>(static_cast<int>(Event::vector_multiply) + static_cast<int>(p));
}
[[nodiscard]] constexpr Event sram_event(int region, SramUser user, bool write) {
  return static_cast<Event>(static_cast<int>(Event::core_sram) +
                            (region * kSramUserCount + static_cast<int>(user)) * 2 + (write ? 1 : 0));
}
static_assert(sram_event(2, SramUser::dma, true) < Event::shared_sram_read);

[[nodiscard]] Component component_of(Event);
// "mac.int8", "sram.input.array_read", "dram.activate".
[[nodiscard]] std::string name_of(Event);

// How often each event happened, and over what time.
struct EnergyCounts {
  std::array<std::int64_t, kEventCount> events{};
  base::Ps window{0};
  [[nodiscard]] std::int64_t& operator[](Event e) { return events[static_cast<std::size_t>(e)]; }
  [[nodiscard]] std::int64_t operator[](Event e) const { return events[static_cast<std::size_t>(e)]; }
};

}  // namespace tessera::arch
