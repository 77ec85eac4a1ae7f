// What the tables on a screen show: a title, the measure behind it, and how its value is written. Private to text.cpp
// (the tables) and legend.cpp (what the titles mean).
#pragma once

#include <array>
#include <string_view>

namespace tessera::trace {

enum class Show : std::uint8_t {
  plain,    // a count or a text
  percent,  // of a ratio
  share,    // of the window, in percent
  time,     // picoseconds in the screen's unit of time
  mega,     // bytes in 10^6 bytes
  giga,     // bytes per second in 10^9 bytes per second
};

struct Column {
  std::string_view title, id;
  Show show;
  int width;
};

// With the name before them, no table is wider than 80 columns.
inline constexpr std::size_t kNameWidth = 12;

inline constexpr std::array kCoreColumns{
    Column{"array busy", "pe_time_utilization", Show::percent, 10},
    Column{"MAC util.", "pe_mac_utilization", Show::percent, 9},
    Column{"overlap", "overlap_ratio", Show::percent, 8},
    Column{"hidden", "hidden_transfer", Show::percent, 8},
    Column{"exposed", "exposed_transfer", Show::percent, 8},
    Column{"MACs", "macs", Show::plain, 15},
};

inline constexpr std::array kChannelColumns{
    Column{"read MB", "read_bytes", Show::mega, 10},   Column{"write MB", "write_bytes", Show::mega, 10},
    Column{"GB/s", "bytes_per_second", Show::giga, 8}, Column{"of peak", "utilization", Show::percent, 8},
    Column{"active", "active_ps", Show::share, 8},     Column{"transfers", "transfers", Show::plain, 10},
};

// Parts of a channel's waits, in the order of ChannelMeasures::waits.
inline constexpr std::array kWaitTitles{"channel", "interconnect", "DRAM"};

inline constexpr std::array kOperatorColumns{
    Column{"active", "active_ps", Show::time, 10},  Column{"share", "active_ps", Show::share, 7},
    Column{"tiles", "tiles", Show::plain, 7},       Column{"MACs", "macs", Show::plain, 12},
    Column{"read MB", "read_bytes", Show::mega, 8}, Column{"write MB", "write_bytes", Show::mega, 8},
};

// Of one latency; ids follow the latency's own ("request_latency").
inline constexpr std::array kLatencyColumns{
    Column{"samples", ".samples", Show::plain, 7}, Column{"mean", ".mean_ps", Show::time, 9},
    Column{"P50", ".p50_ps", Show::time, 9},       Column{"P90", ".p90_ps", Show::time, 9},
    Column{"P99", ".p99_ps", Show::time, 9},       Column{"max", ".max_ps", Show::time, 9},
};

}  // namespace tessera::trace
