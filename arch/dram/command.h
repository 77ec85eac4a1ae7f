// What a memory controller sends to a DRAM channel, and the log of it.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace tessera::arch {

using DramCycle = std::int64_t;  // cycles of the DRAM command clock; absolute, or a difference
inline constexpr DramCycle kNeverCycle = std::numeric_limits<DramCycle>::max();

// `activate_2` is the second half of LPDDR5's split activate, `sync` its CAS command that starts the data clock; both
// only take a slot of the command bus. `precharge_all` and `refresh` go to a whole rank or pseudo-channel.
enum class DramCommand : std::uint8_t { activate, precharge, read, write, precharge_all, refresh, activate_2, sync };
inline constexpr std::size_t kDramCommands = 8;
inline constexpr std::size_t kDramBankCommands =
    4;  // the first ones: those that go to one bank and have rules of its own

inline constexpr std::array<std::string_view, kDramCommands> kDramCommandNames{
    "activate", "precharge", "read", "write", "precharge_all", "refresh", "activate_2", "sync"};
[[nodiscard]] constexpr std::string_view to_string(DramCommand c) {
  return kDramCommandNames[static_cast<std::size_t>(c)];
}

struct IssuedCommand {
  DramCycle cycle = 0;
  DramCommand command = DramCommand::activate;
  std::int32_t unit = 0;   // rank or pseudo-channel
  std::int32_t bank = -1;  // number within the channel; -1 for commands to a whole unit
  std::int32_t row = -1;   // of an activate
  friend bool operator==(const IssuedCommand&, const IssuedCommand&) = default;
};
using CommandLog = std::vector<IssuedCommand>;

}  // namespace tessera::arch
